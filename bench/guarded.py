"""How many calls one core serves with every control on content enforced: the whole gateway, over HTTP."""

from __future__ import annotations

import contextlib

from bench.content import chat, manifest
from bench.installation import Installation
from bench.load import Plan
from bench.processes import cores
from bench.report import Bar, Cell, Table
from bench.rig import Bench, Candidate, awaken, interleaved, lost, median, upstream

CONNECTIONS = 32
CHARACTERS = 1_000
BARS = {"fast": 1_500.0, "default": 500.0}
"""Calls a second of one core."""


def run(bench: Bench) -> Table:
    """Closed loop; the gateway has one core, load and upstream the other."""
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(upstream())
        ours = Installation(bench.folder / "home", port)
        ours.declare(manifest(profile, profile) for profile in BARS)
        stack.enter_context(ours.serving(cores()[1]))
        ours.spread()
        candidates = [Candidate(profile, ours.port, ours.keys[profile], ours.gateways, ours.others) for profile in BARS]
        body = chat(CHARACTERS).decode()
        plan = Plan("closed", 0, "", body, CONNECTIONS, bench.pick(4.0, 1.0), bench.pick(1.0, 0.3))
        for candidate in candidates:
            awaken(candidate, plan)
        samples = interleaved(candidates, [plan] * len(candidates), bench.count(5, 1))
    each = [median(taken, lambda x: x.main_each) for taken in samples]
    rows: list[list[Cell]] = [
        [profile, own, 1_000_000 / own, median(taken, lambda x: x.figures.rate), lost(taken)]
        for profile, own, taken in zip(BARS, each, samples, strict=True)
    ]
    return Table(
        "guarded",
        f"chat call of {CHARACTERS:,} characters, not streamed, every control on content enforced",
        ["profile", "CPU us/call", "calls/s per core", "calls/s seen", "faults"],
        rows,
        [
            Bar(f"calls per second and core, {profile}", bar, 1_000_000 / own, "/s", least=True)
            for (profile, bar), own in zip(BARS.items(), each, strict=True)
        ],
    )
