"""OpenAI embeddings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from prodworthy.gateway.protocols import openai_error
from prodworthy.gateway.protocols.fields import invalid, optional, required
from prodworthy.gateway.protocols.protocol import AnswerBroken, Mark, Rendered, Tokens, Wish
from prodworthy.policy.core.exchange import Answer, Call, Finish, Operation, Passage
from prodworthy.policy.core.refusal import Refusal


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
        return Call(
            operation,
            model=required(document, "model", str),
            size=size,
            passages=tuple(_passages(document.get("input"))),
            end_user=optional(document, "safety_identifier", str) or optional(document, "user", str) or "",
        )

    def reader(self, call: Call, document: Mapping[str, Any], keep_text: bool) -> EmbeddingsReader:
        """A reader for the answer."""
        return EmbeddingsReader()

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
        """No text can stand in for a vector."""
        raise AnswerBroken("embeddings have no safe answer")


class EmbeddingsReader:
    """Reads an embeddings answer; the vectors themselves are passed on unread."""

    def __init__(self) -> None:
        """Start with nothing read."""
        self._answer = Answer()
        self.ended = False

    def whole(self, body: bytes) -> None:
        """Read the answer's frame."""
        try:
            read = _read(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise AnswerBroken("an embeddings answer that is not well formed") from None
        tokens = (read.usage.prompt_tokens or 0) if read.usage else 0
        self._answer = Answer(model=read.model or "", finish=Finish.STOP, tokens_in=tokens)
        self.ended = True

    def event(self, event: bytes) -> Mark:
        """Embeddings are never streamed."""
        raise AnswerBroken("a stream where one answer was due")

    def answer(self) -> Answer:
        """What was answered."""
        return self._answer


def _passages(given: Any) -> Iterator[Passage]:
    if isinstance(given, str):
        yield Passage("input", "user", given)
    elif isinstance(given, list) and given:
        if set(map(type, given)) <= _TOKENS:
            return
        for index, item in enumerate(given):
            if isinstance(item, str):
                yield Passage(f"input.{index}", "user", item)
            elif type(item) not in _TOKENS:
                raise invalid(f"input.{index}", "must be text or token numbers")
    else:
        raise invalid("input", "is required: text, a list of texts, or token numbers")


_TOKENS = frozenset({int, list})
