"""Reading what the messages API answers: a message, or the events of one.

A stream says that its end has come with the `stop_reason` of `message_delta`, and is complete with `message_stop`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.protocol import CLOSING, OPEN, AnswerBroken, Mark, Tokens
from prodworthy.gateway.protocols.sse import data_of
from prodworthy.gateway.protocols.texts import collect
from prodworthy.policy.core.exchange import Answer, Finish, Passage

_FINISH = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "tool_use": Finish.TOOL,
    # The turn goes on with the caller's next request, as it does after a tool call.
    "pause_turn": Finish.TOOL,
    "refusal": Finish.REFUSAL,
}


class _Usage(msgspec.Struct):
    input_tokens: Tokens | None = None
    cache_creation_input_tokens: Tokens | None = None
    cache_read_input_tokens: Tokens | None = None
    output_tokens: Tokens | None = None


class _Message(msgspec.Struct):
    """A message, whole or as `message_start` has it: only what the gateway looks at."""

    content: list[dict[str, Any]]
    model: str | None = None
    stop_reason: str | None = None
    usage: _Usage | None = None


class _Delta(msgspec.Struct):
    type: str = ""
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    stop_reason: str | None = None


class _Event(msgspec.Struct):
    type: str = ""
    index: int = 0
    delta: _Delta | None = None
    message: _Message | None = None
    content_block: dict[str, Any] | None = None
    usage: _Usage | None = None
    error: Any = None


class _Head(msgspec.Struct):
    """Enough of an event to tell whether its kind is known."""

    type: Any = ""
    delta: Any = None


_KNOWN = frozenset(
    {"message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "error"}
)
_KNOWN_DELTAS = frozenset({"text_delta", "thinking_delta", "input_json_delta"})

_read_message = msgspec.json.Decoder(_Message).decode
_read_event = msgspec.json.Decoder(_Event).decode
_read_head = msgspec.json.Decoder(_Head).decode


class MessageReader:
    """Reads a message or its events."""

    def __init__(self, keep_text: bool) -> None:
        """Start with nothing read."""
        self._keep = keep_text
        self._texts: dict[str, list[str]] = {}
        self._model = ""
        self._stop_reason = ""
        self._used: dict[str, int] = {}
        self.ended = False

    def whole(self, body: bytes) -> None:
        """Read a complete message."""
        try:
            message = _read_message(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise AnswerBroken("a message that is not well formed") from None
        self._take(message)
        if self._keep:
            for index, block in enumerate(message.content):
                self._take_block(index, block)
        self.ended = True

    def event(self, event: bytes) -> Mark:
        """Read one event."""
        data = data_of(event)
        if data:
            read = self._decode(data)
            if read is not None:
                self._take_event(read)
        return CLOSING if self._stop_reason or self.ended else OPEN

    def answer(self) -> Answer:
        """What was answered so far."""
        texts = tuple((part, "".join(pieces)) for part, pieces in self._texts.items())
        used = self._used
        # The input is what was sent afresh plus what was written to and read from the vendor's cache.
        tokens_in = sum(number for name, number in used.items() if name != "output_tokens")
        finish = _FINISH.get(self._stop_reason, Finish.STOP) if self._stop_reason else Finish.UNKNOWN
        tokens_out = used.get("output_tokens", 0)
        return Answer(texts, self._model, finish, tokens_in, tokens_out, finish is Finish.REFUSAL)

    def _decode(self, data: bytes) -> _Event | None:
        """The event, or None for one of a kind that this code does not know."""
        try:
            return _read_event(data)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            if _is_known(data):
                raise AnswerBroken("an event that is not well formed") from None
            return None

    def _take_event(self, read: _Event) -> None:
        kind = read.type
        if kind == "content_block_delta":
            if read.delta is None:
                raise AnswerBroken("a delta without content")
            if self._keep:
                self._take_delta(read.index, read.delta)
        elif kind == "error" or read.error is not None:
            raise AnswerBroken("an error in the stream")
        elif kind == "message_stop":
            self.ended = True
        elif kind == "message_delta":
            self._stop_reason = (read.delta.stop_reason if read.delta else None) or self._stop_reason
            self._count(read.usage)
        else:
            self._take_start(read)

    def _take_start(self, read: _Event) -> None:
        """The start of the message or of a block; other kinds say nothing here."""
        if read.type == "message_start":
            if read.message is None:
                raise AnswerBroken("a start without its message")
            self._take(read.message)
        elif read.type == "content_block_start" and read.content_block is not None and self._keep:
            self._take_block(read.index, read.content_block)

    def _take(self, message: _Message) -> None:
        self._model = message.model or self._model
        self._stop_reason = message.stop_reason or self._stop_reason
        self._count(message.usage)

    def _count(self, usage: _Usage | None) -> None:
        """Take the counts that are told; each is a running total, and one that is left out still stands."""
        if usage is not None:
            told = msgspec.structs.asdict(usage)
            self._used.update((name, number) for name, number in told.items() if number is not None)

    def _take_delta(self, index: int, delta: _Delta) -> None:
        if delta.text:
            self._say(f"content.{index}.text", delta.text)
        elif delta.thinking:
            self._say(f"content.{index}.thinking", delta.thinking)
        elif delta.partial_json:
            self._say(f"content.{index}.input", delta.partial_json)

    def _take_block(self, index: int, block: dict[str, Any]) -> None:
        """A whole block, or what a block of a stream starts with."""
        kind = block.get("type")
        if kind in ("text", "thinking"):
            part, text = kind, block.get(kind)
            if not isinstance(text, str):
                raise AnswerBroken("a text block without text")
        else:
            # What the vendor's own tools returned is shown to the caller, but it is not the answer's content.
            part, text = "input" if "input" in block else "result", _texts_of(block)
        if text:
            self._say(f"content.{index}.{part}", text)

    def _say(self, part: str, text: str) -> None:
        self._texts.setdefault(part, []).append(text)


def _texts_of(block: dict[str, Any]) -> str:
    found: list[Passage] = []
    try:
        collect(block, "", "", found)
    except Unreadable:
        raise AnswerBroken("a content block that is not well formed") from None
    return "\n".join(passage.text for passage in found)


def _is_known(data: bytes) -> bool:
    """Whether an event that does not fit is of a kind that should; true for data that is no JSON object."""
    try:
        head = _read_head(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return True
    if head.type == "content_block_delta" and isinstance(head.delta, dict):
        kind = head.delta.get("type")
        return not isinstance(kind, str) or kind in _KNOWN_DELTAS
    return not isinstance(head.type, str) or head.type in _KNOWN
