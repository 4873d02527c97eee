"""What it costs to have every exchange on disk: exchanges per second of one process in each durability."""

from __future__ import annotations

import contextlib

from bench.http import chat_body
from bench.installation import MANIFEST, Installation
from bench.load import Plan
from bench.processes import cores
from bench.report import Bar, Cell, Table
from bench.rig import Bench, Candidate, awaken, interleaved, lost, median, quantile, upstream

CONNECTIONS = 64
MODES = ("batched", "sync", "strict")
OPEN_RATE = 1_000.0


def run(bench: Bench) -> Table:
    """Closed loop for the rate, then open loop for what `sync` and `strict` add to `batched`."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(upstream())
        ours = Installation(bench.folder / "home", port)
        ours.declare(MANIFEST.format(name=mode, durability=mode) for mode in MODES)
        stack.enter_context(ours.serving(cores()[1]))
        ours.spread()
        candidates = [Candidate(mode, ours.port, ours.keys[mode], ours.gateways, ours.others) for mode in MODES]
        body = chat_body().decode()
        closed = Plan("closed", 0, "", body, CONNECTIONS, bench.pick(4.0, 1.0), bench.pick(1.0, 0.3))
        steady = Plan("open", 0, "", body, CONNECTIONS, bench.pick(4.0, 1.0), bench.pick(1.0, 0.3), rate=OPEN_RATE)
        for candidate in candidates:
            awaken(candidate, closed)
        rounds = bench.count(5, 1)
        full = interleaved(candidates, [closed] * len(candidates), rounds)
        timed = interleaved(candidates, [steady] * len(candidates), rounds)
    rates = [median(taken, lambda x: x.figures.rate) for taken in full]
    p50 = [quantile(taken, 0) for taken in timed]
    p99 = [quantile(taken, 2) for taken in timed]
    rows: list[list[Cell]] = [
        [mode, rates[i], median(full[i], lambda x: x.main_each), p50[i] - p50[0], p99[i] - p99[0], lost(full[i])]
        for i, mode in enumerate(MODES)
    ]
    return Table(
        "durable",
        f"1 KB chat calls, one gateway process, {CONNECTIONS} connections; added time at {OPEN_RATE:,.0f} calls/s",
        ["durability", "exchanges/s", "CPU us/call", "added p50 ms", "added p99 ms", "faults"],
        rows,
        [
            Bar("strict exchanges per process", 3_000.0, rates[2], "/s", least=True),
            Bar("strict, added latency p99", 10.0, p99[2] - p99[0], "ms"),
        ],
        ["wall figures, of this disk; added: over `batched` in the same run"],
    )
