"""Memory of a gateway process, idle and after much work, and how long things take to start."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import time

from bench.http import chat_body
from bench.installation import MANIFEST, PROGRAM, Installation
from bench.load import Plan
from bench.processes import cores, memory
from bench.report import Bar, Cell, Table
from bench.rig import Bench, Candidate, sample, upstream

MEGABYTE = 1_000_000


def run(bench: Bench) -> Table:
    """Idle; after a tenth of the work, from where it has to stay flat; after all of it."""
    calls, aborts = bench.count(200_000, 4_000), bench.count(20_000, 500)
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(upstream())
        ours = Installation(bench.folder / "home", port)
        ours.declare([MANIFEST.format(name="batched", durability="batched")])
        began = time.monotonic()
        stack.enter_context(ours.serving(cores()[1]))
        ready = time.monotonic() - began
        (pid,) = ours.gateways
        idle = memory(pid)
        candidate = Candidate("Prodworthy", ours.port, ours.keys["batched"], [pid])
        done = _calls(candidate, calls // 10), _aborts(candidate, aborts // 10)
        warm = memory(pid)
        done = _calls(candidate, calls) + done[0], _aborts(candidate, aborts) + done[1]
        worked = memory(pid)
    help_seconds = _help_seconds(bench.count(9, 3))
    growth = 100 * (worked[0] / warm[0] - 1)
    rows: list[list[Cell]] = [
        ["gateway process, idle", idle[0] / MEGABYTE, idle[1] / MEGABYTE],
        ["after a tenth of the work", warm[0] / MEGABYTE, warm[1] / MEGABYTE],
        [f"after {done[0]:,} calls and {done[1]:,} aborted streams", worked[0] / MEGABYTE, worked[1] / MEGABYTE],
    ]
    return Table(
        "memory",
        "one gateway process; resident (RSS) and proportional (PSS) size",
        ["", "RSS MB", "PSS MB"],
        rows,
        [
            Bar("idle gateway process, RSS", 120.0, idle[0] / MEGABYTE, "MB"),
            Bar("growth over the work", 5.0, growth, "%"),
            Bar("`prodworthy serve`, start to first connection", 2.0, ready, "s"),
            Bar("`prodworthy --help`", 0.3, help_seconds, "s"),
        ],
        ["times are wall figures"],
    )


def _calls(candidate: Candidate, count: int) -> int:
    """So many calls or somewhat more, in rounds of some seconds."""
    done = 0
    plan = Plan("closed", 0, "", chat_body().decode(), 64, 1.0)
    while done < count:
        figures = sample(candidate, plan).figures
        if not figures.passed:
            raise RuntimeError("the gateway gave no good answer")
        done += figures.answers
        rate = max(1.0, figures.rate)
        plan = Plan("closed", 0, "", chat_body().decode(), 64, min(10.0, (count - done) / rate + 0.1))
    return done


def _aborts(candidate: Candidate, count: int) -> int:
    """So many streams, each cut by its client at the first timed chunk."""
    body = chat_body("bench:0:50:5000;", stream=True).decode()
    return sample(candidate, Plan("aborts", 0, "", body, 64, count=count)).figures.answers


def _help_seconds(rounds: int) -> float:
    """The median time of `prodworthy --help`."""
    times = []
    for _ in range(rounds):
        began = time.monotonic()
        subprocess.run([str(PROGRAM), "--help"], stdout=subprocess.DEVNULL, check=True, env=dict(os.environ))
        times.append(time.monotonic() - began)
    return statistics.median(times)
