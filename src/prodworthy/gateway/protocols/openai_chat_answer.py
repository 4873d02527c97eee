"""Reading what the chat completions API answers: a completion, or the chunks of one.

A stream says that its end has come with the `finish_reason` of its last choice, and is then complete; what may follow
is a chunk with the usage, and `[DONE]`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.heard import Heard, read_object, without
from prodworthy.gateway.protocols.protocol import CLOSING, DROPPED, OPEN, Mark, Tokens
from prodworthy.gateway.protocols.sse import data_of
from prodworthy.policy.core.exchange import Answer, Finish

_FINISH = {
    "stop": Finish.STOP,
    "length": Finish.LENGTH,
    "tool_calls": Finish.TOOL,
    "function_call": Finish.TOOL,
    "content_filter": Finish.REFUSAL,
}


_UNKNOWN, _STOP = Finish.UNKNOWN, Finish.STOP  # looked up once: in Python 3.11 that is a call


class _Said(msgspec.Struct):
    """A message, or a delta of one: enough to tell that it is one, and whether it refuses."""

    content: str | list[Any] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    function_call: dict[str, Any] | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    message: _Said | None = None
    delta: _Said | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: Tokens | None = None
    completion_tokens: Tokens | None = None


class _Completion(msgspec.Struct):
    """A completion or a chunk of one: only what the gateway looks at; everything else is skipped unread."""

    choices: list[_Choice] = []
    model: str | None = None
    usage: _Usage | None = None
    error: Any = None


_read = msgspec.json.Decoder(_Completion).decode


class ChatReader:
    """Reads a completion or its chunks."""

    def __init__(self, listen: bool, usage_asked: bool, choices: int = 1) -> None:
        """`usage_asked`: the caller wants the usage chunk; otherwise the gateway's own is dropped again.
        `choices`: how many the caller asked for; the stream ends when that many have."""
        self._listens = listen
        self._usage_asked = usage_asked
        self._choices = choices
        self._finished: set[int] = set()
        self._speaking: dict[int, str] = {}
        self._model = ""
        self._finish = _UNKNOWN
        self._refusal = False
        self._usage = _Usage()
        self.called: dict[tuple[int, int, str], str] = {}
        self.heard: Heard | None = None
        self.ended = False

    def whole(self, body: bytes) -> None:
        """Read a complete completion."""
        heard = self.heard = Heard(read_object(body)) if self._listens else None
        completion = self._decode(body, heard)
        if not completion.choices:
            raise AnswerBroken("a completion without choices")
        self._take(completion)
        if heard is not None:
            for where, index, choice in _choices(heard.document):
                message = choice.get("message")
                if isinstance(message, dict):
                    heard.take(message, f"{where}.message", f"choices.{index}")
                heard.take(without(choice, "message", "logprobs"), where, f"choices.{index}")
            heard.take(without(heard.document, "choices", "usage"), "", "")
        self.ended = True

    def event(self, event: bytes) -> Mark:
        """Read one chunk."""
        data = data_of(event)
        heard = self.heard = Heard(read_object(data)) if self._listens and data not in (b"", b"[DONE]") else None
        if data == b"[DONE]":
            self.ended = True
        elif data:
            completion = self._decode(data, heard)
            if completion.error is not None:
                raise AnswerBroken("an error in the stream")
            self._take(completion)
            if heard is not None:
                self._hear(heard)
            if not completion.choices and completion.usage is not None and not self._usage_asked:
                return DROPPED
        return CLOSING if self.ended else OPEN

    def answer(self) -> Answer:
        """What was answered so far."""
        usage = self._usage
        tokens_in, tokens_out = usage.prompt_tokens or 0, usage.completion_tokens or 0
        tools = tuple(self.called.values())
        return Answer((), self._model, self._finish, tokens_in, tokens_out, self._refusal, (), tools)

    def _decode(self, data: bytes, heard: Heard | None) -> _Completion:
        try:
            return _read(data) if heard is None else msgspec.convert(heard.document, _Completion)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise AnswerBroken("a completion that is not well formed") from None

    def _take(self, completion: _Completion) -> None:
        self._model = completion.model or self._model
        self._usage = completion.usage or self._usage
        for choice in completion.choices:
            if (said := choice.delta) is not None and (said.tool_calls or said.function_call or said.refusal):
                self._note(choice.index, said)
            if (said := choice.message) is not None:
                self._note(choice.index, said)
            if choice.finish_reason:
                self._finish = _FINISH.get(choice.finish_reason, _STOP)
                self._finished.add(choice.index)
                self.ended = self.ended or len(self._finished) >= self._choices

    def _note(self, choice: int, said: _Said) -> None:
        """Note a refusal, and the tools that are called: each a function, a custom tool, or what nobody knows."""
        self._refusal = self._refusal or bool(said.refusal)
        for position, item in enumerate(said.tool_calls or ()):
            index = item.get("index")
            number = index if type(index) is int else position
            kinds = [kind for kind in ("function", "custom") if isinstance(item.get(kind), dict)]
            for kind in kinds:
                self._name((choice, number, kind), item[kind].get("name"))
            if not kinds and not any((choice, number, kind) in self.called for kind in ("function", "custom")):
                self.called[choice, number, ""] = ""
        if said.function_call:
            self._name((choice, -1, "function"), said.function_call.get("name"))

    def _name(self, call: tuple[int, int, str], name: Any) -> None:
        """Take a name; one that comes in pieces is joined, as clients join it, and one that is repeated is not."""
        piece = name if isinstance(name, str) else ""
        known = self.called.setdefault(call, piece)
        if piece and piece != known:
            self.called[call] = known + piece

    def _hear(self, heard: Heard) -> None:
        """The pieces of one chunk. Where a choice goes on with another text, the one before it is complete."""
        for where, index, choice in _choices(heard.document):
            delta = choice.get("delta")
            if isinstance(delta, dict):
                first = len(heard.pieces)
                _hear_delta(heard, delta, f"{where}.delta", f"choices.{index}")
                for piece in heard.pieces[first:]:
                    before = self._speaking.get(index, piece.part)
                    if piece.append and before != piece.part:
                        heard.closed.append(before)
                    if piece.append:
                        self._speaking[index] = piece.part
            heard.take(without(choice, "delta", "logprobs"), where, f"choices.{index}")
            if choice.get("finish_reason"):
                heard.closed.append(f"choices.{index}")
        heard.take(without(heard.document, "choices", "usage"), "", "")


def _choices(document: dict[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Each choice with its place in the document and its own number. The types were checked when it was read."""
    for position, choice in enumerate(document.get("choices") or ()):
        yield f"choices.{position}", choice.get("index") or 0, choice


