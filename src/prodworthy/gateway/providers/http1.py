"""HTTP/1.1 to one vendor, in the clear or over TLS: a bounded pool of keep-alive connections.

Callers that find no free connection wait in the order in which they came, within their connect deadline. The slot of
a connection that ends goes to the first of them, so nobody who comes later overtakes.
"""

import asyncio
import ssl
from collections import OrderedDict
from typing import Final

import msgspec

from prodworthy.gateway.providers.http1_answer import Answer
from prodworthy.gateway.providers.http1_connection import Connection
from prodworthy.gateway.providers.request_head import RequestHead
from prodworthy.gateway.providers.transport import (
    Deadlines,
    Outgoing,
    VendorReset,
    VendorTimeout,
    VendorUnreachable,
)
from prodworthy.gateway.turn import Turn

CONNECTIONS: Final = 1024
"""Most connections to one origin."""

IDLE_SECONDS: Final = 20.0
"""How long an idle connection is kept; common servers keep theirs for 60 s or more, few for less than 30 s."""

_Turn = asyncio.Future[Connection | None]  # a connection, or None: the right to make one


class PoolLimits(msgspec.Struct, frozen=True):
    """`connections` at most at a time; one that was not used for `idle` seconds is closed."""

    connections: int = CONNECTIONS
    idle: float = IDLE_SECONDS

    def __post_init__(self) -> None:
        if self.connections < 1:
            raise ValueError("a pool has at least one connection")


ORDINARY: Final = PoolLimits()


class Http1Transport:
    """A `Transport` for one origin, bound to the event loop of its first request."""

    def __init__(self, host: str, port: int, limits: PoolLimits = ORDINARY, tls: ssl.SSLContext | None = None) -> None:
        """`host` without brackets; `tls` says whom to trust and makes it https."""
        bracketed = f"[{host}]" if ":" in host else host
        self._head = RequestHead(bracketed if port == (443 if tls else 80) else f"{bracketed}:{port}")
        self._host = host
        self._port = port
        self._tls = tls
        self._limits = limits
        self._loop_turn: Turn | None = None
        self._slots = 0  # taken: open, being made, or promised to a waiting caller
        self._open: set[Connection] = set()
        self._idle: dict[Connection, None] = {}  # the one freed last is used first, so that the others can expire
        self._turns: OrderedDict[_Turn, None] = OrderedDict()
        self._closed = False
        self._all_gone = asyncio.Event()

    async def send(self, outgoing: Outgoing, deadlines: Deadlines) -> Answer:
        """See `Transport.send`.

        A vendor may end an idle connection at the very moment at which it is used again. Where not one byte of an
        answer came on a connection that had answered before, the request was not read, and is sent once more.
        """
        head = self._head.write(outgoing)
        turn = self._loop_turn
        if turn is None:
            turn = self._loop_turn = Turn(asyncio.get_running_loop())
        loop = turn.loop
        started = sent = loop.time()
        connection = self._free_one()
        while True:
            kept = connection is not None
            if connection is None:
                connection = await self._acquire(loop, min(deadlines.connect, deadlines.whole))
                sent = loop.time()
            answer = Answer(connection, started, sent, deadlines)
            connection.start(head, outgoing.body, outgoing.method == "HEAD", answer)
            try:
                await answer.beginning(connection)
            except asyncio.CancelledError:
                answer.close()
                raise
            if not (kept and answer.reset and connection.unheard):
                return answer.begun()
            connection = None

    async def aclose(self) -> None:
        """See `Transport.aclose`."""
        self._closed = True
        while (turn := self._next_turn()) is not None:
            turn.set_exception(VendorUnreachable("the transport is closed"))
        for connection in tuple(self._open):
            connection.cut(VendorReset("the transport was closed before the end of the answer"))
        while self._open:
            self._all_gone.clear()
            await self._all_gone.wait()

    def _free_one(self) -> Connection | None:
        while self._idle:
            connection, _ = self._idle.popitem()
            if connection.usable():
                return connection
            connection.abort()
        return None

    async def _acquire(self, loop: asyncio.AbstractEventLoop, seconds: float) -> Connection:
        try:
            async with asyncio.timeout(seconds):
                first_in_line = False
                while not self._closed:
                    if self._slots < self._limits.connections:
                        self._slots += 1
                        return await self._connect(loop)
                    connection = await self._turn(loop, first_in_line)
                    if connection is None:
                        return await self._connect(loop)
                    if connection.usable():
                        return connection
                    connection.abort()  # ended by the vendor while it was being passed on
                    first_in_line = True
        except TimeoutError:
            raise VendorTimeout("connect") from None
        raise VendorUnreachable("the transport is closed")

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> Connection:
        """Make a connection in a slot that is already taken."""
        connection = Connection(self, loop)
        succeeded = False
        try:
            await loop.create_connection(lambda: connection, self._host, self._port, ssl=self._tls)
            succeeded = not self._closed
        except OSError as error:
            raise VendorUnreachable(f"no connection to the vendor: {type(error).__name__}") from error
        finally:
            if not succeeded:
                self._undo(connection)
        if not succeeded:
            raise VendorUnreachable("the transport is closed")
        return connection

    def _undo(self, connection: Connection) -> None:
        if connection.made:
            connection.abort()  # its slot is given back when it is gone
        else:
            self._give_slot()

    async def _turn(self, loop: asyncio.AbstractEventLoop, first_in_line: bool) -> Connection | None:
        turn: _Turn = loop.create_future()
        self._turns[turn] = None
        if first_in_line:
            self._turns.move_to_end(turn, last=False)
        try:
            return await turn
        except asyncio.CancelledError:
            # The turn may have come in the same moment: pass on what it brought.
            if turn.cancelled() or not turn.done():
                self._turns.pop(turn, None)
            elif turn.exception() is None:
                connection = turn.result()
                if connection is None:
                    self._give_slot()
                else:
                    self.freed(connection)
            raise

    def _next_turn(self) -> _Turn | None:
        while self._turns:
            turn, _ = self._turns.popitem(last=False)
            if not turn.done():  # a cancelled one is still in line until its caller runs
                return turn
        return None

    def _give_slot(self) -> None:
        turn = self._next_turn()
        if turn is None:
            self._slots -= 1
        else:
            turn.set_result(None)

    # Called by the connections.

    def later(self, connection: Connection) -> None:
        """Let it write its request at the end of the turn."""
        assert self._loop_turn is not None
        self._loop_turn.later(connection)

    def opened(self, connection: Connection) -> None:
        """Count it in."""
        self._open.add(connection)

    def freed(self, connection: Connection) -> None:
        """Give it to the first caller who waits, or keep it for the next."""
        if self._closed:
            connection.abort()
        elif self._turns and (turn := self._next_turn()) is not None:
            turn.set_result(connection)
        else:
            self._idle[connection] = None
            connection.rest(connection.loop.time() + self._limits.idle)

    def gone(self, connection: Connection) -> None:
        """Give its slot on."""
        self._idle.pop(connection, None)
        self._open.discard(connection)
        self._give_slot()
        if not self._open:
            self._all_gone.set()
