"""The way back to the caller, over ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from prodworthy.gateway.edge.connection import Connection
from prodworthy.gateway.protocols.protocol import Rendered

Send = Callable[[dict[str, Any]], Awaitable[None]]


class AsgiCaller:
    """Sends one answer; `abort` cuts the connection instead."""

    def __init__(self, send: Send, connection: Connection) -> None:
        """Nothing is sent yet."""
        self._send = send
        self._connection = connection
        self._ended = False
        self.started = False

    @property
    def task(self) -> asyncio.Task[None]:
        """The task that serves the request which runs on the connection."""
        return self._connection.task

    def abort(self) -> None:
        """Cut the connection."""
        self._connection.transport.abort()

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the head, together with the first part of the body that must follow (never for HEAD)."""
        self.started = True
        self._connection.cork.hold()
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(self, data: bytes) -> None:
        """Send a part of the body."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, data: bytes = b"") -> None:
        """Send the last part."""
        if not self._ended:
            self._ended = True
            await self._send({"type": "http.response.body", "body": data})

    async def whole(self, rendered: Rendered) -> None:
        """Send a complete answer."""
        self.started = self._ended = True
        await self._connection.respond(rendered)
