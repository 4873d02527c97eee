"""uvicorn as the control API runs it: it tells the supervisor when it listens, and leaves signals to the event loop."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn


class Server(uvicorn.Server):
    """Serves until `leave`, a signal, or the supervisor's end; then `serve` returns and its caller can clean up.

    uvicorn's own signal handlers would end the process before that. `listening` is called once it listens.
    """

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None] = lambda: None) -> None:
        """Nothing listens yet."""
        super().__init__(config)
        self._listening = listening

    def leave(self) -> None:
        """Stop listening, let running requests end within the configured time, then return from `serve`."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell whoever waits for that."""
        await super().startup(sockets)
        self._listening()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are handled by the loop."""
        yield
