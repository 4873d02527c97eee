"""What a protocol is: how to read a call, how to read an answer, how to say no. One implementation per API.

A reader of an answer is fed a whole body once, or the events of a stream one by one; afterwards `answer()` tells what
was answered. Readers only look: the bytes that go to the caller are the vendor's own unless a control edits them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta

from prodworthy.gateway.protocols.heard import Heard
from prodworthy.policy.core.exchange import Answer, Call, Operation
from prodworthy.policy.core.refusal import Code, Refusal

Tokens = Annotated[int, Meta(ge=0, le=2**40)]
"""A vendor's count of tokens; one that no model could have used breaks the answer before it breaks the accounts."""


class Rendered(msgspec.Struct, frozen=True):
    """An answer of the gateway's own: status, extra headers, body."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def with_headers(self, more: Iterable[tuple[bytes, bytes]]) -> Rendered:
        """The same answer with more headers."""
        return Rendered(self.status, (*self.headers, *more), self.body)


class Mark(msgspec.Struct, frozen=True):
    """What one event of a stream means for its release.

    `closing` from the first sign of the answer's end on; `drop` for an event that only the gateway asked for.
    """

    closing: bool = False
    drop: bool = False


OPEN = Mark()
CLOSING = Mark(closing=True)
DROPPED = Mark(closing=True, drop=True)


class Wish(msgspec.Struct, frozen=True):
    """What the gateway wants a request to say besides: the schema the answer must follow, and usage in streams."""

    schema: Mapping[str, Any] | None = None
    usage: bool = True


NO_CALLS: Mapping[Any, str] = MappingProxyType({})
"""What an answer calls in a protocol that has no tools."""


class AnswerReader(Protocol):
    """Reads one answer as it arrives."""

    def whole(self, body: bytes) -> None:
        """Read a complete body. Raises AnswerBroken."""

    def event(self, event: bytes) -> Mark:
        """Read one event of a stream. Raises AnswerBroken."""

    @property
    def ended(self) -> bool:
        """Whether the stream said that it is complete."""

    @property
    def called(self) -> Mapping[Any, str]:
        """The tools that the answer calls, so far: their names, by what tells one call from another."""

    @property
    def heard(self) -> Heard | None:
        """What the last event, or the whole body, said; None where nothing was, and where nobody listens."""

    def answer(self) -> Answer:
        """What was answered so far."""


class ClientProtocol(Protocol):
    """One API that clients speak."""

    name: str
    """Stable name, recorded with every exchange."""
    vendor: str
    """The kind of vendor that speaks it: openai, anthropic, open-inference or mlflow."""

    def read_call(self, operation: Operation, document: Mapping[str, Any], size: int) -> Call:
        """Read what the caller asks. Raises Unreadable with INVALID_REQUEST naming the field."""

    def reader(self, call: Call, document: Mapping[str, Any], listen: bool) -> AnswerReader:
        """A fresh reader for the answer to this request; it tells what it heard only if somebody listens."""

    def refuse(self, refusal: Refusal, exchange: str) -> Rendered:
        """The refusal as this protocol's error body."""

    def refuse_in_stream(self, refusal: Refusal, exchange: str) -> bytes:
        """The refusal as this protocol's terminal error event(s)."""

    def adapt(self, document: Mapping[str, Any], wish: Wish) -> dict[str, bytes]:
        """Top-level fields (as JSON) to set in the request so that it says what the gateway wishes; the caller's own
        demands are never overruled."""

    def safe_answer(self, call: Call, text: str, exchange: str) -> Rendered:
        """An answer of the gateway's own with this text, as a whole or as a stream, as the call wants it."""


def refusal_headers(refusal: Refusal) -> tuple[tuple[bytes, bytes], ...]:
    """Headers of every refusal: type, stable code, and for how long (if at all) a retry should wait.

    `x-should-retry: false` is what the official SDKs obey; a killed workload must not be hammered by their retries.
    """
    headers = [(b"content-type", b"application/json"), (b"x-prodworthy-code", refusal.code.value.encode())]
    if refusal.retry_after > 0:
        headers.append((b"retry-after", str(math.ceil(refusal.retry_after)).encode()))
        headers.append((b"retry-after-ms", str(math.ceil(refusal.retry_after * 1000)).encode()))
    if refusal.code in _FINAL:
        headers.append((b"x-should-retry", b"false"))
    if refusal.code.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return tuple(headers)


_FINAL = frozenset({Code.WORKLOAD_KILLED, Code.SWITCH_UNKNOWN, Code.OUTPUT_INVALID, Code.HELD})
