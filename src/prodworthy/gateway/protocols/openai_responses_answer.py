"""Reading what the responses API answers: a response, or the typed events of one.

The end of a streamed answer: `response.completed`, `.incomplete` and `.failed` always are. A text that is done
(`response.output_text.done`, `response.refusal.done`) repeats the whole text, so a caller may take it for the end.
It is a sign of the end wherever nothing should follow: where no tools are offered and the message is not marked as
commentary, or where it is marked as the final answer. Reasoning that is done never is, nor is a tool call: the
answer goes on after them. From its sign on an answer is withheld: a sign too early would stop the stream for nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.protocol import CLOSING, OPEN, AnswerBroken, Mark, Tokens
from prodworthy.gateway.protocols.sse import data_of
from prodworthy.gateway.protocols.texts import collect
from prodworthy.policy.core.exchange import Answer, Finish, Passage

_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})
_DONE = frozenset({"response.output_text.done", "response.refusal.done"})
_DELTAS = {
    "response.output_text.delta": ("content", "text"),
    "response.refusal.delta": ("content", "refusal"),
    "response.reasoning_text.delta": ("content", "reasoning"),
    "response.reasoning_summary_text.delta": ("summary", "reasoning"),
    "response.function_call_arguments.delta": ("", "arguments"),
    "response.mcp_call_arguments.delta": ("", "arguments"),
    "response.custom_tool_call_input.delta": ("", "input"),
    "response.code_interpreter_call_code.delta": ("", "code"),
    "response.shell_call_command.delta": ("commands", "command"),
    "response.audio.transcript.delta": ("", "transcript"),
}
"""Events that carry text: where in an item it stands, and what it is. Only "text" is the answer's content."""

_KNOWN = _ENDS | _DONE | _DELTAS.keys() | {"response.created", "response.output_item.added", "error"}

_CALLS = frozenset(
    {"function_call", "custom_tool_call", "computer_call", "local_shell_call", "shell_call", "apply_patch_call"}
    | {"mcp_approval_request"}
)
"""Items that wait for the caller to act."""


class _Usage(msgspec.Struct):
    input_tokens: Tokens = 0
    output_tokens: Tokens = 0


class _Incomplete(msgspec.Struct):
    reason: str | None = None


class _Response(msgspec.Struct):
    """A response, whole or as it stands: only what the gateway looks at."""

    output: list[dict[str, Any]]
    status: str | None = None
    model: str | None = None
    usage: _Usage | None = None
    incomplete_details: _Incomplete | None = None


class _Event(msgspec.Struct):
    type: str = ""
    delta: str | None = None
    output_index: int = 0
    content_index: int = 0
    summary_index: int = 0
    command_index: int = 0
    response: _Response | None = None
    item: dict[str, Any] | None = None
    error: Any = None


class _Head(msgspec.Struct):
    type: Any = ""


_read_response = msgspec.json.Decoder(_Response).decode
_read_event = msgspec.json.Decoder(_Event).decode
_read_head = msgspec.json.Decoder(_Head).decode


class ResponseReader:
    """Reads a response or its events."""

    def __init__(self, keep_text: bool, more_may_follow: bool) -> None:
        """`more_may_follow`: tools are offered, so that a text that is done need not be the end of the answer."""
        self._keep = keep_text
        self._more = more_may_follow
        self._phases: dict[int, str] = {}
        self._texts: dict[str, list[str]] = {}
        self._model = ""
        self._finish = Finish.UNKNOWN
        self._refusal = False
        self._usage = _Usage()
        self._closing = False
        self.ended = False

    def whole(self, body: bytes) -> None:
        """Read a complete response."""
        try:
            response = _read_response(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise AnswerBroken("a response that is not well formed") from None
        self._take(response)
        self._conclude(response)

    def event(self, event: bytes) -> Mark:
        """Read one event."""
        data = data_of(event)
        if data:
            read = self._decode(data)
            if read is not None:
                self._take_event(read)
        return CLOSING if self._closing else OPEN

    def answer(self) -> Answer:
        """What was answered so far."""
        texts = tuple((part, "".join(pieces)) for part, pieces in self._texts.items())
        usage = self._usage
        return Answer(texts, self._model, self._finish, usage.input_tokens, usage.output_tokens, self._refusal)

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
        place = _DELTAS.get(kind)
        if place is not None:
            self._take_delta(read, *place)
        elif kind == "error" or read.error is not None:
            raise AnswerBroken("an error in the stream")
        elif kind in _ENDS:
            if read.response is None:
                raise AnswerBroken("an end without its response")
            self._take(read.response)
            self._conclude(read.response)
        elif kind in _DONE:
            phase = self._phases.get(read.output_index)
            self._closing = self._closing or phase == "final_answer" or (not self._more and phase is None)
        elif kind == "response.output_item.added" and read.item is not None:
            phase = read.item.get("phase")
            if isinstance(phase, str):
                self._phases[read.output_index] = phase
        elif read.response is not None:
            self._take(read.response)

    def _take_delta(self, read: _Event, middle: str, leaf: str) -> None:
        if read.delta is None:
            raise AnswerBroken("a delta without content")
        self._refusal = self._refusal or leaf == "refusal"
        if not self._keep:
            return
        where = f"output.{read.output_index}"
        if middle:
            index = {"content": read.content_index, "summary": read.summary_index}.get(middle, read.command_index)
            where = f"{where}.{middle}.{index}"
        self._texts.setdefault(f"{where}.{leaf}", []).append(read.delta)

    def _take(self, response: _Response) -> None:
        self._model = response.model or self._model
        self._usage = response.usage or self._usage

    def _conclude(self, response: _Response) -> None:
        """Take the final response: how it ended, and every part that did not come as deltas."""
        self.ended = self._closing = True
        streamed = frozenset(self._texts)
        for index, item in enumerate(response.output):
            for part, text in _parts(index, item):
                self._refusal = self._refusal or part.endswith(".refusal")
                if self._keep and part not in streamed:
                    self._texts.setdefault(part, []).append(text)
        self._finish = _finish(response)


def _finish(response: _Response) -> Finish:
    if response.status == "incomplete":
        reason = response.incomplete_details.reason if response.incomplete_details else None
        return {"max_output_tokens": Finish.LENGTH, "content_filter": Finish.REFUSAL}.get(reason or "", Finish.CUT)
    if response.status in ("failed", "cancelled"):
        return Finish.CUT
    called = any(isinstance(item.get("type"), str) and item["type"] in _CALLS for item in response.output)
    return Finish.TOOL if called else Finish.STOP


def _parts(index: int, item: dict[str, Any]) -> list[tuple[str, str]]:
    """The texts of one item under the names that its deltas have."""
    found: list[Passage] = []
    try:
        collect(item, f"output.{index}", "", found)
    except Unreadable:
        raise AnswerBroken("an item that is not well formed") from None
    kind = item.get("type")
    parts = []
    for passage in found:
        part = passage.part
        if kind == "reasoning":
            part = part.removesuffix(".text") + ".reasoning"
        elif kind != "message" and part.endswith(("text", "content")):
            part = f"{part}.result"
        parts.append((part, passage.text))
    return parts


def _is_known(data: bytes) -> bool:
    """Whether an event that does not fit is of a kind that should; true for data that is no JSON object."""
    try:
        head = _read_head(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return True
    return not isinstance(head.type, str) or head.type in _KNOWN
