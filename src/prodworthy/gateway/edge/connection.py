"""One client connection: from bytes to requests, one exchange at a time, in order.

The parser (llhttp, by httptools) runs inside `data_received`. Reading goes on while an exchange runs, because the end
of a connection is only seen by who reads it. Bytes that two parsers could read differently end the connection, and so
does whoever keeps it waiting.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, cast

import httptools

from prodworthy.gateway.edge.head import complaint, framing_of, path_of
from prodworthy.gateway.edge.patience import Patience
from prodworthy.gateway.edge.request import Request
from prodworthy.gateway.pipeline.live import Cause
from prodworthy.gateway.turn import Turn

HEAD_BYTES = 32_768
"""Largest request head (line and fields), bytes; beyond it the connection ends with status 431."""

HEAD_FIELDS = 100
"""Most header fields of one request."""

HEAD_SECONDS = 10.0
"""Time for a request's head, from its first byte (or from the connection's start) to the blank line."""

KEEP_SECONDS = 75.0
"""How long a connection is kept without a request."""

PIPELINED = 32
"""Requests that may wait on one connection; more end it (official clients send one at a time)."""

PAUSED_BYTES = 1_048_576
"""Bytes of further requests that may wait on one connection while an exchange runs; beyond, reading pauses."""

UNSENT_BYTES = 65_536
"""Bytes that wait for the end of the turn; beyond, they are written at once."""

REST_SECONDS = 10.0
"""Time for the rest of a body whose answer is already out, a refusal for instance; then the connection ends."""

Serve = Callable[[Request], Coroutine[Any, Any, None]]


class Host(Protocol):
    """Whoever takes connections: told when one is open, and when it is gone."""

    def opened(self, connection: Connection) -> None:
        """A caller is there."""

    def gone(self, connection: Connection) -> None:
        """The connection has ended, by whichever side."""


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time; bounded in bytes, fields, time and waiting requests."""

    transport: asyncio.Transport  # from connection_made on

    def __init__(self, host: Host, serve: Serve, turn: Turn) -> None:
        """`serve` answers a request; what is written leaves at the end of the `turn`."""
        self.loop = turn.loop
        self.full = False
        self._host = host
        self._turn = turn
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0
        self._serve = serve
        self._parser: Any = httptools.HttpRequestParser(self)
        self._room = asyncio.Event()  # unset while the caller reads too slowly
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._head = self._dripped = 0
        self._within_head = self._counting = self._too_large = False
        self._arriving: Request | None = None  # its head is here, its body is not yet whole
        self._running: Request | None = None
        self._queue: deque[Request] = deque()
        self._waiting = 0
        self._reading = True
        self._resting = self._deaf = False

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a head."""
        self.transport = cast("asyncio.Transport", transport)
        # asyncio does this only for sockets made with an explicit protocol number, which a shared listener has not
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._host.opened(self)
        self._patience = Patience(self.loop, self.close)
        self._patience.wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the exchange that runs, and forget those that wait."""
        self._patience.close()
        self._host.gone(self)
        self._queue.clear()
        self._unsent = []
        self._parser = None  # it holds this connection's methods: without it, what is lost is free at once
        self.resume_writing()
        running = self._running
        if running is not None and running.run is not None:
            running.run.stop(Cause.DISCONNECTED)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; keep within the bounds of what may wait."""
        if self._deaf or self.transport.is_closing():
            return
        rested, self._resting = self._resting, False
        began_before = self._within_head
        if began_before and not self._counting:
            self._head = len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._headers)
        # A head that lies within one small read is small: only of others is every byte counted.
        self._counting = began_before or self._arriving is not None or len(data) > HEAD_BYTES
        try:
            self._parser.feed_data(data)
            if began_before:
                self._drip(len(data))
        except httptools.HttpParserUpgrade as upgrade:
            self._decline_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._complain()
        if self._queue:
            self._waiting += len(data)
            if self._waiting > PAUSED_BYTES:
                self._pause()
        awaited = self._within_head or (self._running is None and self._arriving is None)
        if awaited and not self._resting and (rested or not self._patience.waiting):
            self._patience.wait(HEAD_SECONDS)  # also for bytes that begin no request, such as blank lines

    def eof_received(self) -> None:
        """The caller sends no more: it is taken to be gone."""

    def pause_writing(self) -> None:
        """The caller reads too slowly."""
        self.full = True
        self._room.clear()

    def resume_writing(self) -> None:
        """The caller has caught up, or is gone."""
        self.full = False
        self._room.set()

    # Called by the parser, within data_received.

    def on_message_begin(self) -> None:
        """A request's first byte."""
        if len(self._queue) >= PIPELINED:
            raise httptools.HttpParserError("too many requests wait")
        self._url = b""
        self._headers = []
        self._head = 0
        self._within_head = True

    def on_url(self, url: bytes) -> None:
        """The target of the request line, or a part of it."""
        self._url += url
        if self._counting:
            self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field. Those of a trailer are bounded in the same way, and nobody asks for them."""
        self._headers.append((name.lower(), value))
        if self._counting:
            self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        """The head is whole: the request runs, or waits for its turn."""
        if len(self._headers) > HEAD_FIELDS:  # of one small read: only there are they not counted as they come
            self._refuse_head()
        parser = self._parser
        version = parser.get_http_version()
        if version not in ("1.1", "1.0"):
            raise httptools.HttpParserError("another version of HTTP")
        request = Request(self, parser.get_method().decode("ascii"), path_of(self._url), self._headers)
        request.keep_alive = version == "1.1" and parser.should_keep_alive()
        if request.fields.get(b"expect", b"").lower() == b"100-continue":
            request.expects = True
            # Refused without leave, the body may or may not come: only a new connection tells the next request from it.
            request.keep_alive = False
        self._patience.stop()
        self._within_head = False
        self._headers, self._counting = [], True  # of a trailer
        self._arriving = request
        if self._running is None:
            self._start(request)
        else:
            self._queue.append(request)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        request = self._arriving
        if request is not None and request.feed(body) and request is self._running:
            self._pause()

    def on_message_complete(self) -> None:
        """The body is whole; for a request that asks for an upgrade the parser says so too early."""
        request = self._arriving
        if request is None or (self._parser.should_upgrade() and framing_of(request.headers)):
            return
        self._end_of_body(request)

    # Called by the requests.

    def send(self, data: bytes) -> None:
        """Write, at the latest at the end of this turn of the event loop."""
        unsent = self._unsent
        if not unsent:
            self._turn.later(self)
        unsent.append(data)
        self._unsent_bytes += len(data)
        if self._unsent_bytes > UNSENT_BYTES:
            self._write()

    def flush(self) -> None:
        """Write what was sent in this turn."""
        if self._unsent:
            self._write()

    def close(self) -> None:
        """Close, after everything that was sent."""
        self.flush()
        self.transport.close()

    def abort(self) -> None:
        """Cut the connection; what was not yet written is dropped."""
        self._unsent = []
        self.transport.abort()

    async def drained(self) -> None:
        """Wait until the caller has read enough for more to be written."""
        await self._room.wait()

    def resume(self) -> None:
        """Read on."""
        if not self._reading and not self.transport.is_closing():
            self._reading = True
            self.transport.resume_reading()

    @property
    def peer(self) -> str:
        """The caller's address, "" where the connection has none."""
        name = self.transport.get_extra_info("peername")
        return str(name[0]) if name else ""

    def answered(self, request: Request) -> None:
        """The next request's turn; without one, wait for it, or for the rest of this one's body."""
        self._running = None
        if self.transport.is_closing():
            return
        if self._queue:
            self._start(self._queue.popleft())
        elif self._arriving is request:
            self._patience.wait(REST_SECONDS)
        elif not self._within_head:
            self._resting = True
            self._patience.wait(KEEP_SECONDS)
        if not self._queue:
            self._waiting = 0
        if self._waiting <= PAUSED_BYTES:
            self.resume()

    # Called by the server.

    def leave(self) -> None:
        """Let the answers that are due be given, then close."""
        last = self._queue[-1] if self._queue else self._running
        if last is None:
            self.close()
        else:
            last.keep_alive = False

    def cancel(self) -> None:
        """End the exchange that runs."""
        if self._running is not None:
            self._running.task.cancel()

    def _pause(self) -> None:
        """Read no more for now."""
        if self._reading and not self.transport.is_closing():
            self._reading = False
            self.transport.pause_reading()

    def _write(self) -> None:
        unsent, size = self._unsent, self._unsent_bytes
        self._unsent, self._unsent_bytes = [], 0
        if self.transport.is_closing():
            return
        if len(unsent) == 1:
            self.transport.write(unsent[0])
        elif size <= UNSENT_BYTES:
            self.transport.write(b"".join(unsent))
        else:
            self.transport.writelines(unsent)  # without a copy of what is large

    def _start(self, request: Request) -> None:
        self._running = request
        request.task = self.loop.create_task(self._serve(request))

    def _end_of_body(self, request: Request) -> None:
        self._arriving = None
        request.end_of_body()
        if self._running is None:  # it was answered before its body was whole
            self._resting = True
            self._patience.wait(KEEP_SECONDS)

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > HEAD_BYTES or len(self._headers) > HEAD_FIELDS:
            self._refuse_head()

    def _drip(self, size: int) -> None:
        """A head that began in an earlier read: the parser holds what is not whole, so that is counted too."""
        self._dripped = self._dripped + size if self._within_head else 0
        if self._dripped > HEAD_BYTES:
            self._refuse_head()

    def _refuse_head(self) -> None:
        self._too_large = True
        raise httptools.HttpParserError("the head is too large")

    def _complain(self) -> None:
        """Answer what is not HTTP (or too much of it) with a body that every client can read, and close.

        Only if it is its turn: where answers to earlier requests are due, they are given, and then the connection ends.
        """
        if self.transport.is_closing():
            return
        broken, running = self._arriving, self._running
        if broken is not None and self._queue and self._queue[-1] is broken:
            self._queue.pop()
        if running is not None and running is not broken:
            self._end_after_answers()
            return
        if broken is None or not broken.started:
            self.send(complaint(self._too_large))
        self.close()

    def _decline_upgrade(self, rest: bytes) -> None:
        """Serve a request that asks for another protocol by this one (RFC 9110, section 7.8), then close.

        The parser takes what follows the head for the other protocol. A body (Java's client asks for HTTP/2 so, on any
        first request) is read by a parser of its own.
        """
        request = self._arriving
        framing = None if request is None else framing_of(request.headers)
        if framing is None:
            self._end_after_answers()
            return
        self._parser = httptools.HttpRequestParser(_Body(self))
        self.data_received(b"POST / HTTP/1.1\r\n%s: %s\r\n\r\n" % framing + rest)

    def end_of_declined(self) -> None:
        """The body of a request whose upgrade was declined is whole."""
        if self._arriving is not None:
            self._end_of_body(self._arriving)
        self._end_after_answers()

    def _end_after_answers(self) -> None:
        """Read no more requests, give the answers that are due, then close."""
        self._deaf = True
        self._patience.stop()
        self.resume()
        self.leave()


class _Body:
    """Gives a connection the body of a message whose head it knows."""

    def __init__(self, connection: Connection) -> None:
        self.on_body = connection.on_body
        self.on_message_complete = connection.end_of_declined
