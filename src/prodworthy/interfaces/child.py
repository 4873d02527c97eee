"""How a process of ours talks to its supervisor: a line on standard output when ready, standard input for its life.

The supervisor holds the other end of standard input; when that closes, for whatever reason, the process has to end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator

from prodworthy.interfaces.settings import SettingsFault
from prodworthy.record.faults import RecordFault

READY, BEGIN = b"ready\n", b"begin\n"


@contextlib.contextmanager
def speaking(name: str) -> Iterator[None]:
    """Run a process: it is silent unless something is wrong; what keeps it from running is one line, exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        yield
    except (SettingsFault, RecordFault) as fault:
        logging.getLogger(f"prodworthy.{name}").error("%s", fault)
        raise SystemExit(1) from None


def give_way() -> None:
    """Let the processes on the request path go first: this one waits for its turn, and gets a tenth of a busy core."""
    os.nice(10)
    with contextlib.suppress(OSError):  # a courtesy that some containers forbid; without it the process is as correct
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # it never interrupts who runs


def await_begin() -> None:
    """Wait for the supervisor's word that all is prepared: loading what a process needs takes longer than preparing.

    Raises SystemExit if the supervisor is gone instead.
    """
    if os.read(sys.stdin.fileno(), len(BEGIN)) != BEGIN:
        raise SystemExit(1)


def ready() -> None:
    """Tell the supervisor that this process serves."""
    os.write(sys.stdout.fileno(), READY)


def when_orphaned(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
    """Call `end` once when the supervisor is gone."""
    descriptor = sys.stdin.fileno()

    def look() -> None:
        if not os.read(descriptor, 4_096):
            loop.remove_reader(descriptor)
            end()

    loop.add_reader(descriptor, look)
