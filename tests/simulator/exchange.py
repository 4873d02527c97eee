"""The values that pass between the parts: what was received, what is asked, what is answered.

Nothing here touches a socket. An `Answer` is HTTP as a value; `wire.py` turns it into steps; `connection.py` plays
the steps.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import msgspec

Document = dict[str, Any]
"""A decoded JSON object. `Any`, because the outside world wrote it."""

Headers = tuple[tuple[str, str], ...]


class Refused(Exception):
    """The vendor turns this request down. The vendor renders it as an error body of the caller's protocol."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it arrived. `at` is the event loop's clock in seconds; header names are in lower case."""

    number: int
    connection: int
    at: float
    method: str
    path: str
    query: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value of the header `name`, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), None)

    def json(self) -> Any:
        """The body decoded as JSON. Raises `msgspec.DecodeError` where it is none."""
        return msgspec.json.decode(self.body)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request on its way to a dialect, with the model and version that the path named (Open Inference only)."""

    received: Received
    created: int
    path: Mapping[str, str]

    @property
    def ident(self) -> str:
        """A stable identifier for the answer: it counts up, so that two runs give the same bytes."""
        return f"sim{self.received.number:08d}"

    def document(self) -> Document:
        """The body as a JSON object. Raises `Refused` (400) where it is anything else."""
        try:
            found = msgspec.json.decode(self.received.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise Refused(400, "We could not parse the JSON body of your request.") from fault
        if not isinstance(found, dict):
            raise Refused(400, "The JSON body of your request must be an object.")
        return found


class End(enum.Enum):
    """A step that is neither bytes nor a pause."""

    STALL = "send nothing more, keep the connection open until the client leaves"
    RESET = "TCP reset"
    CUT = "close the connection in an orderly way, here and now"


Step = bytes | float | End
"""What a connection plays: bytes to send, seconds to wait, or an end."""


class Kind(enum.Enum):
    """The place of a part within a streamed answer."""

    OPENING = "opening"
    DELTA = "delta"
    CLOSING = "closing"
    TERMINAL = "terminal"


class Part(NamedTuple):
    """One piece of a streamed answer. A part that is not `framed` bypasses the chunked framing."""

    kind: Kind
    payload: Step
    framed: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as a value.

    `body` is whole bytes, or parts; parts go out chunked, or against a declared `length` in bytes. `before` is played
    ahead of the first byte. `drip` is (bytes at a time, seconds between). `close` ends the connection afterwards
    without announcing it.
    """

    status: int
    headers: Headers
    body: bytes | Iterator[Part]
    streamed: bool = False
    length: int | None = None
    before: tuple[Step, ...] = ()
    drip: tuple[int, float] | None = None
    close: bool = False

    def parts(self) -> Iterator[Part]:
        """The body as parts; a whole body becomes two halves, so that something can happen between them."""
        if not isinstance(self.body, bytes):
            return self.body
        half = len(self.body) // 2
        return iter((Part(Kind.DELTA, self.body[:half]), Part(Kind.DELTA, self.body[half:])))

    def with_parts(self, parts: Iterator[Part]) -> Answer:
        """This answer with its body as `parts`; a whole body keeps the length that it would have declared."""
        length = len(self.body) if isinstance(self.body, bytes) else self.length
        return replace(self, body=parts, length=length)


JSON: Headers = (("content-type", "application/json"),)
EVENTS: Headers = (("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"))


def sse(document: object, event: str | None = None) -> bytes:
    """`document` as one server-sent event."""
    data = b"data: " + msgspec.json.encode(document) + b"\n\n"
    return data if event is None else b"event: " + event.encode() + b"\n" + data


def whole(document: object, headers: Headers = ()) -> Answer:
    """`document` as a plain 200 answer."""
    return Answer(200, JSON + headers, msgspec.json.encode(document))


def stream(parts: Iterator[Part], interval: float, headers: Headers = ()) -> Answer:
    """`parts` as a stream of events with `interval` seconds between deltas."""
    return Answer(200, EVENTS + headers, paced(parts, interval) if interval > 0 else parts, streamed=True)


def paced(parts: Iterator[Part], interval: float) -> Iterator[Part]:
    """Put `interval` seconds between one delta and the next."""
    first = True
    for part in parts:
        if part.kind is Kind.DELTA:
            if not first:
                yield Part(Kind.DELTA, interval)
            first = False
        yield part
