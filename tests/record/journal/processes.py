"""Processes that the tests kill: a gateway that spools under load, and a recorder that drains without end.

`python -m tests.record.journal.processes write DIRECTORY`
    spools exchanges from 16 tasks; says on standard output which events it was told are durable (`durable ID`), and
    when others were appended (`batched ID MONOTONIC_NS`).
`python -m tests.record.journal.processes drain URL DIRECTORY`
    says `ready`, then drains again and again.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from pathlib import Path

from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.spool import Bounds, Spool
from prodworthy.record.store.database import open_store
from prodworthy.record.store.vault import Vault
from tests.record.journal.samples import completed, exchange_id, received

TASKS = 16


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def write(directory: Path) -> None:
    spool = Spool(directory, "gw", "1", Bounds(segment=200_000))
    numbers = itertools.count()

    async def exchanges() -> None:
        for number in numbers:
            await spool.append_durable(received(number))
            say(f"durable {exchange_id(number)}")
            appended = time.monotonic_ns()
            spool.append(completed(number))
            say(f"batched {exchange_id(number)} {appended}")

    await asyncio.gather(*(exchanges() for _ in range(TASKS)))


def drain(url: str, directory: Path) -> None:
    recorder = Recorder(open_store(url), directory, Vault(bytes(range(32))))
    say("ready")
    while True:
        recorder.drain()


if __name__ == "__main__":
    if sys.argv[1] == "write":
        asyncio.run(write(Path(sys.argv[2])))
    else:
        drain(sys.argv[2], Path(sys.argv[3]))
