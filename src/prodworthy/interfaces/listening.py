"""How a process of ours listens, and what makes it leave: a signal, or the end of its supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable

from prodworthy.interfaces.child import when_orphaned
from prodworthy.interfaces.settings import SettingsFault

BACKLOG = 2_048
"""Connections that may wait to be taken."""


def leave_on_end(leave: Callable[[], None]) -> None:
    """Call `leave` on SIGTERM, on SIGINT, and when the supervisor is gone. Called with the event loop running."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leave)
    when_orphaned(loop, leave)


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


def listen_unix(path: str) -> socket.socket:
    """A listening unix socket that only this user can open; one that an earlier process left is replaced.

    Raises SettingsFault where it cannot be made.
    """
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        listener.bind(path)
        os.chmod(path, 0o600)
    except OSError as fault:
        listener.close()
        raise SettingsFault(f"the socket {path} cannot be made ({fault}); choose a shorter home folder") from None
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener
