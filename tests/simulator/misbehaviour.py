"""Everything that the vendor can do wrong, on command.

A script holds one of these, or a tuple of them, for each answer: `Say(chunks=9), Cut(after=3)`. Across processes the
same is asked for by a marker anywhere in the request body: `[[sim:NAME key=value ...]]`, several markers add up;
`%20` stands for a space. The key `times=N` ends a marker's effect after it was seen N times. A marker goes before the
script and leaves it untouched. `after` counts deltas of a stream; a plain answer has two halves, so that any `after`
from 1 up means "after the first half". What should happen after more deltas than there are happens ahead of the
closing events. Terminal events are `[DONE]`, `response.completed` and `message_stop`; closing events are those
between the last delta and the terminal one.

| Class | Marker | What the client sees |
|---|---|---|
| `Say(text, chunks, interval, ...)` | `say` | an ordinary answer: its text, deltas, pace, finish reason |
| `Status(code, retry_after, message)` | `status` | that status, the protocol's error body, `Retry-After` as given |
| `ErrorInStream(code, after)` | `error-in-stream` | status 200, some deltas, the protocol's error event, the end |
| `Reset(after)` | `reset` | TCP reset: before any byte (after None), or within the answer |
| `Hangup()` | `hangup` | the connection closes without a byte, in an orderly way |
| `Stall(before, after, seconds)` | `stall`, `stall-in-stream` | silence, for ever or `seconds` |
| `Cut(after)` | `cut` | the connection closes within the answer, in an orderly way, without the framing's end |
| `BadJson(after)` | `bad-json` | one event of broken JSON; a plain body that breaks off, of true length |
| `BadChunk(after)` | `bad-chunk` | broken chunked framing, then the connection closes |
| `NoTerminal(finish)` | `no-terminal` | no terminal event, an orderly end; `finish=false`: no closing events |
| `WrongModel(name)` | `wrong-model` | the answer says that another model gave it |
| `Drip(size, interval)` | `drip` | `size` bytes at a time, `interval` seconds between |
| `Endless(interval)` | `endless` | deltas without end; a plain body that is spaces without end |
| `GzipBomb(size)` | `gzip-bomb` | a small gzip body that unpacks to `size` bytes: spaces, then the true answer |
| `Huge(size)` | `huge` | a text of `size` bytes; protocols without text get a member of that size |
| `NotJson()` | `not-json` | status 200 and an HTML page |
| `InvalidUtf8()` | `invalid-utf8` | bytes that are no UTF-8 within the text |
| `Empty()` | `empty` | status 200, the true content type, no body |
| `OffSchema()` | `off-schema` | JSON content that is not what the request's schema asks for |
| `OffEnvelope()` | `off-envelope` | valid JSON that is no answer of the protocol |
| `Refusal(text)` | `refusal` | a refusal: OpenAI's `refusal` with content_filter, Anthropic's stop reason `refusal` |
| `Truncate(words)` | `truncate` | a text that ends early: finish_reason length, max_tokens, response.incomplete |
| `Calls(call, ...)` | `tool name= arguments=` | tool calls, wanted or not; arguments may be broken |
| `Future()` | `future` | unknown members in every object, an unknown event and a comment in every stream |
| `LongHeader(size)` | `long-header` | a response header of `size` bytes |
| `CloseAfter()` | `close-after` | a whole answer that promises keep-alive; the connection closes right after it |
| `Echo()` | `echo` | the prompt as the answer |
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .exchange import JSON, Answer, End, Kind, Part
from .script import Behaviour, Call, Dialect, Say

_INVALID = "\ue000"
"""A private-use character that stands for invalid bytes until the answer is bytes."""
_INVALID_BYTES = b"\xff\xfe\xc3"
_NOVELTY = b'{"x_future":{"depth":[1,null,{"kind":"unknown"}]},'


def inserted(answer: Answer, after: int, *extra: Part) -> Answer:
    """`answer` with `extra` parts once `after` deltas are out, at the latest ahead of its closing parts."""
    if isinstance(answer.body, bytes):
        after = min(after, 1)

    def parts() -> Iterator[Part]:
        seen, done = 0, False
        for part in answer.parts():
            counted = part.kind is Kind.DELTA and isinstance(part.payload, bytes)
            due = (counted and seen >= after) or part.kind in (Kind.CLOSING, Kind.TERMINAL)
            if due and not done:
                done = True
                yield from extra
            yield part
            seen += counted
        if not done:
            yield from extra

    return answer.with_parts(parts())


def _delta(payload: bytes | float | End, framed: bool = True) -> Part:
    return Part(Kind.DELTA, payload, framed)


@dataclass(frozen=True, slots=True)
class Status(Behaviour):
    code: int = 500
    retry_after: float | str | None = None
    message: str = "The simulated vendor was told to fail."

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        headers = JSON if self.retry_after is None else (*JSON, ("retry-after", f"{self.retry_after}"))
        body = b"" if self.code in (204, 304) else dialect.error(self.code, self.message)
        return Answer(self.code, headers, body, before=answer.before)


@dataclass(frozen=True, slots=True)
class ErrorInStream(Behaviour):
    code: int = 529
    after: int = 2
    message: str = "Overloaded"

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        if isinstance(answer.body, bytes):
            return Status(self.code, message=self.message).bend(answer, dialect)
        source, event = answer.body, dialect.error_event(self.code, self.message)

        def parts() -> Iterator[Part]:
            seen = 0
            for part in source:
                if part.kind in (Kind.CLOSING, Kind.TERMINAL) or (part.kind is Kind.DELTA and seen >= self.after):
                    break
                yield part
                seen += part.kind is Kind.DELTA and isinstance(part.payload, bytes)
            yield Part(Kind.TERMINAL, event)

        return replace(answer, body=parts())


@dataclass(frozen=True, slots=True)
class Reset(Behaviour):
    after: int | None = None

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        if self.after is None:
            return replace(answer, before=(*answer.before, End.RESET))
        return inserted(answer, self.after, _delta(End.RESET))


@dataclass(frozen=True, slots=True)
class Hangup(Behaviour):
    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        return replace(answer, before=(*answer.before, End.CUT))


@dataclass(frozen=True, slots=True)
class Stall(Behaviour):
    before: bool = True
    after: int = 2
    seconds: float | None = None

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        step = End.STALL if self.seconds is None else float(self.seconds)
        if self.before:
            return replace(answer, before=(*answer.before, step))
        return inserted(answer, self.after, _delta(step))


@dataclass(frozen=True, slots=True)
class Cut(Behaviour):
    after: int = 2

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        return inserted(answer, self.after, _delta(End.CUT))


@dataclass(frozen=True, slots=True)
class BadJson(Behaviour):
    after: int = 1

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        if isinstance(answer.body, bytes):
            return replace(answer, body=answer.body[: max(1, len(answer.body) * 2 // 3)])
        named = b"event: content_block_delta\n" if dialect.name.startswith("anthropic") else b""
        return inserted(answer, self.after, _delta(named + b'data: {"choices":[{"delta":{"con\n\n'))


@dataclass(frozen=True, slots=True)
class BadChunk(Behaviour):
    after: int = 1

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        broken = inserted(answer, self.after, _delta(b"ZZ;\r\nno chunk\r\n", framed=False), _delta(End.CUT))
        return replace(broken, length=None)


@dataclass(frozen=True, slots=True)
class NoTerminal(Behaviour):
    finish: bool = True

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        if isinstance(answer.body, bytes):
            return answer
        dropped = (Kind.TERMINAL,) if self.finish else (Kind.TERMINAL, Kind.CLOSING)
        return replace(answer, body=(part for part in answer.body if part.kind not in dropped))


@dataclass(frozen=True, slots=True)
class WrongModel(Behaviour):
    name: str = "some-other-model"

    def shape(self, say: Say) -> Say:
        return replace(say, model=self.name)


@dataclass(frozen=True, slots=True)
class Drip(Behaviour):
    size: int = 1
    interval: float = 0.01

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        return replace(answer, drip=(max(1, self.size), float(self.interval)))


@dataclass(frozen=True, slots=True)
class Endless(Behaviour):
    interval: float = 0.0

    def shape(self, say: Say) -> Say:
        return replace(say, endless=True, interval=self.interval or say.interval)

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        if not isinstance(answer.body, bytes):
            return answer

        def parts() -> Iterator[Part]:
            while True:
                yield _delta(b" " * 1024)
                if self.interval > 0:
                    yield _delta(float(self.interval))

        return replace(answer, body=parts())


@functools.lru_cache(maxsize=4)
def _packed(size: int, tail: bytes) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block, packed = b" " * 65_536, []
    for start in range(0, max(0, size - len(tail)), len(block)):
        packed.append(squeezer.compress(block[: size - len(tail) - start]))
    return b"".join([*packed, squeezer.compress(tail), squeezer.flush()])


@dataclass(frozen=True, slots=True)
class GzipBomb(Behaviour):
    size: int = 64 * 1024 * 1024

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        tail = answer.body if isinstance(answer.body, bytes) else _joined(answer)
        headers = (*answer.headers, ("content-encoding", "gzip"))
        return replace(answer, headers=headers, body=_packed(self.size, tail), length=None)


def _joined(answer: Answer) -> bytes:
    return b"".join(part.payload for part in answer.parts() if isinstance(part.payload, bytes))


@dataclass(frozen=True, slots=True)
class Huge(Behaviour):
    size: int = 8 * 1024 * 1024

    def shape(self, say: Say) -> Say:
        return replace(say, size=self.size)

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        if not isinstance(answer.body, bytes) or len(answer.body) >= self.size or answer.body[:1] != b"{":
            return answer
        return replace(answer, body=b'{"x_huge":"' + b"0" * self.size + b'",' + answer.body[1:])


@dataclass(frozen=True, slots=True)
class NotJson(Behaviour):
    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        page = b"<html><head><title>Bad gateway</title></head><body>An upstream said no.</body></html>"
        return Answer(200, (("content-type", "text/html"),), page, before=answer.before)


@dataclass(frozen=True, slots=True)
class InvalidUtf8(Behaviour):
    def shape(self, say: Say) -> Say:
        return replace(say, text=f"{say.text or 'river stone lamp'} {_INVALID} quiet copper")

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        mark = _INVALID.encode()
        if isinstance(answer.body, bytes):
            body = answer.body.replace(mark, _INVALID_BYTES)
            if body == answer.body and body[:1] == b"{":
                body = b'{"x":"' + _INVALID_BYTES + b'",' + body[1:]
            return replace(answer, body=body)
        source = answer.body
        swapped = (
            part._replace(payload=part.payload.replace(mark, _INVALID_BYTES))
            if isinstance(part.payload, bytes)
            else part
            for part in source
        )
        return replace(answer, body=swapped)


@dataclass(frozen=True, slots=True)
class Empty(Behaviour):
    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        return Answer(200, answer.headers, b"", before=answer.before)


@dataclass(frozen=True, slots=True)
class OffSchema(Behaviour):
    def shape(self, say: Say) -> Say:
        return replace(say, text='{"unexpected":["member"],"count":"not a number"}')


@dataclass(frozen=True, slots=True)
class OffEnvelope(Behaviour):
    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        odd = b'{"choices":"none","content":7,"outputs":{},"predictions":null,"unexpected":[1]}'
        if isinstance(answer.body, bytes):
            return replace(answer, body=odd)
        return replace(answer, body=iter((_delta(b"data: " + odd + b"\n\n"),)))


@dataclass(frozen=True, slots=True)
class Refusal(Behaviour):
    text: str = "I cannot help with that."

    def shape(self, say: Say) -> Say:
        return replace(say, refusal=self.text, finish="content_filter", calls=())


@dataclass(frozen=True, slots=True)
class Truncate(Behaviour):
    words: int = 3

    def shape(self, say: Say) -> Say:
        text = " ".join((say.text or "river stone lamp north quiet copper meadow").split()[: self.words])
        return replace(say, text=text, finish="length", calls=())


class Calls(Behaviour):
    """Tool calls, whatever the request offers."""

    __slots__ = ("calls",)

    def __init__(self, *calls: Call) -> None:
        self.calls = calls

    def shape(self, say: Say) -> Say:
        return replace(say, calls=self.calls)


@dataclass(frozen=True, slots=True)
class Future(Behaviour):
    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        headers = (*answer.headers, ("x-future-header", "unknown"))
        if isinstance(answer.body, bytes):
            body = _NOVELTY + answer.body[1:] if answer.body[:1] == b"{" and answer.body[1:2] == b'"' else answer.body
            return _resized(replace(answer, headers=headers, body=body), len(body) - len(answer.body))
        events = (_delta(b": a comment\n\n"), _delta(dialect.unknown_event))
        noted = inserted(answer, 1, *events).parts()
        widened = (
            part._replace(payload=part.payload.replace(b"data: {", b"data: " + _NOVELTY, 1))
            if isinstance(part.payload, bytes)
            else part
            for part in noted
        )
        return replace(answer, headers=headers, body=widened)


def _resized(answer: Answer, growth: int) -> Answer:
    """Keep the header that says how long the JSON part of a binary answer is."""
    name = "Inference-Header-Content-Length"
    headers = tuple((key, str(int(value) + growth) if key == name else value) for key, value in answer.headers)
    return replace(answer, headers=headers)


@dataclass(frozen=True, slots=True)
class LongHeader(Behaviour):
    size: int = 65_536

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        return replace(answer, headers=(*answer.headers, ("x-long", "h" * self.size)))


@dataclass(frozen=True, slots=True)
class CloseAfter(Behaviour):
    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        return replace(answer, close=True)


@dataclass(frozen=True, slots=True)
class Echo(Behaviour):
    def shape(self, say: Say) -> Say:
        return replace(say, echo=True, text=None)
