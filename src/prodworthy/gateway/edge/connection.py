"""One client connection: uvicorn's HTTP protocol, with bounds on the head and word of a caller that goes away."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from prodworthy.gateway.protocols.protocol import Rendered

HEAD_BYTES = 32_768
"""Largest request head (line and fields), bytes; beyond it the connection ends with status 431."""

HEAD_FIELDS = 100
"""Most header fields of one request."""

HEAD_SECONDS = 10.0
"""Time for a request's head, from its first byte (or from the connection's start) to the blank line."""

PIPELINED = 32
"""Requests that may wait on one connection; more end it (official clients send one at a time)."""

PAUSED_BYTES = 1_048_576
"""Bytes of further requests that may wait on one connection while an exchange runs; beyond, reading pauses."""

REST_SECONDS = 10.0
"""Time for the rest of a body whose answer is already out, a refusal for instance; then the connection ends."""


class Cork:
    """A transport that can hold an answer's head back until its first bytes are written, so that both go out at once.

    One system call less per answer, and one packet less. Everything but writing is the transport's own.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        """Nothing is held."""
        self._transport = transport
        self.is_closing = transport.is_closing  # asked with every read: not by way of __getattr__
        self._holding = False
        self._held = b""

    def hold(self) -> None:
        """Keep the next write until another follows."""
        self._holding = True

    def write(self, data: bytes) -> None:
        """Write, or keep if so told."""
        if self._holding:
            self._holding = False
            self._held = data
            return
        if self._held:
            data, self._held = self._held + data, b""
        self._transport.write(data)

    def close(self) -> None:
        """Write what is kept, then close."""
        if self._held:
            self._transport.write(self._held)
            self._held = b""
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Everything else."""
        return getattr(self._transport, name)


class Connection(HttpToolsProtocol):
    """As uvicorn's, and stricter: bounded in bytes, fields, time and waiting requests, and never out of step.

    Reading goes on while an exchange runs, because the end of a connection is only seen by who reads it.
    """

    _head = 0
    _fields = 0
    _within_head = _within_body = False
    _waiting = 0
    _deaf = False
    _patience: asyncio.TimerHandle | None = None
    _running: RequestResponseCycle | None = None
    task: asyncio.Task[None]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a head."""
        self.lost: list[Callable[[], None]] = []
        self.access_log = False  # paths and queries are the caller's content; exchanges are in the journal
        self.cork = Cork(transport)
        super().connection_made(cast("asyncio.Transport", self.cork))
        # asyncio does this only for sockets made with an explicit protocol number, which a shared listener has not
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._await_rest(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever serves this connection's exchanges."""
        self._stop_waiting()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)
        for tell in tuple(self.lost):
            tell()

    def data_received(self, data: bytes) -> None:
        """Feed the parser; keep within the bounds of what may wait."""
        if self._deaf or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self.send_400_response("")
        if self._within_head and self._patience is None:
            self._await_rest(HEAD_SECONDS)
        self._keep_bounds(len(data))

    async def respond(self, rendered: Rendered) -> None:
        """Send a complete answer to the request that runs now, in one write.

        The same as two messages to uvicorn's own `send`, at a third of the cost. Raises ValueError for a header that
        would break the head.
        """
        if self.flow.write_paused:
            await self.flow.drain()
        cycle = self._running
        if cycle is None or cycle.disconnected or cycle.response_started:
            return
        lines = [STATUS_LINE[rendered.status]]
        for name, value in rendered.headers:
            lines += (name, b": ", value, b"\r\n")
        if not cycle.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(b"content-length: %d\r\n\r\n" % len(rendered.body))
        head = b"".join(lines)
        if head.count(b"\n") != len(rendered.headers) + 3 + (not cycle.keep_alive):
            raise ValueError("a header holds a line feed")
        cycle.response_started = cycle.response_complete = True
        self.transport.write(head if cycle.scope["method"] == "HEAD" else head + rendered.body)
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def _keep_bounds(self, size: int) -> None:
        if self._deaf or self.transport.is_closing():
            return
        if self.pipeline:
            self._waiting += size
            if self._waiting <= PAUSED_BYTES:
                self.flow.resume_reading()
        elif not self._within_body:
            self._waiting = 0
            self.flow.resume_reading()
        if self._is_idle() and self._patience is None and self.timeout_keep_alive_task is None:
            self._await_rest(HEAD_SECONDS)  # bytes that begin no request, such as blank lines

    def on_message_begin(self) -> None:
        """A request's first byte."""
        if len(self.pipeline) >= PIPELINED:
            raise httptools.HttpParserError("too many requests wait")
        super().on_message_begin()
        self._head = self._fields = 0
        self._within_head = True
        cast("dict[str, Any]", self.scope)["connection"] = self

    def on_url(self, url: bytes) -> None:
        """Count the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a field, those of a trailer too, and keep it as uvicorn does."""
        self._fields += 1
        self._count(len(name) + len(value) + 4)
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        if self.parser.get_http_version() not in ("1.1", "1.0"):
            raise httptools.HttpParserError("another version of HTTP")
        self._stop_waiting()
        super().on_headers_complete()
        self._within_head, self._within_body = False, True
        if self.expect_100_continue:
            # Refused without leave, the body may or may not come: only a new connection tells the next request from it.
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """The body is whole; for a request that asks for an upgrade the parser says so too early."""
        if self.parser.should_upgrade() and self._framing():
            return
        super().on_message_complete()
        self._within_body = False
        self._stop_waiting()

    def on_response_complete(self) -> None:
        """An answer is out; if the rest of its request's body is still to come, that may not take long."""
        super().on_response_complete()
        if self._within_body and self.cycle.response_complete:
            self._await_rest(REST_SECONDS)

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP (or too much of it) with a body that every client can read, and close.

        Only if it is its turn: where answers to earlier requests are due, they are given, and then the connection ends.
        """
        if self.transport.is_closing():
            return
        broken = self.cycle if self._within_body else None
        if broken is not None and self.pipeline and self.pipeline[0][0] is broken:
            self.pipeline.popleft()
        running = self._running
        if running is not None and running is not broken and not running.response_complete:
            self._end_after_answers()
            return
        if broken is None or not broken.response_started:
            self.transport.write(self._complaint())
        self.transport.close()

    def _decline_upgrade(self, rest: bytes) -> None:
        """Serve a request that asks for another protocol by this one (RFC 9110, section 7.8), then close.

        The parser takes what follows the head for the other protocol. A body (Java's client asks for HTTP/2 so, on any
        first request) is read by a parser of its own.
        """
        framing = self._framing()
        if framing is None:
            self._end_after_answers()
            return
        self.parser = httptools.HttpRequestParser(_Body(self))
        self.data_received(b"POST / HTTP/1.1\r\n%s: %s\r\n\r\n" % framing + rest)

    def _framing(self) -> tuple[bytes, bytes] | None:
        """The field that says how long the body is, None where there is no body."""
        return next((field for field in self.headers if field[0] in (b"content-length", b"transfer-encoding")), None)

    def end_of_body(self) -> None:
        """The body of a request whose upgrade was declined is whole."""
        self.on_message_complete()
        self._end_after_answers()

    def _end_after_answers(self) -> None:
        """Read no more requests, give the answers that are due, then close."""
        self._deaf = True
        self._stop_waiting()
        self.flow.resume_reading()
        last = self.pipeline[0][0] if self.pipeline else self._running
        if last is None or last.response_complete:
            self.transport.close()
        else:
            last.keep_alive = False

    def _complaint(self) -> bytes:
        too_large = self._head > HEAD_BYTES or self._fields > HEAD_FIELDS
        status = b"431 Request Header Fields Too Large" if too_large else b"400 Bad Request"
        code = b"header_too_large" if too_large else b"bad_http"
        text = b"The request head is larger than allowed." if too_large else b"The request is not well-formed HTTP."
        body = b'{"error":{"message":"%s","type":"invalid_request_error","param":null,"code":"%s"}}' % (text, code)
        head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\nx-prodworthy-code: %s\r\n" % (status, code)
        return head + b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body) + body

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        self.task = self.loop.create_task(cycle.run_asgi(app))
        self.task.add_done_callback(self.tasks.discard)
        self.tasks.add(self.task)

    def _is_idle(self) -> bool:
        answered = self._running is None or self._running.response_complete
        return answered and not (self._within_head or self._within_body)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > HEAD_BYTES or self._fields > HEAD_FIELDS:
            raise httptools.HttpParserError("the head is too large")

    def _await_rest(self, seconds: float) -> None:
        self._stop_waiting()
        self._patience = self.loop.call_later(seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class _Body:
    """Gives a connection the body of a message whose head it knows."""

    def __init__(self, connection: Connection) -> None:
        self.on_body = connection.on_body
        self.on_message_complete = connection.end_of_body
