"""What the pages for people cost: a roster of a thousand workloads, one workload, one control, through a gateway."""

from __future__ import annotations

import statistics
import time
import urllib.request
from collections.abc import Sequence
from urllib.error import HTTPError

from bench.fleet import settle
from bench.installation import Installation
from bench.processes import cores, cpu_seconds
from bench.report import Bar, Cell, Table
from bench.rig import Bench
from prodworthy.interfaces.standards import load_standard
from prodworthy.record.store.database import open_store

BAR = 200.0
"""Milliseconds for the roster of a thousand workloads, on one core, with the way through the gateway."""

WARM = 3


def run(bench: Bench) -> Table:
    """An installation on one core with a made-up fleet, and one reader who asks for one page after the other."""
    count, rounds = bench.count(1_000, 20), bench.count(40, 3)
    installation = Installation(bench.folder / "home", upstream=9)
    installation.declare([])
    store = open_store(installation.home.store_url)
    bench.say(f"judging {count:,} workloads")
    try:
        settle(store, load_standard(), count, time.time_ns())
    finally:
        store.close()
    paths = {
        f"roster of {count:,} workloads": "/",
        "one workload": "/roster/default/support-assistant",
        "one control": "/roster/default/support-assistant/PSF-6.4",
    }
    rows: list[list[Cell]] = []
    first = 0.0
    with installation.serving(cores()[1]):
        for what, path in paths.items():
            size, took, cpu = _asked(installation, path, rounds)
            first = first or statistics.median(took)
            rows.append([what, f"{size:,}", statistics.median(took), max(took), cpu])
    bars = [Bar("roster of 1,000 workloads, median", BAR, first, "ms")]
    notes = [
        f"times the bar: {first / BAR:.2f}",
        "by the clock of a reader on another core; CPU is that of all processes of the installation",
    ]
    return Table("pages", "pages for people, through a gateway", _COLUMNS, rows, bars, notes)


_COLUMNS = ["page", "bytes", "median ms", "worst ms", "CPU ms"]


def _asked(installation: Installation, path: str, rounds: int) -> tuple[int, Sequence[float], float]:
    """Bytes of a page, milliseconds of each round, CPU milliseconds of one."""
    url = f"http://127.0.0.1:{installation.port}{path}"
    for _ in range(WARM):
        read(url)
    everything = [*installation.gateways, *installation.others]
    before, taken, size = cpu_seconds(everything), [], 0
    for _ in range(rounds):
        began = time.perf_counter()
        size = len(read(url))
        taken.append((time.perf_counter() - began) * 1_000)
    return size, taken, (cpu_seconds(everything) - before) * 1_000 / rounds


def read(url: str) -> bytes:
    """A page; one that is not there yet is asked for again, up to ten seconds."""
    until = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as reply:  # noqa: S310  # an address of our own, on loopback
                return bytes(reply.read())
        except HTTPError as fault:
            if fault.code != 503 or time.monotonic() > until:
                raise
            time.sleep(0.05)
