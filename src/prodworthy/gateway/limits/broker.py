"""The broker: the one authority over limits on a machine, on a unix socket.

It runs in the process that supervises the gateways, and only answers. What it decides is in `accounts`; a gateway's
side of the talk is in `link`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from typing import cast

from prodworthy.gateway.limits.accounts import MAX_KEYS, Accounts, SpentBefore
from prodworthy.gateway.limits.wire import (
    Answers,
    Asks,
    Frames,
    Hello,
    Stated,
    Welcome,
    WireError,
    pack,
    read_gateway,
)

MAX_CONNECTIONS = 256
MAX_UNREAD = 4 << 20


def _nothing_spent(_key: str, _start: int) -> int:
    return 0


class Broker:
    """Serves leases to `processes` gateways at the unix socket `path` (mode 0600).

    spent_before: what each budget had spent in its window before this start, see `SpentBefore`. cold: whether rates
    begin with their burst spent; False only where no gateway served within the longest burst before.
    """

    def __init__(
        self,
        path: str,
        processes: int,
        spent_before: SpentBefore = _nothing_spent,
        *,
        cold: bool = True,
        max_keys: int = MAX_KEYS,
    ) -> None:
        born = time.monotonic_ns()
        self.epoch = time.time_ns()
        self.accounts = Accounts(processes, born, spent_before, cold=cold, max_keys=max_keys)
        self.asks = 0
        self._path = path
        self._server: asyncio.Server | None = None
        self._connections: dict[_Connection, int] = {}

    async def start(self) -> None:
        """Listens. Raises OSError, also when another broker listens at the path."""
        _refuse_second(self._path)
        loop = asyncio.get_running_loop()
        # Bound, not yet listening: nobody can connect before the mode is set. What a dead broker left is replaced.
        server = await loop.create_unix_server(
            lambda: _Connection(self), self._path, backlog=MAX_CONNECTIONS, start_serving=False
        )
        os.chmod(self._path, 0o600)
        await server.start_serving()
        self._server = server

    async def close(self) -> None:
        """Stops listening and drops every connection; the gateways then go on alone."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._connections):
            connection.abort()
        await self._server.wait_closed()
        self._server = None

    def joined(self, connection: _Connection, lessee: int) -> None:
        """A lessee is spoken for by its newest connection alone: asks still unread on an older one lapse."""
        for other, who in list(self._connections.items()):
            if who == lessee:
                self.left(other)
                other.abort()
        self._connections[connection] = lessee

    def left(self, connection: _Connection) -> None:
        lessee = self._connections.pop(connection, None)
        if lessee is not None:
            self.accounts.leave(lessee, time.monotonic_ns())

    @property
    def full(self) -> bool:
        return len(self._connections) >= MAX_CONNECTIONS


class _Connection(asyncio.Protocol):
    """One gateway. A peer that breaks the protocol, or does not read its answers, is cut off."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._frames = Frames()
        self._transport: asyncio.WriteTransport | None = None
        self._lessee: int | None = None
        self._resumed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)
        if self._broker.full:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._broker.left(self)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._frames.feed(data):
                if self._transport is None:
                    return
                self._frame(self._transport, read_gateway(body))
        except WireError:
            self.abort()

    def _frame(self, transport: asyncio.WriteTransport, frame: Hello | Stated | Asks) -> None:
        broker = self._broker
        if isinstance(frame, Hello):
            self._lessee = frame.lessee
            self._resumed = frame.epoch not in (0, broker.epoch)
            broker.joined(self, frame.lessee)
            transport.write(pack(Welcome(broker.epoch)))
            return
        lessee = self._lessee
        if lessee is None:
            raise WireError("no Hello")
        now, wall = time.monotonic_ns(), time.time_ns()
        if isinstance(frame, Stated):
            for said in frame.statements:
                broker.accounts.state(lessee, said, now, wall, resumed=self._resumed)
            return
        broker.asks += len(frame.asks)
        transport.write(pack(Answers([broker.accounts.ask(lessee, ask, now, wall) for ask in frame.asks])))
        if transport.get_write_buffer_size() > MAX_UNREAD:
            self.abort()


def _refuse_second(path: str) -> None:
    """Raises FileExistsError when a broker already answers at the path."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            return
    raise FileExistsError("a broker already listens at this path")
