"""Many streams at once: whether any stalls, how late a chunk arrives, and what a chunk costs."""

from __future__ import annotations

import contextlib

from bench.http import chat_body
from bench.installation import MANIFEST, Installation
from bench.load import Plan
from bench.peers import nginx
from bench.processes import cores
from bench.report import Bar, Cell, Table
from bench.rig import Bench, Candidate, Sample, awaken, interleaved, lost, median, quantile, upstream

CHUNKS = 50
INTERVAL_US = 200_000
"""Between two chunks of one stream: 1,000 streams make 5,000 chunks a second."""

NAME = "Prodworthy"
DIRECT = "no gateway"


def run(bench: Bench) -> Table:
    """All streams of a round run at once; each chunk carries its send time."""
    core = cores()[1]
    streams = bench.count(1_000, 100)
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(upstream())
        ours = Installation(bench.folder / "home", port)
        ours.declare([MANIFEST.format(name="batched", durability="batched")])
        stack.enter_context(ours.serving(core))
        ours.spread()
        peer = stack.enter_context(nginx(bench.folder / "nginx", port, core, buffering="off"))
        candidates = [Candidate(NAME, ours.port, ours.keys["batched"], ours.gateways, ours.others)]
        if peer is not None:
            candidates.append(Candidate(peer.name, peer.port, peer.key, [peer.process.pid]))
        candidates.append(Candidate(DIRECT, port, "none"))
        interval = bench.count(INTERVAL_US, 20_000)
        body = chat_body(f"bench:0:{CHUNKS}:{interval};", stream=True).decode()
        small = Plan("closed", 0, "", chat_body().decode(), 1)
        for candidate in candidates:
            awaken(candidate, small)
        plan = Plan("streams", 0, "", body, streams, seconds=CHUNKS * interval / 1e6, count=streams)
        samples = interleaved(candidates, [plan] * len(candidates), bench.count(3, 1))
    return _table(candidates, samples, streams)


def _table(candidates: list[Candidate], samples: list[list[Sample]], streams: int) -> Table:
    rows: list[list[Cell]] = []
    found: dict[str, tuple[float, float, int]] = {}
    for candidate, taken in zip(candidates, samples, strict=True):
        p50, p99 = quantile(taken, 0), quantile(taken, 2)
        gone = lost(taken)
        each = median(taken, lambda x: x.main / max(1, x.figures.chunks) * 1e6)
        short = sum(streams * CHUNKS - x.figures.chunks for x in taken)
        found[candidate.name] = p99, each, gone + short
        rows.append([candidate.name, each if candidate.main else "", p50, p99, gone, short])
    p99, each, missing = found[NAME]
    return Table(
        "streams",
        f"{streams:,} streams of {CHUNKS} chunks at once",
        ["", "CPU us/chunk", "chunk delay p50 ms", "p99 ms", "streams lost", "chunks lost"],
        rows,
        [
            Bar("streams or chunks lost", 0, missing),
            Bar("CPU per chunk, all costs of its stream included", 60.0, each, "us"),
            Bar("added delay per chunk, p99", 5.0, p99 - found[DIRECT][0], "ms"),
        ],
        ["delays are wall figures, meant for an idle machine; all streams of a round begin at once"],
    )
