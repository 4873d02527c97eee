"""uvicorn as the control API runs it: it tells the supervisor when it listens, and leaves signals to the event loop."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import uvicorn

from prodworthy.interfaces.child import ready


class Server(uvicorn.Server):
    """Serves until `leave`, a signal, or the supervisor's end; then `serve` returns and its caller can clean up.

    uvicorn's own signal handlers would end the process before that.
    """

    def leave(self) -> None:
        """Stop listening, let running requests end within the configured time, then return from `serve`."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell the supervisor."""
        await super().startup(sockets)
        ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are handled by the loop."""
        yield
