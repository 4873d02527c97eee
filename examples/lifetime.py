"""How an example server lives: it says when it is ready, and ends on a signal or with the process that started it.

An example server must never outlive whoever started it, also when that process is killed and can clean up nothing.
Linux gives a descriptor for a process that turns readable when the process ends (pidfd_open, Linux 5.3 and later).
Unlike PR_SET_PDEATHSIG it does not fire when merely the thread ends that forked the child.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path


def watch_parent() -> int | None:
    """Return a descriptor that turns readable when the parent process ends.

    Call it first thing: a parent that ended before the call leaves another process in its place.
    None means that there is no parent in sight (the first process of a container), so nothing to end with.

    Raises:
        ProcessLookupError: the parent has already ended.
    """
    parent = os.getppid()
    if parent == 0:
        return None
    descriptor = os.pidfd_open(parent)
    if os.getppid() != parent:
        os.close(descriptor)
        raise ProcessLookupError(f"process {parent}, which started this one, has ended")
    return descriptor


def stop_event(parent: int | None) -> asyncio.Event:
    """Return an event that SIGTERM, SIGINT or the end of the process behind the descriptor `parent` sets.

    Call it in the running loop and before `announce`: whoever has read the ready line may signal at once.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if parent is not None:
        loop.add_reader(parent, _parent_ended, loop, parent, stop)
    return stop


def _parent_ended(loop: asyncio.AbstractEventLoop, parent: int, stop: asyncio.Event) -> None:
    loop.remove_reader(parent)
    stop.set()


def resident_megabytes() -> int:
    """Return the memory of this process that is in RAM, in megabytes (10**6 bytes), mapped files included."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def announce(url: str, model: str, **facts: float) -> None:
    """Print the one line that tells the starter where the server listens: a JSON object with at least
    `url`, `model` (the name to ask for) and `memory_mb`."""
    line = {"url": url, "model": model, "memory_mb": resident_megabytes(), **facts}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