def _hear_delta(heard: Heard, delta: dict[str, Any], path: str, part: str) -> None:
    for key, value in delta.items():
        if isinstance(value, str):
            if key != "role":
                heard.say(part, path, key, value)
        elif key in _CONTINUED:
            listed = isinstance(value, list)
            for position, item in enumerate(value if listed else (value,)):
                where = f"{path}.{key}.{position}" if listed else f"{path}.{key}"
                if isinstance(item, dict):
                    index = item.get("index")
                    number = f".{position if index is None else index}" if listed else ""
                    _hear_item(heard, item, where, f"{part}.{key}{number}")
                elif isinstance(item, str):
                    heard.say(f"{part}.{key}", f"{path}.{key}" if listed else path, str(position), item)
                elif isinstance(item, list):
                    heard.take(item, f"{path}.{key}.{position}", f"{part}.{key}.{position}")
        elif isinstance(value, dict | list):
            heard.take({key: value}, path, part)


_CONTINUED = frozenset({"tool_calls", "function_call", "content", "audio", "reasoning_details"})
"""Fields of a delta whose objects go on from chunk to chunk."""

_TOLD_ONCE = frozenset({"type", "id", "data", "format", "url", "file_id", "file_data", "b64_json"})
"""Fields of such an object that are complete at once; its other texts go on, as the official SDK joins them."""


def _hear_item(heard: Heard, item: dict[str, Any], path: str, part: str) -> None:
    """A tool call or a block of content: what it says continues from chunk to chunk."""
    for key, value in item.items():
        if isinstance(value, dict) and key in ("function", "custom"):
            _hear_item(heard, value, f"{path}.{key}", part)
        elif isinstance(value, str) and key not in _TOLD_ONCE:
            heard.say(part, path, key, value)
        elif key != "index":
            heard.take({key: value, "type": item.get("type")} if key != "type" else {key: value}, path, part)
