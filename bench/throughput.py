"""How many small calls one core serves: CPU time per call of Prodworthy, of its peers, and of no gateway at all."""

from __future__ import annotations

import contextlib

import msgspec

from bench.http import chat_body
from bench.installation import MANIFEST, Installation
from bench.load import Plan
from bench.peers import Peer, litellm, nginx
from bench.processes import cores
from bench.report import Bar, Cell, Table
from bench.rig import Bench, Candidate, Sample, awaken, interleaved, lost, median, upstream

CONNECTIONS = 64
SLOW_CONNECTIONS = 16
"""For LiteLLM, with longer rounds: what it has not finished when a round ends would count against it."""

NAME = "Prodworthy"


def run(bench: Bench) -> Table:
    """Closed loop, 64 connections; each candidate's processes share one core, load and upstream the other."""
    core = cores()[1]
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(upstream())
        ours = Installation(bench.folder / "home", port)
        ours.declare([MANIFEST.format(name="batched", durability="batched")])
        stack.enter_context(ours.serving(core))
        peers = [
            stack.enter_context(nginx(bench.folder / "nginx", port, core)),
            stack.enter_context(litellm(bench.folder / "litellm", port, core)),
        ]
        candidates = [Candidate(NAME, ours.port, ours.keys["batched"], ours.gateways, ours.others)]
        candidates += [_candidate(peer) for peer in peers if peer is not None]
        candidates.append(Candidate("no gateway", port, "none"))
        bench.say(", ".join(candidate.name for candidate in candidates))
        plan = Plan("closed", 0, "", chat_body().decode(), CONNECTIONS, bench.pick(4.0, 1.0), bench.pick(1.0, 0.3))
        for candidate in candidates:
            awaken(candidate, plan)
        slow = msgspec.structs.replace(plan, connections=SLOW_CONNECTIONS, seconds=bench.pick(8.0, 4.0))
        plans = [slow if candidate.name.startswith("litellm") else plan for candidate in candidates]
        samples = interleaved(candidates, plans, bench.count(5, 1))
    return _table(candidates, samples, [name for name, peer in zip(_PEERS, peers, strict=True) if peer is None])


_PEERS = ("nginx", "litellm[proxy]")


def _candidate(peer: Peer) -> Candidate:
    return Candidate(peer.name, peer.port, peer.key, [peer.process.pid])


def _table(candidates: list[Candidate], samples: list[list[Sample]], absent: list[str]) -> Table:
    each = {c.name: median(s, lambda x: x.main_each) for c, s in zip(candidates, samples, strict=True)}
    ours = each[NAME]
    rows: list[list[Cell]] = []
    for candidate, taken in zip(candidates, samples, strict=True):
        own = each[candidate.name]
        rows.append(
            [
                candidate.name,
                own if candidate.main else "",
                median(taken, lambda x: x.all_each) if candidate.beside else "",
                1_000_000 / own if own else "",
                own / ours if own else "",
                median(taken, lambda x: x.figures.rate),
                median(taken, lambda x: x.figures.times[0]) / 1_000,
                lost(taken),
            ]
        )
    bars = [Bar("CPU per small call, gateway process", 150.0, ours, "us")]
    bars += [
        Bar(f"throughput per core, times {name}", bar, own / ours, "x", least=True)
        for name, own in each.items()
        for start, bar in (("litellm", 40.0), ("nginx", 0.14))
        if name.startswith(start)
    ]
    return Table(
        "throughput",
        "1 KB chat call, not streamed; key check, limits, contract, journal batched; 64 connections",
        ["", "CPU us/call", "all processes", "calls/s per core", "times ours", "calls/s seen", "p50 ms", "faults"],
        rows,
        bars,
        [f"{name} is not installed: not measured" for name in absent]
        + ["calls/s seen is a wall figure with load and upstream on the other core: noisy on a shared machine"],
    )
