"""One request: its head, its body as it arrives, and the way back to whoever sent it (a `Caller`)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol

from prodworthy.gateway.pipeline.live import Running
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.protocols.protocol import Rendered
from prodworthy.policy.core.refusal import Code, Refusal

UNREAD_BYTES = 65_536
"""Bytes of a body that nobody reads yet; beyond, reading pauses."""

_ONE_WRITE = 65_536
"""A body up to this size is joined to its head, so that both leave with one system call."""

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


class Link(Protocol):
    """The connection, as a request uses it."""

    loop: asyncio.AbstractEventLoop
    full: bool

    @property
    def peer(self) -> str:
        """The caller's address, "" where the connection has none."""

    def send(self, data: bytes) -> None:
        """Write, at the latest at the end of this turn of the event loop."""

    def close(self) -> None:
        """Close, after everything that was sent."""

    def abort(self) -> None:
        """Cut the connection; what was not yet written is dropped."""

    async def drained(self) -> None:
        """Wait until the caller has read enough for more to be written."""

    def resume(self) -> None:
        """Read on."""

    def answered(self, request: Request) -> None:
        """The answer is complete."""


class Request:
    """What was asked on a connection; names of `headers` are lower case, of `fields` sent twice the last counts.

    `run` is told when the caller goes away. `expects`: the caller waits for leave to send its body.
    """

    __slots__ = (
        "_body",
        "_held",
        "_link",
        "_waiter",
        "_wanted",
        "_whole",
        "complete",
        "expects",
        "fields",
        "headers",
        "keep_alive",
        "method",
        "path",
        "run",
        "started",
        "task",
    )

    task: asyncio.Task[None]  # from its turn on

    def __init__(self, link: Link, method: str, path: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        """The head is here; the body may not be."""
        self.method = method
        self.path = path
        self.headers = headers
        self.fields = dict(headers)
        self.keep_alive = True
        self.expects = False
        self.run: Running | None = None
        self.started = self.complete = False
        self._link = link
        self._body: bytes | bytearray = b""
        self._whole = self._wanted = False
        self._waiter: asyncio.Future[None] | None = None
        self._held = b""

    @property
    def peer(self) -> str:
        """The caller's address, "" where the connection has none."""
        return self._link.peer

    # The body, from the connection to the exchange.

    def feed(self, data: bytes) -> bool:
        """A part of the body, dropped once the answer is complete; whether more waits unread than should."""
        if self.complete:
            return False
        if not self._body:
            self._body = data
        elif isinstance(self._body, bytearray):
            self._body += data
        else:
            self._body = bytearray(self._body)
            self._body += data
        if self._waiter is not None:
            self._wake()
        return not self._wanted and len(self._body) > UNREAD_BYTES

    def end_of_body(self) -> None:
        """The body is whole."""
        self._whole = True
        if self._waiter is not None:
            self._wake()

    async def body(self, limit: int) -> bytes:
        """The whole body. Raises Refused for one that is too large or compressed. How long it takes is not its matter.

        `limit` is in bytes.
        """
        if int(self.fields.get(b"content-length", 0)) > limit:
            raise _too_large(limit)
        if self.fields.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Refused(Refusal(Code.UNSUPPORTED_ENCODING, "The body is compressed."))
        if not self._whole:
            await self._arrival(limit)
        body, self._body = self._body, b""
        if len(body) > UNREAD_BYTES:
            self._link.resume()
        if len(body) > limit:
            raise _too_large(limit)
        return bytes(body)

    async def _arrival(self, limit: int) -> None:
        link = self._link
        if self.expects:
            self.expects = False
            link.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._wanted = True
        try:
            while not self._whole and len(self._body) <= limit:
                link.resume()
                self._waiter = link.loop.create_future()
                await self._waiter
        finally:
            self._wanted = False

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # The answer: see `Caller`.

    def abort(self) -> None:
        """Cut the connection."""
        self._link.abort()

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Keep the head of a streamed answer until its first part, so that both leave at once."""
        self.started = True
        self._held = self._head(status, headers, b"transfer-encoding: chunked\r\n\r\n")

    async def write(self, data: bytes) -> None:
        """Send a part of the body."""
        if self._link.full:
            await self._link.drained()
        if data and not self.complete:
            held, self._held = self._held, b""
            self._link.send(b"%b%x\r\n%b\r\n" % (held, len(data), data))

    async def end(self, data: bytes = b"") -> None:
        """Send the last part."""
        if self._link.full:
            await self._link.drained()
        if not self.complete:
            last = b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data) if data else b"0\r\n\r\n"
            self._link.send(self._held + last)
            self._answered()

    async def whole(self, rendered: Rendered) -> None:
        """Send a complete answer. Raises ValueError for a header that would break the head."""
        if self._link.full:
            await self._link.drained()
        if self.started:
            return
        body = rendered.body
        head = self._head(rendered.status, rendered.headers, b"content-length: %d\r\n\r\n" % len(body))
        self.started = True
        if self.method == "HEAD":
            self._link.send(head)
        elif len(body) <= _ONE_WRITE:
            self._link.send(head + body)
        else:
            self._link.send(head)
            self._link.send(body)
        self._answered()

    def over(self) -> None:
        """Nobody answers any more: what is not complete by now cannot be completed."""
        if not self.complete:
            self.complete = True
            self._link.abort()

    def _head(self, status: int, headers: Sequence[tuple[bytes, bytes]], last: bytes) -> bytes:
        lines = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status]
        for name, value in headers:
            lines += (name, b": ", value, b"\r\n")
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(last)
        head = b"".join(lines)
        # Every line break must be one of ours, or a value could end the head and begin an answer of its own.
        breaks = len(headers) + 3 + (not self.keep_alive)
        if head.count(b"\n") != breaks or head.count(b"\r") != breaks:
            raise ValueError("a header holds a line break")
        return head

    def _answered(self) -> None:
        self.complete = True
        self._body = b""
        if not self.keep_alive:
            self._link.close()
        self._link.answered(self)


def _too_large(limit: int) -> Refused:
    return Refused(Refusal(Code.BODY_TOO_LARGE, f"The body is larger than the {limit} bytes that the workload allows."))
