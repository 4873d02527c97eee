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

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.heard import Heard, read_object, without
from prodworthy.gateway.protocols.protocol import CLOSING, OPEN, Mark, Tokens
from prodworthy.gateway.protocols.sse import data_of
from prodworthy.policy.core.exchange import Answer, Finish

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

_ITEMS = frozenset({"response.output_item.added", "response.output_item.done"})

_KNOWN = _ENDS | _DONE | _DELTAS.keys() | _ITEMS | {"response.created", "error"}

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

    def __init__(self, listen: bool, more_may_follow: bool, offered: tuple[str, ...] = ()) -> None:
        """`more_may_follow`: tools are offered, so that a text that is done need not be the end of the answer.
        `offered`: their names."""
        self._listens = listen
        self._offered = offered
        self.called: dict[int, str] = {}
        self._more = more_may_follow
        self._phases: dict[int, str] = {}
        self._model = ""
        self._finish = Finish.UNKNOWN
        self._refusal = False
        self._usage = _Usage()
        self._closing = False
        self.heard: Heard | None = None
        self.ended = False

    def whole(self, body: bytes) -> None:
        """Read a complete response."""
        try:
            if self._listens:
                self.heard = Heard(read_object(body))
                response = msgspec.convert(self.heard.document, _Response)
            else:
                response = _read_response(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise AnswerBroken("a response that is not well formed") from None
        if self.heard is not None:
            self.heard.take(without(self.heard.document, *_ECHOED), "", "")
        self._take(response)
        self._conclude(response)

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
        return CLOSING if self._closing else OPEN

    def answer(self) -> Answer:
        """What was answered so far."""
        usage = self._usage
        tools = tuple(self.called.values())
        tokens_in, tokens_out = usage.input_tokens, usage.output_tokens
        return Answer((), self._model, self._finish, tokens_in, tokens_out, self._refusal, (), tools)

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
        place = _DELTAS.get(kind)
        if place is not None:
            if read.delta is None:
                raise AnswerBroken("a delta without content")
            self._refusal = self._refusal or place[1] == "refusal"
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
        elif kind in _ITEMS and read.item is not None:
            self._call(read.output_index, read.item)
            phase = read.item.get("phase")
            if isinstance(phase, str) and kind == "response.output_item.added":
                self._phases[read.output_index] = phase
        elif read.response is not None:
            self._take(read.response)

    def _take(self, response: _Response) -> None:
        self._model = response.model or self._model
        self._usage = response.usage or self._usage

    def _conclude(self, response: _Response) -> None:
        """Take the final response: how it ended, and whether any of its messages refuses."""
        self.ended = self._closing = True
        for place, item in enumerate(response.output):
            self._call(place, item)
            content = item.get("content")
            blocks = content if isinstance(content, list) else ()
            kinds = [block.get("type") for block in blocks if isinstance(block, dict)]
            self._refusal = self._refusal or "refusal" in kinds
        self._finish = _finish(response)

    def _call(self, place: int, item: dict[str, Any]) -> None:
        """Note the tool that an item calls: by its own name, or its server's, or by that of the vendor's own tool."""
        kind = item.get("type")
        if not isinstance(kind, str) or not (kind.endswith("_call") or kind in _CALLS):
            return
        name = item.get("server_label") or item.get("name")
        if not isinstance(name, str):
            stem = kind.removesuffix("_call")
            name = next((offered for offered in self._offered if offered.startswith(stem)), stem)
        self.called[place] = name


def _finish(response: _Response) -> Finish:
    if response.status == "incomplete":
        reason = response.incomplete_details.reason if response.incomplete_details else None
        return {"max_output_tokens": Finish.LENGTH, "content_filter": Finish.REFUSAL}.get(reason or "", Finish.CUT)
    if response.status in ("failed", "cancelled"):
        return Finish.CUT
    called = any(isinstance(item.get("type"), str) and item["type"] in _CALLS for item in response.output)
    return Finish.TOOL if called else Finish.STOP


def _hear(heard: Heard) -> None:
    """The pieces of one event. A delta continues its part; whatever else an event holds is complete, or repeats."""
    document = heard.document
    kind = str(document.get("type"))
    middle, leaf = _DELTAS.get(kind, ("", kind))
    part = f"output.{document.get('output_index')}"
    if middle:
        number = {"content": "content_index", "summary": "summary_index"}.get(middle, "command_index")
        part = f"{part}.{middle}.{document.get(number, 0)}"
    delta = document.get("delta")
    rest = without(document, "delta", "logprobs", "type", "item_id", "obfuscation")
    if kind == "response.audio.delta":
        heard.unread["audio"] = None
    elif isinstance(delta, str):
        heard.hear(f"{part}.{leaf}", "delta", delta)
    elif isinstance(delta, dict):
        for key, value in delta.items():
            if isinstance(value, str) and key != "type":
                heard.say(part, "delta", key, value)
            else:
                heard.take({key: value}, "delta", part)
    elif delta is not None:
        rest["delta"] = delta
    response = rest.get("response")
    if isinstance(response, dict):
        heard.take(without(response, *_ECHOED), "response", "response")
        del rest["response"]
    heard.take(rest, "", part)
    if kind.endswith(".done"):
        heard.closed.append(_ended(document))


def _ended(document: dict[str, Any]) -> str:
    """Which parts are complete with a `.done` event: those of a content, of a summary, or of the whole item."""
    part = f"output.{document.get('output_index')}"
    for middle in ("content", "summary", "command"):
        number = document.get(f"{middle}_index")
        if number is not None:
            return f"{part}.{'commands' if middle == 'command' else middle}.{number}"
    return part


_ECHOED = ("usage", "instructions", "tools", "tool_choice", "text", "metadata", "prompt", "input")
"""Fields of a response that give the caller's own request back."""


def _is_known(data: bytes) -> bool:
    """Whether an event that does not fit is of a kind that should; true for data that is no JSON object."""
    try:
        head = _read_head(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return True
    return not isinstance(head.type, str) or head.type in _KNOWN
