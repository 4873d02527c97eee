"""Reading what the chat completions API answers: a completion, or the chunks of one.

A stream says that its end has come with the `finish_reason` of its last choice, and is then complete; what may follow
is a chunk with the usage, and `[DONE]`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from prodworthy.gateway.protocols.protocol import CLOSING, DROPPED, OPEN, AnswerBroken, Mark, Tokens
from prodworthy.gateway.protocols.sse import data_of
from prodworthy.policy.core.exchange import Answer, Finish

_FINISH = {
    "stop": Finish.STOP,
    "length": Finish.LENGTH,
    "tool_calls": Finish.TOOL,
    "function_call": Finish.TOOL,
    "content_filter": Finish.REFUSAL,
}


class _Function(msgspec.Struct):
    arguments: str | None = None


class _Custom(msgspec.Struct):
    input: str | None = None


class _ToolCall(msgspec.Struct):
    index: int | None = None
    function: _Function | None = None
    custom: _Custom | None = None


class _Said(msgspec.Struct):
    """A message, or a delta of one. `reasoning_content` is what several vendors add for a model's thoughts."""

    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[_ToolCall] | None = None
    function_call: _Function | None = None


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

    def __init__(self, keep_text: bool, usage_asked: bool, choices: int = 1) -> None:
        """`usage_asked`: the caller wants the usage chunk; otherwise the gateway's own is dropped again.
        `choices`: how many the caller asked for; the stream ends when that many have."""
        self._keep = keep_text
        self._usage_asked = usage_asked
        self._choices = choices
        self._finished: set[int] = set()
        self._texts: dict[str, list[str]] = {}
        self._model = ""
        self._finish = Finish.UNKNOWN
        self._refusal = False
        self._usage = _Usage()
        self.ended = False

    def whole(self, body: bytes) -> None:
        """Read a complete completion."""
        completion = self._decode(body)
        if not completion.choices:
            raise AnswerBroken("a completion without choices")
        self._take(completion)
        self.ended = True

    def event(self, event: bytes) -> Mark:
        """Read one chunk."""
        data = data_of(event)
        if data == b"[DONE]":
            self.ended = True
        elif data:
            completion = self._decode(data)
            if completion.error is not None:
                raise AnswerBroken("an error in the stream")
            self._take(completion)
            if not completion.choices and completion.usage is not None and not self._usage_asked:
                return DROPPED
        return CLOSING if self.ended else OPEN

    def answer(self) -> Answer:
        """What was answered so far."""
        texts = tuple((part, "".join(pieces)) for part, pieces in self._texts.items())
        usage = self._usage
        tokens_in, tokens_out = usage.prompt_tokens or 0, usage.completion_tokens or 0
        return Answer(texts, self._model, self._finish, tokens_in, tokens_out, self._refusal)

    def _decode(self, data: bytes) -> _Completion:
        try:
            return _read(data)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise AnswerBroken("a completion that is not well formed") from None

    def _take(self, completion: _Completion) -> None:
        self._model = completion.model or self._model
        self._usage = completion.usage or self._usage
        for choice in completion.choices:
            said = choice.delta or choice.message
            if said is not None:
                self._refusal = self._refusal or bool(said.refusal)
                if self._keep:
                    self._hear(f"choices.{choice.index}", said)
            if choice.finish_reason:
                self._finish = _FINISH.get(choice.finish_reason, Finish.STOP)
                self._finished.add(choice.index)
                self.ended = self.ended or len(self._finished) >= self._choices

    def _hear(self, where: str, said: _Said) -> None:
        if said.content:
            self._say(f"{where}.content", said.content)
        if said.refusal:
            self._say(f"{where}.refusal", said.refusal)
        if said.reasoning_content:
            self._say(f"{where}.reasoning", said.reasoning_content)
        if said.function_call and said.function_call.arguments:
            self._say(f"{where}.function_call.arguments", said.function_call.arguments)
        for position, call in enumerate(said.tool_calls or ()):
            which = f"{where}.tool_calls.{position if call.index is None else call.index}"
            if call.function and call.function.arguments:
                self._say(f"{which}.arguments", call.function.arguments)
            if call.custom and call.custom.input:
                self._say(f"{which}.input", call.custom.input)

    def _say(self, part: str, text: str) -> None:
        self._texts.setdefault(part, []).append(text)
