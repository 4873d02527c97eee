"""The gateway's HTTP server for hundreds of short tests: it starts and ends in milliseconds, where uvicorn looks ten
times a second.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import pytest

from tests.gateway import serving
from tests.gateway.edge.raw import until


class QuickServer(serving._Server):
    """As uvicorn's, with shorter looks at what it waits for."""

    async def main_loop(self) -> None:
        """Serve until told to leave."""
        await until(lambda: self.should_exit, deadline=600)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let connections and tasks end, at most for the grace of the configuration; then cancel."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        state = self.server_state
        with contextlib.suppress(AssertionError):
            await until(
                lambda: not (state.connections or state.tasks), float(self.config.timeout_graceful_shutdown or 0)
            )
        for task in self.server_state.tasks:
            task.cancel()


@pytest.fixture(autouse=True)
def quick_server(monkeypatch: Any) -> None:
    """Serve with it."""
    monkeypatch.setattr(serving, "_Server", QuickServer)
