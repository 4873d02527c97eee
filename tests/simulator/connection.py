"""One client connection: bytes in through httptools, answers out step by step, and a close look at who left first.

There is no task for each request. An answer is an iterator of steps; the connection plays it until a step must wait,
and goes on when the timer or the socket calls. That keeps a thousand streams cheap, and makes a departed client
visible at once.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

import httptools

from .exchange import Answer, End, Received, Step
from .wire import steps

MOST_HEADER_BYTES = 1_048_576
MOST_BODY_BYTES = 128 * 1_048_576
_MOST_WAITING = 16
_STEPS_AT_A_TURN = 64
_LINGER_ZERO = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Tally:
    """What happened so far. `cancelled`: the client left before its answer ended; `broken`: the script ended it."""

    connections: int = 0
    open_connections: int = 0
    requests: int = 0
    answered: int = 0
    cancelled: int = 0
    broken: int = 0
    unfinished: int = 0
    open_requests: int = 0
    open_streams: int = 0


class Answerer(Protocol):
    """Whom a connection asks: the vendor."""

    tally: Tally

    def take(self, received: Received) -> Answer:
        """Record a request and say how it is answered."""

    def refuse(self, path: str, status: int, message: str) -> Answer:
        """The answer to bytes that are no request of ours."""

    def changed(self) -> None:
        """The tally changed."""


class Connection(asyncio.Protocol):
    """Reads requests, also pipelined ones, and answers them in order."""

    _transport: asyncio.Transport

    def __init__(self, vendor: Answerer, number: int, open_ones: set[Connection]) -> None:
        self._vendor, self._tally = vendor, vendor.tally
        self._number, self._open_ones = number, open_ones
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Received, bool, bool]] = deque()
        self._steps: Iterator[Step] | None = None
        self._timer: asyncio.Handle | None = None
        self._streamed = self._blocked = self._closing = self._reading = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are none by inheritance
        self._open_ones.add(self)
        self._tally.connections += 1
        self._tally.open_connections += 1
        self._vendor.changed()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; if an answer was under way, the client cancelled it."""
        self._open_ones.discard(self)
        self._tally.open_connections -= 1
        self._tally.unfinished += self._reading
        self._waiting.clear()
        if self._steps is not None:
            self._tally.cancelled += 1
            self._over()
        self._closing = True
        self._vendor.changed()

    def data_received(self, data: bytes) -> None:
        """Bytes came: parse them, and answer if nothing is being answered."""
        if self._closing:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError:
            raise
        except httptools.HttpParserError:
            self._refuse(400, "The request is no HTTP that this server understands.")
        if self._steps is None:
            self._play()

    # What the parser calls, in this order.

    def on_message_begin(self) -> None:
        """A request starts."""
        self._url, self._body = b"", bytearray()
        self._headers: list[tuple[str, str]] = []
        self._header_bytes = 0
        self._reading = True

    def on_url(self, url: bytes) -> None:
        """The request's target, or a further piece of it."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MOST_HEADER_BYTES:
            self._refuse(431, "The headers are too large.")
            return
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        """All headers are here; a client that waits for leave to send its body gets it."""
        if any(name == "expect" for name, _ in self._headers) and self._steps is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        if len(self._body) + len(body) > MOST_BODY_BYTES:
            self._refuse(413, "The body is too large.")
            return
        self._body += body

    def on_message_complete(self) -> None:
        """The request is whole: queue it."""
        self._reading = False
        if self._closing:
            return
        path, _, query = self._url.decode("latin-1").partition("?")
        self._tally.requests += 1
        received = Received(
            number=self._tally.requests,
            connection=self._number,
            at=self._loop.time(),
            method=self._parser.get_method().decode("latin-1"),
            path=path,
            query=query,
            headers=tuple(self._headers),
            body=bytes(self._body),
        )
        self._body = bytearray()
        self._waiting.append((received, self._parser.should_keep_alive(), self._parser.get_http_version() != "1.0"))
        if len(self._waiting) == _MOST_WAITING:
            self._transport.pause_reading()

    # Answering.

    def _play(self) -> None:
        """Play steps until one must wait; take the next waiting request when an answer ends."""
        sound = False
        try:
            for _ in range(_STEPS_AT_A_TURN):
                if self._steps is None and not self._begin():
                    break
                assert self._steps is not None
                if not self._take_step(next(self._steps, None)):
                    break
            else:
                self._timer = self._loop.call_soon(self._go_on)
            sound = True
        finally:
            if not sound:  # a fault of ours must not leave the client waiting; the error itself goes on upwards
                self._transport.abort()

    def _begin(self) -> bool:
        """Start on the next waiting request. False where there is none, or the connection is closing."""
        if self._closing or not self._waiting:
            return False
        received, keep_alive, chunks_known = self._waiting.popleft()
        if len(self._waiting) == _MOST_WAITING - 1:
            self._transport.resume_reading()
        answer = self._vendor.take(received)
        self._last = answer.close or not keep_alive or (not chunks_known and answer.streamed)
        self._streamed = answer.streamed
        self._steps = steps(answer, keep_alive, chunks_known)
        self._tally.open_requests += 1
        self._tally.open_streams += self._streamed
        self._vendor.changed()
        return True

    def _take_step(self, step: Step | None) -> bool:
        """Do one step. False where playing must pause."""
        if type(step) is bytes:
            self._transport.write(step)
            return not self._blocked
        if step is None:
            self._tally.answered += 1
            self._over()
            if self._last:
                self._close()
            return not self._last
        if isinstance(step, float):
            self._timer = self._loop.call_later(step, self._go_on)
            return False
        if step is not End.STALL:
            self._tally.broken += 1
            self._over()
            self._reset() if step is End.RESET else self._close()
        return False

    def _go_on(self) -> None:
        self._timer = None
        if self._steps is not None and not self._blocked:
            self._play()

    def _over(self) -> None:
        """The answer under way ends, in whatever way."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._steps = None
        self._tally.open_requests -= 1
        self._tally.open_streams -= self._streamed
        self._vendor.changed()

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        self._blocked = True
        self._vendor.changed()

    def resume_writing(self) -> None:
        """The client caught up."""
        self._blocked = False
        if self._timer is None and self._steps is not None:
            self._play()

    def _refuse(self, status: int, message: str) -> None:
        """Answer bytes that are no acceptable request, and close."""
        if self._closing:
            return
        if self._steps is None:
            answer = self._vendor.refuse(getattr(self, "_url", b"").decode("latin-1"), status, message)
            for step in itertools.islice(steps(answer, keep_alive=False), 4):
                if isinstance(step, bytes):
                    self._transport.write(step)
        self._close()

    def _close(self) -> None:
        self._closing = True
        self._transport.close()

    def _reset(self) -> None:
        """End with a TCP reset: with a linger time of zero, close() sends RST instead of FIN."""
        self._closing = True
        sock = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._transport.abort()

    @property
    def blocked(self) -> bool:
        """Whether the client reads slower than we write."""
        return self._blocked

    def abort(self) -> None:
        """The vendor stops."""
        self._transport.abort()
