"""OpenAI embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from prodworthy.gateway.protocols import openai_error
from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.fields import invalid, optional, required
from prodworthy.gateway.protocols.heard import Heard, read_object, without
from prodworthy.gateway.protocols.protocol import NO_CALLS, Mark, Rendered, Tokens, Wish
from prodworthy.gateway.protocols.texts import Texts
from prodworthy.policy.core.exchange import Answer, Call, Finish, Operation, Passage
from prodworthy.policy.core.refusal import Code, Refusal


class _Usage(msgspec.Struct):
    prompt_tokens: Tokens | None = None


class _Embeddings(msgspec.Struct):
    data: list[msgspec.Raw]
    model: str | None = None
    usage: _Usage | None = None


_read = msgspec.json.Decoder(_Embeddings).decode


class OpenAIEmbeddings:
    """The embeddings API."""

    name = "openai-embeddings"
    vendor = "openai"

    def read_call(self, operation: Operation, document: Mapping[str, Any], size: int) -> Call:
        """Read an embeddings request: text, texts, or token numbers. Raises Unreadable naming the field."""
        texts = Texts()
        _read_input(document.get("input"), texts)
        texts.rest(document, frozenset({"input", "model", "encoding_format"}))
        return Call(
            operation,
            model=required(document, "model", str),
            size=size,
            passages=tuple(texts.found),
            unread=tuple(texts.unread),
            end_user=optional(document, "safety_identifier", str) or optional(document, "user", str) or "",
        )

    def reader(self, call: Call, document: Mapping[str, Any], listen: bool) -> EmbeddingsReader:
        """A reader for the answer."""
        return EmbeddingsReader(listen)

    def refuse(self, refusal: Refusal, exchange: str) -> Rendered:
        """An OpenAI error body."""
        return openai_error.render(refusal, exchange)

    def refuse_in_stream(self, refusal: Refusal, exchange: str) -> bytes:
        """Embeddings are never streamed; the error body is all there is to say."""
        return openai_error.render(refusal, exchange).body

    def adapt(self, document: Mapping[str, Any], wish: Wish) -> dict[str, bytes]:
        """Nothing to ask for."""
        return {}

    def safe_answer(self, call: Call, text: str, exchange: str) -> Rendered:
        """No text can stand in for a vector: a refusal."""
        return self.refuse(Refusal(Code.OUTPUT_INVALID, "No text can stand in for a vector."), exchange)


class EmbeddingsReader:
    """Reads an embeddings answer; the vectors themselves are passed on unread."""

    def __init__(self, listen: bool) -> None:
        """Start with nothing read."""
        self._listens = listen
        self._answer = Answer()
        self.heard: Heard | None = None
        self.called = NO_CALLS
        self.ended = False

    def whole(self, body: bytes) -> None:
        """Read the answer's frame."""
        try:
            read = _read(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise AnswerBroken("an embeddings answer that is not well formed") from None
        tokens = (read.usage.prompt_tokens or 0) if read.usage else 0
        self._answer = Answer(model=read.model or "", finish=Finish.STOP, tokens_in=tokens)
        if self._listens:
            heard = self.heard = Heard(read_object(body))
            vectors = [_without_numbers(item) for item in heard.document["data"]]
            heard.take({**without(heard.document, "usage"), "data": vectors}, "", "")
        self.ended = True

    def event(self, event: bytes) -> Mark:
        """Embeddings are never streamed."""
        raise AnswerBroken("a stream where one answer was due")

    def answer(self) -> Answer:
        """What was answered."""
        return self._answer


def _without_numbers(item: Any) -> Any:
    """An item of the answer without its vector of numbers: a vector in any other form is read like the rest."""
    vector = item.get("embedding") if isinstance(item, dict) else None
    return without(item, "embedding") if isinstance(vector, list) and set(map(type, vector)) <= _NUMBERS else item


_NUMBERS = frozenset({int, float})


def _read_input(given: Any, texts: Texts) -> None:
    if isinstance(given, str):
        texts.found.append(Passage("input", "user", given))
    elif isinstance(given, list) and given:
        kinds = set(map(type, given))
        if kinds <= _TOKENS:
            texts.unread["tokens"] = None
            return
        for index, item in enumerate(given):
            if isinstance(item, str):
                texts.found.append(Passage(f"input.{index}", "user", item))
            elif type(item) in _TOKENS:
                texts.unread["tokens"] = None
            else:
                raise invalid(f"input.{index}", "must be text or token numbers")
    else:
        raise invalid("input", "is required: text, a list of texts, or token numbers")


_TOKENS = frozenset({int, list})
