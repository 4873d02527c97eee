"""What the gateway adds to a call's time: a steady 1,000 calls a second, counted from when each was due."""

from __future__ import annotations

import contextlib

from bench.http import chat_body
from bench.installation import MANIFEST, Installation
from bench.load import Plan
from bench.peers import nginx
from bench.processes import cores
from bench.report import Bar, Table
from bench.rig import Bench, Candidate, awaken, interleaved, lost, quantile, upstream

RATE = 1_000.0
DELAY_MS = 50
NAME = "Prodworthy"
DIRECT = "no gateway"


def run(bench: Bench) -> Table:
    """Open loop; the upstream's own time, which it tells, is taken off each call."""
    core = cores()[1]
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(upstream())
        ours = Installation(bench.folder / "home", port)
        ours.declare([MANIFEST.format(name="batched", durability="batched")])
        stack.enter_context(ours.serving(core))
        ours.spread()
        peer = stack.enter_context(nginx(bench.folder / "nginx", port, core))
        candidates = [Candidate(NAME, ours.port, ours.keys["batched"], ours.gateways, ours.others)]
        if peer is not None:
            candidates.append(Candidate(peer.name, peer.port, peer.key, [peer.process.pid]))
        candidates.append(Candidate(DIRECT, port, "none"))
        body = chat_body(f"bench:{DELAY_MS}:0:0;").decode()
        plan = Plan("open", 0, "", body, 256, bench.pick(6.0, 1.0), bench.pick(1.0, 0.5), rate=RATE)
        for candidate in candidates:
            awaken(candidate, plan)
        samples = interleaved(candidates, [plan] * len(candidates), bench.count(5, 1))
    quantiles = {
        candidate.name: [quantile(taken, place) for place in range(4)]
        for candidate, taken in zip(candidates, samples, strict=True)
    }
    direct, own = quantiles[DIRECT], quantiles[NAME]
    faults = {candidate.name: lost(taken) for candidate, taken in zip(candidates, samples, strict=True)}
    return Table(
        "latency",
        f"{RATE:,.0f} calls/s in an open loop, upstream delay {DELAY_MS} ms (taken off)",
        ["", "p50 ms", "p90 ms", "p99 ms", "max ms", "added p50 ms", "added p99 ms", "faults"],
        [[name, *found, found[0] - direct[0], found[2] - direct[2], faults[name]] for name, found in quantiles.items()],
        [
            Bar("added latency, p50", 0.6, own[0] - direct[0], "ms"),
            Bar("added latency, p99", 3.0, own[2] - direct[2], "ms"),
        ],
        ["wall figures: whatever else runs on the machine is in them"],
    )
