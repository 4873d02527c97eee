"""Takes connections on one socket until told to leave; then lets running answers end, within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

from prodworthy.gateway.edge.connection import Connection, Serve
from prodworthy.gateway.turn import Turn

BACKLOG = 2_048
"""Connections that may wait to be taken."""


class Server:
    """Serves one listening socket. Belongs to the event loop that runs `serve`."""

    def __init__(self, serve: Serve, drain: float) -> None:
        """`serve` answers a request; `drain`: seconds that running answers have once it leaves."""
        self._serve = serve
        self._drain = drain
        self._connections: set[Connection] = set()
        self._leaving = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def leave(self) -> None:
        """Stop listening, let running answers end within the drain, then return from `serve`."""
        self._leaving.set()

    async def serve(self, listener: socket.socket, listening: Callable[[], None]) -> None:
        """Serve until `leave`; calls `listening` once connections are taken."""
        loop = asyncio.get_running_loop()
        turn = Turn(loop)
        server = await loop.create_server(lambda: Connection(self, self._serve, turn), sock=listener, backlog=BACKLOG)
        listening()
        try:
            await self._leaving.wait()
        finally:
            server.close()
            listener.close()
        for connection in tuple(self._connections):
            connection.leave()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._drain):
                await self._empty.wait()
        for connection in tuple(self._connections):
            connection.cancel()

    # Called by the connections.

    def opened(self, connection: Connection) -> None:
        """Count it in."""
        self._connections.add(connection)
        self._empty.clear()

    def gone(self, connection: Connection) -> None:
        """Count it out."""
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()
