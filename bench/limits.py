"""Whether a limit holds over four processes: three times the rate is offered over HTTP, and what passes is counted."""

from __future__ import annotations

import contextlib

from bench.http import chat_body
from bench.installation import LIMITED, Installation
from bench.load import Plan
from bench.report import Bar, Cell, Table
from bench.rig import Bench, Candidate, sample, upstream

PROCESSES = 4
COUNT = 300
BURST = 30


def run(bench: Bench) -> Table:
    """Each round offers 3x the rate for some seconds, after a rest in which the burst comes back."""
    rows: list[list[Cell]] = []
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(upstream())
        ours = Installation(bench.folder / "home", port, PROCESSES)
        ours.declare([LIMITED.format(count=COUNT, burst=BURST)])
        stack.enter_context(ours.serving(None))
        seconds = bench.pick(10.0, 2.0)
        plan = Plan("open", 0, "", chat_body().decode(), 64, seconds, rate=3.0 * COUNT)
        candidate = Candidate("limited", ours.port, ours.keys["limited"], ours.gateways, ours.others)
        for number in range(bench.count(3, 1)):
            figures = sample(candidate, plan).figures
            allowed = COUNT * seconds + BURST
            rows.append(
                [str(number + 1), figures.answers, allowed, figures.passed, 100 * (figures.passed / allowed - 1)]
            )
    worst = max(float(row[4]) for row in rows)
    least = min(float(row[4]) for row in rows)
    return Table(
        "limits",
        f"{COUNT} requests/s (burst {BURST}) over {PROCESSES} processes, {3 * COUNT}/s offered",
        ["round", "offered", "allowed", "passed", "overshoot %"],
        rows,
        [Bar("overshoot", 5.0, worst, "%"), Bar("and no undershoot beyond", -10.0, least, "%", least=True)],
    )
