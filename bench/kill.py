"""The kill switch under load: from just before the kill is issued to the last byte at every client.

Each round opens endless streams and repeated small calls on one workload, over four gateway processes, while other
workloads' calls keep all processes busy. A small call's connection ends when it is refused; its last byte is the last
one of an answer that was still served.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import subprocess
import time
from collections.abc import Callable
from typing import cast

import uvloop

from bench.http import Answers, chat_body, request
from bench.installation import MANIFEST, PROGRAM, Installation
from bench.load import Plan
from bench.processes import NotReady
from bench.report import Bar, Cell, Table
from bench.rig import Bench, under_load, upstream
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.killswitch.switch import kill, restore
from prodworthy.record.store.database import open_store
from prodworthy.record.store.flags import Flags

PROCESSES = 4
STREAMS, CALLERS, OTHERS = 24, 8, 16
PATIENCE = 10.0
"""Seconds after which a round counts as failed."""

LONGEST = 1_200.0
"""Seconds after which the load of the others ends by itself."""

TARGET = Target("default", "victim")


class Watched(asyncio.Protocol):
    """One client of the workload that is killed."""

    def __init__(self, call: bytes, again: bool) -> None:
        """`again`: send the call again after each good answer; otherwise read one stream to its end."""
        loop = asyncio.get_running_loop()
        self.last = 0
        self.refused = False
        self.served: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._call = call
        self._again = again
        self._answers = Answers()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask at once."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._transport.write(self._call)

    def data_received(self, data: bytes) -> None:
        """Note the time of what was still served."""
        now = time.monotonic_ns()
        whole = self._answers.feed(data)
        self.refused = self._answers.status not in (0, 200)
        if not self.refused:
            self.last = now
            if not self.served.done():
                self.served.set_result(None)
        if whole and self._again and not self.refused:
            self._transport.write(self._call)
        elif whole:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The end, in order or cut."""
        for future in (self.served, self.ended):
            if not future.done():
                future.set_result(None)


def run(bench: Bench) -> Table:
    """Most kills are calls of the operation on the running installation's store; some are the command itself."""
    rounds, by_command = bench.count(200, 6), bench.count(10, 1)
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(upstream())
        ours = Installation(bench.folder / "home", port, PROCESSES)
        ours.declare(MANIFEST.format(name=name, durability="batched") for name in ("victim", "other"))
        stack.enter_context(ours.serving(None))
        stack.enter_context(under_load(_others(ours)))
        inside = uvloop.run(_rounds(ours, rounds, functools.partial(_kill_inside, ours), bench.say))
        command = uvloop.run(_rounds(ours, by_command, functools.partial(_kill_by_command, ours), bench.say))
    return Table(
        "kill",
        f"{STREAMS} streams and {CALLERS} callers of one workload over {PROCESSES} busy processes; ms to the last byte",
        ["", "kills", "p50 ms", "p99 ms", "max ms"],
        [_row("kill operation", inside), _row("`prodworthy kill`, the start of the command included", command)],
        [Bar("kill to last byte, p99", 1_000.0, _at(inside, 0.99), "ms")],
    )


def _row(name: str, times: list[float]) -> list[Cell]:
    return [name, len(times), _at(times, 0.5), _at(times, 0.99), max(times)]


def _at(times: list[float], part: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


async def _rounds(ours: Installation, count: int, act: Callable[[], None], say: Callable[[str], None]) -> list[float]:
    """Milliseconds of each kill."""
    times = []
    for number in range(count):
        times.append(await _round(ours, act))
        if (number + 1) % 50 == 0:
            say(f"{number + 1} kills")
    return times


async def _round(ours: Installation, act: Callable[[], None]) -> float:
    """One kill: clients served, kill, clients ended, workload restored. Raises NotReady."""
    clients = await _served_clients(ours)
    began = time.monotonic_ns()
    await asyncio.to_thread(act)
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(client.ended for client in clients))
    last = max(client.last for client in clients)
    await asyncio.to_thread(_restore, ours)
    return max(0.0, (last - began) / 1_000_000)


def _others(ours: Installation) -> Plan:
    """Calls of another workload, on all processes, for as long as the benchmark runs."""
    body = chat_body("bench:20:0:0;").decode()
    return Plan("closed", ours.port, ours.keys["other"], body, OTHERS, seconds=LONGEST)


async def _served_clients(ours: Installation) -> list[Watched]:
    """Clients that are all being served; waits until every process knows that the workload is on. Raises NotReady."""
    loop = asyncio.get_running_loop()
    stream = request(ours.keys["victim"], chat_body("bench:0:100000:10000;", stream=True))
    call = request(ours.keys["victim"], chat_body("bench:10:0:0;"))
    until = time.monotonic() + PATIENCE
    clients: list[Watched] = []
    while len(clients) < STREAMS + CALLERS:
        again = len(clients) >= STREAMS
        make = functools.partial(Watched, call if again else stream, again)
        _, client = await loop.create_connection(make, "127.0.0.1", ours.port)
        await client.served
        if client.last:
            clients.append(client)
        elif time.monotonic() > until:
            raise NotReady("the workload was not served again after its restore")
        else:
            await asyncio.sleep(0.01)
    return clients


def _kill_inside(ours: Installation) -> None:
    store = open_store(ours.home.store_url)
    try:
        kill(store, Flags(ours.home.kill), TARGET, "a benchmark", Act("bench", time.time_ns()))
    finally:
        store.close()


def _restore(ours: Installation) -> None:
    store = open_store(ours.home.store_url)
    try:
        restore(store, Flags(ours.home.kill), TARGET, "a benchmark", Act("bench", time.time_ns()))
    finally:
        store.close()


def _kill_by_command(ours: Installation) -> None:
    environment = {**os.environ, "PRODWORTHY_HOME": str(ours.home.folder)}
    command = [str(PROGRAM), "kill", str(TARGET), "--reason", "a benchmark"]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
