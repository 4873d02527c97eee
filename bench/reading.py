"""What it costs to read an exchange: every control on content with its detectors, through the pipeline's own code."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from bench.content import HELD, served
from bench.exchanges import CHUNK, Reader
from bench.report import Bar, Cell, Table
from bench.rig import Bench
from prodworthy.gateway.pipeline.senses import CannotServe

SMALL, LARGE = 1_000, 8_000
BARS = {"fast": 400.0, "default": 1_500.0}
"""CPU microseconds for a small request and its whole answer."""


def run(bench: Bench) -> Table:
    """CPU time of this process, all threads; the quickest of several rounds."""
    rows: list[list[Cell]] = []
    bars: list[Bar] = []
    for profile, bar in BARS.items():
        try:
            small, large = _row(bench, profile, SMALL), _row(bench, profile, LARGE)
        except CannotServe as fault:
            bench.say(f"{profile} is not measured: {fault}")
            continue
        rows += [[f"{profile}, {size:,} characters", *row] for size, row in ((SMALL, small), (LARGE, large))]
        bars.append(Bar(f"request and whole answer, {profile}", bar, small[0] + small[1], "us"))
        bars.append(Bar(f"the same, {LARGE:,} characters, {profile}", 8.0, sum(large[:2]) / sum(small[:2]), "times"))
    return Table(
        "reading",
        f"a request and its answer read by all controls on content; streams in chunks of {CHUNK} characters",
        ["", "request us", "whole answer us", "streamed us", "streamed, window by window us", "us per window"],
        rows,
        bars,
        [
            "streamed: over what reading the same events costs where no control listens; `streamed` waits for its end, "
            "because a control needs all of the answer; without that control text leaves window by window"
        ],
    )


def _row(bench: Bench, profile: str, characters: int) -> list[float]:
    held = Reader(bench.folder / f"{profile}-{characters}-held", served(profile), characters)
    running = Reader(bench.folder / f"{profile}-{characters}", served(profile, HELD), characters)
    count = bench.count(20, 1) if characters == LARGE else bench.count(100, 2)
    try:
        request, whole = _each(held.request, count), _each(held.whole, count)
        nothing = _each(held.unread, count)
        streamed, windows = _each(held.streamed, count) - nothing, _each(running.streamed, count) - nothing
    finally:
        held.close()
        running.close()
    return [request, whole, streamed, windows, (windows - streamed) / (characters / 96)]


def _each(step: Callable[[], Awaitable[object]], count: int) -> float:
    """CPU microseconds of one call of the step, which must not say that it failed."""
    return min(asyncio.run(_timed(step, count)) for _ in range(3)) * 1_000_000


async def _timed(step: Callable[[], Awaitable[object]], count: int) -> float:
    if await step() is False:
        raise AssertionError("a control stopped an ordinary exchange")
    began = time.process_time()
    for _ in range(count):
        await step()
    return (time.process_time() - began) / count
