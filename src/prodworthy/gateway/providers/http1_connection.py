"""One keep-alive connection to a vendor.

The parser (llhttp, by httptools) runs inside `data_received`; the answer holds what was decoded until it is read, and
outlives its hold on the connection: once its last byte was parsed, the connection is free for another request.
"""

import asyncio
import math
import select
from typing import Final, Protocol, cast

import httptools

from prodworthy.gateway.providers.http1_answer import Answer
from prodworthy.gateway.providers.transport import (
    HEAD_BYTES,
    HEAD_FIELDS,
    VendorFault,
    VendorProtocolError,
    VendorReset,
    VendorTimeout,
)

HELD_BYTES: Final = 256 * 1024
"""Decoded bytes held unread above which the vendor is no longer read."""

_CLOCK_STEP: Final = 0.001  # seconds; uvloop's clock and timers count whole milliseconds
_BODILESS: Final = (204, 304)  # RFC 9112 section 6.3, rule 1
_FRAMING: Final = (b"content-length", b"transfer-encoding")


class Pool(Protocol):
    """Told when a connection is open, free for another request, or gone."""

    def later(self, connection: "Connection") -> None:
        """The connection has a request to write; it is flushed at the end of the event loop's turn."""
        ...

    def opened(self, connection: "Connection") -> None:
        """The socket is connected."""
        ...

    def freed(self, connection: "Connection") -> None:
        """The answer is whole and the connection can carry another."""
        ...

    def gone(self, connection: "Connection") -> None:
        """The socket is closed."""
        ...


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time."""

    __slots__ = (
        "_answer",
        "_armed_for",
        "_fields",
        "_keep",
        "_no_body",
        "_parser",
        "_paused",
        "_poll",
        "_pool",
        "_since_body",
        "_timer",
        "_transport",
        "_unsent",
        "idle_until",
        "loop",
        "made",
    )

    _transport: asyncio.Transport  # from connection_made on

    def __init__(self, pool: Pool, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.made = False
        self.idle_until = math.inf
        self._pool = pool
        self._answer: Answer | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._poll = select.poll()
        self._fields: list[tuple[bytes, bytes]] = []
        self._keep = False
        self._no_body = False
        self._paused = False
        self._since_body = 0
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = math.inf
        self._unsent = b""

    # Called by the pool.

    def start(self, head: bytes, body: bytes, is_head: bool, answer: Answer) -> None:
        """Send a request whose answer goes to `answer`; `is_head` says that the method is HEAD."""
        self._answer = answer
        self._keep = False
        self._no_body = is_head
        self._since_body = 0
        self._fields = []
        if len(body) > HEAD_BYTES:
            self._transport.writelines((head, body))  # without a copy of the body
        elif head:
            self._unsent = head + body
            self._pool.later(self)

    def flush(self) -> None:
        """Write the request that was started in this turn, unless nobody waits for its answer any more."""
        unsent, self._unsent = self._unsent, b""
        if self._answer is not None and not self._transport.is_closing():
            self._transport.write(unsent)

    @property
    def unheard(self) -> bool:
        """Whether no byte has come since the last request was started."""
        return self._since_body == 0

    def usable(self) -> bool:
        """Tell whether nothing has come from the vendor since the last answer, its end included.

        Asks the kernel: the end may have arrived and not been read yet.
        """
        return not self._transport.is_closing() and not self._poll.poll(0)

    def rest(self, until: float) -> None:
        """Stay open without work, at most until that time of the loop."""
        self.idle_until = until
        if until < self._armed_for:
            self.arm(until)

    def abort(self) -> None:
        """Close at once; what is not yet sent is dropped."""
        self._transport.abort()

    def cut(self, fault: VendorFault) -> None:
        """Close at once and end the answer under way, if there is one, with `fault`."""
        answer, self._answer = self._answer, None
        self._transport.abort()
        if answer is not None:
            answer.fail(fault)

    # Called by the answer.

    def abandon(self) -> None:
        """The answer is no longer wanted."""
        self._answer = None
        self._transport.abort()

    def resume(self) -> None:
        """The answer was read: read the vendor again."""
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def arm(self, due: float) -> None:
        """Look at the deadlines at `due` at the latest.

        A timer set for earlier stays: when it fires it looks, and goes on. So a request usually costs no timer.
        """
        if due < self._armed_for:
            if self._timer is not None:
                self._timer.cancel()
            self._armed_for = due
            self._timer = self.loop.call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        self._armed_for = math.inf
        now = self.loop.time() + _CLOCK_STEP
        answer = self._answer
        if answer is None:
            if now >= self.idle_until:
                self._transport.abort()
            else:
                self.arm(self.idle_until)
            return
        phase = answer.overdue(now)
        if phase is None:
            self.arm(answer.next_due())
        else:
            self.cut(VendorTimeout(phase))

    # Called by the event loop. asyncio and uvloop both set TCP_NODELAY on their own.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is connected."""
        self._transport = cast(asyncio.Transport, transport)
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN | select.POLLRDHUP)
        self.made = True
        self._pool.opened(self)

    def data_received(self, data: bytes) -> None:
        """Parse; then free the connection if the answer is whole."""
        answer = self._answer
        if answer is None or self._unsent:
            self.cut(VendorReset("the vendor sent what no request asked for"))
            return
        try:
            self._since_body += len(data)
            if self._since_body <= HEAD_BYTES:
                self._parser.feed_data(data)
            else:
                self._feed_much(answer, data)
        except httptools.HttpParserError as error:
            if not answer.ended:
                cause = error.__context__
                # The parser's own texts are constants, they quote nothing of the answer.
                self.cut(cause if isinstance(cause, VendorProtocolError) else VendorProtocolError(f"not HTTP: {error}"))
                return
            self._keep = False  # the answer is whole, what follows it is not HTTP
        if answer.ended:
            self._after()

    def _feed_much(self, answer: Answer, data: bytes) -> None:
        if not answer.status:
            # The head may end within the allowed bytes and be followed by a long body in the same read.
            room = HEAD_BYTES - (self._since_body - len(data))
            self._parser.feed_data(data[:room])
            if self._since_body > HEAD_BYTES:  # the end of a head resets it
                self.cut(VendorProtocolError("the head of the answer is too large"))
                return
            data = data[room:]
        self._parser.feed_data(data)
        if self._since_body > HEAD_BYTES and not answer.ended:
            self.cut(VendorProtocolError("too many bytes of the answer are not body"))

    def _after(self) -> None:
        transport = self._transport
        if not self._keep or transport.is_closing() or transport.get_write_buffer_size():
            transport.abort()
            return
        if self._paused:
            self.resume()
        self._pool.freed(self)

    def eof_received(self) -> None:
        """The vendor sends no more: the end of an answer without stated length, a reset for any other."""
        answer = self._answer
        if answer is not None and answer.status and all(name not in _FRAMING for name, _ in answer.headers):
            self._answer = None
            answer.end()
        self.cut(VendorReset("the vendor closed the connection before the end of its answer"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by whichever side."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._armed_for = -math.inf  # no timer is set again
        self.cut(VendorReset("the connection was reset before the end of the answer"))
        self._pool.gone(self)

    # Called by the parser, within data_received. Without an answer they see what follows a whole one.

    def on_message_begin(self) -> None:
        """A second answer to one request spoils the connection."""
        if self._answer is None:
            self._keep = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a field of the head, whose bytes are bounded; those of a trailer are dropped."""
        answer = self._answer
        if answer is None or answer.status:
            return
        self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Skip an interim head; begin the answer with a final one, and end it where it can have no body."""
        answer = self._answer
        if answer is None:
            return
        status = self._parser.get_status_code()
        fields, self._fields = self._fields, []
        if len(fields) > HEAD_FIELDS:
            raise VendorProtocolError("the answer has too many header fields")
        for name, value in fields:
            if name == b"transfer-encoding" and value.strip().lower() != b"chunked":
                raise VendorProtocolError("the answer has a transfer coding that was not asked for")
        if status < 200:
            if status == 101 or any(name in _FRAMING for name, _ in fields):
                raise VendorProtocolError("the answer has an interim head that was not asked for")
            return
        self._since_body = 0
        answer.begin(status, tuple(fields))
        if self._no_body or status in _BODILESS:
            # The parser would wait for the body that a Content-Length here only describes.
            closes = any(name == b"connection" and b"close" in value.lower() for name, value in fields)
            self._keep = not closes and self._parser.get_http_version() == "1.1"
            self._parser = httptools.HttpResponseParser(self)
            self._answer = None
            answer.end()

    def on_body(self, chunk: bytes) -> None:
        """Hold a part of the body; stop reading the vendor where too much is held."""
        answer = self._answer
        if answer is None:
            self._keep = False
            return
        self._since_body = 0
        if answer.take(chunk) > HELD_BYTES and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """The answer is whole, unless it was an interim one."""
        answer = self._answer
        if answer is not None and answer.status:
            self._keep = self._parser.should_keep_alive()
            self._answer = None
            answer.end()
