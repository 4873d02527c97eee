"""uvicorn as our processes run it: it tells the supervisor when it listens, and leaves signals to the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn

from prodworthy.interfaces.child import ready, when_orphaned
from prodworthy.interfaces.settings import SettingsFault

BACKLOG = 2_048


class Server(uvicorn.Server):
    """Serves until `leave`, a signal, or the supervisor's end; then `serve` returns and its caller can clean up.

    uvicorn's own signal handlers would end the process before that.
    """

    def leave(self) -> None:
        """Stop listening, let running requests end within the configured time, then return from `serve`."""
        self.should_exit = True

    def leave_on_end(self) -> None:
        """Leave on SIGTERM, on SIGINT, and when the supervisor is gone. Called with the event loop running."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.leave)
        when_orphaned(loop, self.leave)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell the supervisor."""
        await super().startup(sockets)
        ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are handled by the loop."""
        yield


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening socket; `shared` lets other processes have one on the same port, and the kernel spreads connections.

    Raises SettingsFault when something else listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
    except OSError as fault:
        listener.close()
        raise SettingsFault(f"cannot listen on {host}:{port}: {fault.strerror}; set another port") from None
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener
