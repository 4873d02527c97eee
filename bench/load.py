"""The load: a plan goes in, figures come out. Runs as a process of its own, on its own core.

    closed    each connection sends its next call when the last one is answered
    open      calls leave at a steady rate, whatever the answers do; time counts from when a call was due
    streams   each connection asks for one stream and reads it to its end
    aborts    as streams, but each connection is cut after the first chunks, and another one begins

`python -m bench.load PLAN` (JSON) prints the figures as JSON.
"""

from __future__ import annotations

import asyncio
import sys
import time

import msgspec
import uvloop

from bench.connections import Aborting, Closed, Ledger, Open, Streaming
from bench.http import request

GRACE = 30.0
"""Seconds that answers may take after the last call was sent; what is open then counts as stalled."""


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to send. `seconds` bounds closed and open load, `count` the streams; `rate` is calls per second."""

    kind: str
    port: int
    key: str
    body: str
    connections: int
    seconds: float = 0.0
    warm: float = 0.0
    rate: float = 0.0
    count: int = 0


class Figures(msgspec.Struct, frozen=True):
    """What came of it. Times in microseconds as quantiles 50, 90, 99 and the largest; `rate` is answers per second
    after the warm-up, `answers` counts all; `passed` are those with status 200."""

    answers: int
    passed: int
    rate: float
    faults: int
    stalled: int
    chunks: int
    times: tuple[float, float, float, float]
    own_cpu: float


async def run(plan: Plan) -> Figures:
    """Carry out a plan."""
    ledger = Ledger(asyncio.get_running_loop(), plan.warm)
    call = request(plan.key, plan.body.encode())
    began = time.process_time()
    load = {"closed": _closed, "open": _open, "streams": _streams, "aborts": _aborts}[plan.kind]
    await load(plan, call, ledger)
    return Figures(
        answers=ledger.answers,
        passed=ledger.passed,
        rate=ledger.rate(),
        faults=ledger.faults,
        stalled=ledger.stalled,
        chunks=ledger.chunks,
        times=ledger.quantiles(),
        own_cpu=time.process_time() - began,
    )


async def _closed(plan: Plan, call: bytes, ledger: Ledger) -> None:
    loop = asyncio.get_running_loop()
    all_of_them = []
    for _ in range(plan.connections):
        _, connection = await loop.create_connection(lambda: Closed(ledger, call), "127.0.0.1", plan.port)
        all_of_them.append(connection)
    ledger.begin()
    for connection in all_of_them:
        connection.send()
    await asyncio.sleep(plan.warm + plan.seconds)
    ledger.end()
    for connection in all_of_them:
        connection.stop()
    await asyncio.sleep(0)


async def _open(plan: Plan, call: bytes, ledger: Ledger) -> None:
    loop = asyncio.get_running_loop()
    free: list[Open] = []
    for _ in range(plan.connections):
        await loop.create_connection(lambda: Open(ledger, call, free), "127.0.0.1", plan.port)
    ledger.begin()
    first, number, due = time.monotonic_ns(), 0, 0.0
    step = 1_000_000_000 / plan.rate
    length = (plan.warm + plan.seconds) * 1_000_000_000
    while due < length:
        while (now := time.monotonic_ns() - first) >= due and due < length:
            ledger.call(first + round(due), free)
            number += 1
            due = number * step
        # The loop's timers count whole milliseconds; a thread's sleep is good to about 60 microseconds.
        await asyncio.to_thread(time.sleep, max(0.0, (due - now) / 1_000_000_000))
    ledger.end()
    await ledger.drained(GRACE)


async def _streams(plan: Plan, call: bytes, ledger: Ledger) -> None:
    loop = asyncio.get_running_loop()
    ledger.begin()
    for _ in range(plan.count):
        await loop.create_connection(lambda: Streaming(ledger, call), "127.0.0.1", plan.port)
    await ledger.drained(plan.seconds + GRACE)
    ledger.end()


async def _aborts(plan: Plan, call: bytes, ledger: Ledger) -> None:
    loop = asyncio.get_running_loop()
    turns = asyncio.Semaphore(plan.connections)
    ledger.begin()
    for _ in range(plan.count):
        await turns.acquire()
        await loop.create_connection(lambda: Aborting(ledger, call, turns.release), "127.0.0.1", plan.port)
    await ledger.drained(GRACE)
    ledger.end()


if __name__ == "__main__":
    figures = uvloop.run(run(msgspec.json.decode(sys.argv[1], type=Plan)))
    sys.stdout.buffer.write(msgspec.json.encode(figures) + b"\n")
