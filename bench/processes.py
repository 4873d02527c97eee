"""Processes that are measured: started on a core, asked for their CPU time and memory, ended by their id."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The root of this repository; what is started runs there."""

TICKS = os.sysconf("SC_CLK_TCK")
END_SECONDS = 15.0
"""How long a process may take to end before it is killed."""


class NotReady(Exception):
    """A process did not start to serve; the message says which, and what it said."""


def cores() -> tuple[int, int]:
    """The core of load and upstream, and the core of what is measured; the same one where there is only one."""
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1]


def free_port() -> int:
    """A port of loopback that nothing uses now, below those that Linux gives to connections (from 32768 on)."""
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise NotReady("no port from 20000 to 31999 is free")


def start(
    command: list[str], core: int | None, environment: Mapping[str, str] | None = None, log: Path | None = None
) -> subprocess.Popen[bytes]:
    """Start a process on one core (None: on all), in a session of its own; its words go to `log`."""
    mine = os.sched_getaffinity(0)
    output = log.open("ab") if log else subprocess.DEVNULL
    try:
        if core is not None:
            os.sched_setaffinity(0, {core})
        return subprocess.Popen(
            command,
            env=None if environment is None else {**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            start_new_session=True,
        )
    finally:
        os.sched_setaffinity(0, mine)
        if not isinstance(output, int):
            output.close()


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that `start` started, and what it started; at the latest after END_SECONDS."""
    below = descendants(process.pid)
    process.terminate()
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in below:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float, log: Path | None = None) -> None:
    """Return once something accepts connections there. Raises NotReady."""
    until = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        if process.poll() is not None or time.monotonic() > until:
            said = log.read_text(errors="replace")[-2_000:] if log and log.exists() else ""
            raise NotReady(f"{process.args!r} did not serve within {seconds:.0f} s\n{said}")
        time.sleep(0.01)


def descendants(pid: int) -> list[int]:
    """Process ids of everything below a process."""
    found = list(_children(pid))
    for child in tuple(found):
        found.extend(descendants(child))
    return found


def command_of(pid: int) -> str:
    """The command line of a process, empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time that these processes have used, threads included."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory(pid: int) -> tuple[int, int]:
    """Resident and proportional set size of a process, bytes."""
    sizes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()[1:]:
        name, value = line.split(":")
        sizes[name] = int(value.split()[0]) * 1_024
    return sizes["Rss"], sizes["Pss"]


def _children(pid: int) -> Iterator[int]:
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            yield from (int(child) for child in (task / "children").read_text(encoding="ascii").split())
    except OSError:
        return
