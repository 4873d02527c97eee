"""Start an example server in a process of its own, wait until it says that it is ready, and stop it."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
LONGEST_READY_LINE = 65_536
LOOK_S = 0.2
"""How often a wait looks whether it was told to stop."""


class LaunchError(Exception):
    """An example server ended, stayed silent or spoke nonsense before it was ready."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A running example server: its process, and what it said when it was ready."""

    process: subprocess.Popen[bytes]
    url: str
    model: str
    memory_mb: int

    def stop(self, patience_s: float = 5.0) -> int:
        """End the server, by force after `patience_s` seconds; return its exit code (negative: the signal)."""
        return end(self.process, patience_s)


class StoppedError(Exception):
    """Whoever waited was told to stop waiting."""


def launch(module: str, *arguments: str, deadline_s: float = 60.0, log: IO[bytes] | None = None) -> Launched:
    """Run `python -m module arguments` and return once it is ready; `log` receives its standard error (default: ours).

    Raises:
        LaunchError: no ready line within `deadline_s` seconds.
    """
    process = start(module, *arguments, log=log)
    try:
        return ready(process, module, deadline_s)
    except BaseException:
        end(process, 1.0)
        raise


def start(module: str, *arguments: str, log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """Run `python -m module arguments` without waiting for it.

    The child gets a session of its own, so Ctrl-C in a terminal reaches only this process, which can then stop its
    children in order; should it die instead, they end by themselves.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=log,
        bufsize=0,
        cwd=ROOT,
        start_new_session=True,
    )


def ready(
    process: subprocess.Popen[bytes], module: str, deadline_s: float = 60.0, stopped: Callable[[], bool] | None = None
) -> Launched:
    """Wait for the ready line of a server that `start` started.

    Raises:
        LaunchError: no ready line within `deadline_s` seconds.
        StoppedError: `stopped` said so.
    """
    try:
        said = json.loads(first_line(process, module, deadline_s, stopped))
        return Launched(process, str(said["url"]), str(said["model"]), int(said["memory_mb"]))
    except (ValueError, KeyError, TypeError) as error:
        raise LaunchError(f"{module} did not say where it listens: {error}") from error


@contextmanager
def launched(module: str, *arguments: str, deadline_s: float = 60.0) -> Iterator[Launched]:
    """As `launch`, for the length of a `with` block."""
    server = launch(module, *arguments, deadline_s=deadline_s)
    try:
        yield server
    finally:
        server.stop()


def first_line(
    process: subprocess.Popen[bytes], module: str, deadline_s: float, stopped: Callable[[], bool] | None = None
) -> bytes:
    """What a server says when it is ready. Raises LaunchError, StoppedError."""
    assert process.stdout is not None
    deadline, line = time.monotonic() + deadline_s, b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not line.endswith(b"\n"):
            if stopped is not None and stopped():
                raise StoppedError
            if not selector.select(min(LOOK_S, max(0.0, deadline - time.monotonic()))):
                if time.monotonic() >= deadline:
                    raise LaunchError(f"{module} was not ready in time")
                continue
            piece = os.read(process.stdout.fileno(), LONGEST_READY_LINE)
            if not piece:
                raise LaunchError(f"{module} ended before it was ready, exit code {process.wait()}")
            line += piece
            if len(line) > LONGEST_READY_LINE:
                raise LaunchError(f"{module} wrote more than one line before it was ready")
    return line


def end(process: subprocess.Popen[bytes], patience_s: float) -> int:
    """End a process, by force after `patience_s` seconds; return its exit code (negative: the signal)."""
    process.terminate()
    try:
        code = process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    if process.stdout is not None:
        process.stdout.close()
    return code
