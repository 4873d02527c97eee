"""Reading what the messages API answers: a message, or the events of one.

A stream says that its end has come with the `stop_reason` of `message_delta`, and is complete with `message_stop`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.heard import Heard, read_object, without
from prodworthy.gateway.protocols.protocol import CLOSING, OPEN, Mark, Tokens
from prodworthy.gateway.protocols.sse import data_of
from prodworthy.policy.core.exchange import Answer, Finish

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

    def __init__(self, listen: bool) -> None:
        """Start with nothing read."""
        self._listens = listen
        self._model = ""
        self._stop_reason = ""
        self._used: dict[str, int] = {}
        self.called: dict[int, str] = {}
        self.heard: Heard | None = None
        self.ended = False

    def whole(self, body: bytes) -> None:
        """Read a complete message."""
        try:
            if self._listens:
                self.heard = Heard(read_object(body))
                message = msgspec.convert(self.heard.document, _Message)
            else:
                message = _read_message(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise AnswerBroken("a message that is not well formed") from None
        self._take(message)
        if self.heard is not None:
            self.heard.take(without(self.heard.document, "usage"), "", "")
        self.ended = True

    def event(self, event: bytes) -> Mark:
        """Read one event."""
        data = data_of(event)
        heard = self.heard = Heard(read_object(data)) if self._listens and data else None
        if data:
            read = self._decode(data, heard)
            if heard is not None:
                _hear(heard)
            if read is not None:
                self._take_event(read)
        return CLOSING if self._stop_reason or self.ended else OPEN

    def answer(self) -> Answer:
        """What was answered so far."""
        used = self._used
        # The input is what was sent afresh plus what was written to and read from the vendor's cache.
        tokens_in = sum(number for name, number in used.items() if name != "output_tokens")
        finish = _FINISH.get(self._stop_reason, Finish.STOP) if self._stop_reason else Finish.UNKNOWN
        tokens_out = used.get("output_tokens", 0)
        tools = tuple(self.called.values())
        return Answer((), self._model, finish, tokens_in, tokens_out, finish is Finish.REFUSAL, (), tools)

    def _decode(self, data: bytes, heard: Heard | None) -> _Event | None:
        """The event, or None for one of a kind that this code does not know."""
        try:
            return _read_event(data) if heard is None else msgspec.convert(heard.document, _Event)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            if _is_known(data):
                raise AnswerBroken("an event that is not well formed") from None
            return None

    def _take_event(self, read: _Event) -> None:
        kind = read.type
        if kind == "content_block_delta":
            if read.delta is None:
                raise AnswerBroken("a delta without content")
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
        elif (block := read.content_block) is not None:
            self._call(read.index, block)
            kind = block.get("type")
            if kind in ("text", "thinking") and not isinstance(block.get(kind), str):
                raise AnswerBroken("a text block without text")

    def _take(self, message: _Message) -> None:
        self._model = message.model or self._model
        self._stop_reason = message.stop_reason or self._stop_reason
        self._count(message.usage)
        for place, block in enumerate(message.content):
            self._call(place, block)

    def _call(self, place: int, block: dict[str, Any]) -> None:
        """Note the tool that a block calls, or the server that a tool belongs to."""
        kind = block.get("type")
        if isinstance(kind, str) and kind.endswith("tool_use"):
            name = block.get("server_name" if kind == "mcp_tool_use" else "name")
            self.called[place] = name if isinstance(name, str) else ""

    def _count(self, usage: _Usage | None) -> None:
        """Take the counts that are told; each is a running total, and one that is left out still stands."""
        if usage is not None:
            told = msgspec.structs.asdict(usage)
            self._used.update((name, number) for name, number in told.items() if number is not None)


def _hear(heard: Heard) -> None:
    """The pieces of one event."""
    document = heard.document
    index, kind = document.get("index"), document.get("type")
    part = f"content.{index}" if isinstance(index, int) else str(kind)
    for key in ("content_block", "delta"):
        block = document.get(key)
        if isinstance(block, dict):
            _hear_block(heard, block, key, part, goes_on=kind == "content_block_delta")
    heard.take(without(document, "content_block", "delta", "usage"), "", part)
    if kind == "content_block_stop":
        heard.closed.append(part)


def _hear_block(heard: Heard, block: dict[str, Any], path: str, part: str, goes_on: bool) -> None:
    """What a block starts with, or a delta of it: its own texts go on from event to event, what lies deeper ends.

    `goes_on`: so does every text of it, also of a kind that is younger than this code.
    """
    rest = {}
    for key, value in block.items():
        if isinstance(value, str) and (key in _SPOKEN or (goes_on and key != "type")):
            heard.say(part, path, key, value)
        else:
            rest[key] = value
    if rest.keys() - {"type"}:
        heard.take(rest, path, part)


_SPOKEN = frozenset({"text", "thinking", "partial_json"})


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
