"""What the pages for people cost: a roster of a thousand workloads, one workload, one control, through a gateway."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from http.client import HTTPConnection

from bench.fleet import settle
from bench.installation import Installation
from bench.processes import NotReady, cores, cpu_seconds
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
    for _ in range(WARM):
        read(installation.port, path)
    everything = [*installation.gateways, *installation.others]
    before, taken, size = cpu_seconds(everything), [], 0
    for _ in range(rounds):
        began = time.perf_counter()
        size = len(read(installation.port, path))
        taken.append((time.perf_counter() - began) * 1_000)
    return size, taken, (cpu_seconds(everything) - before) * 1_000 / rounds


def read(port: int, path: str) -> bytes:
    """A page, read as a browser would; one that is not there yet is asked for again, up to ten seconds.

    Raises NotReady.
    """
    until = time.monotonic() + 10
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            reply = connection.getresponse()
            body = reply.read()
        finally:
            connection.close()
        if reply.status == 200:
            return body
        if reply.status != 503 or time.monotonic() > until:
            raise NotReady(f"{path} answered {reply.status}")
        time.sleep(0.05)
