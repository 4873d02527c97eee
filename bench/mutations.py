"""Ten thousand packs that were tampered with: the verifier accepts none, and never ends in anything but a verdict."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace

from bench.mutating import Target, mutated, unzipped
from bench.report import Bar, Cell, Table
from bench.rig import Bench
from prodworthy.assurance.audit.verifying.opened import Trust
from prodworthy.assurance.audit.verifying.verdicts import Step, Verdict
from prodworthy.assurance.audit.verifying.verify import verify
from prodworthy.record.ledger.checkpoint import parse_checkpoint
from prodworthy.record.ledger.note import parse_note
from tests.assurance.packing.installation import DESK, OTHER, Installation, key, worked

MUTATIONS = 10_000


def run(bench: Bench) -> Table:
    """Mutate, verify, count."""
    count = bench.count(MUTATIONS, 500)
    target, trust = tampered_with()
    kinds: dict[str, Counter[str]] = {}
    stopped: Counter[str] = Counter()
    accepted = []
    for seed in range(count):
        mutation = mutated(target, seed)
        outcome = verify(io.BytesIO(mutation.data), trust)
        kinds.setdefault(mutation.kind, Counter())[outcome.verdict.value] += 1
        stopped[_first(outcome.steps)] += 1
        if outcome.verdict is Verdict.PASS:
            accepted.append(f"{mutation.kind} (seed {seed})")
        if seed % 500 == 499:
            bench.say(f"{seed + 1} of {count}, {len(accepted)} accepted")
    rows: list[list[Cell]] = [
        [kind, found["fail"], found["incomplete"], found["pass"]] for kind, found in kinds.items()
    ]
    notes = [f"first step that did not pass: {step}: {many}" for step, many in stopped.most_common()]
    return Table(
        "mutations",
        f"{count:,} packs that were tampered with, seeds 0 to {count - 1}",
        ["how", "failed", "incomplete", "accepted"],
        rows,
        [Bar("packs accepted that were tampered with", 0, len(accepted))],
        [*notes, *accepted[:20]],
    )


def tampered_with() -> tuple[Target, Trust]:
    """A pack, and what a verifier trusts that holds the newest checkpoint of its ledger."""
    one = worked()
    older = one.pack(DESK, OTHER)
    one.traffic(DESK)
    pack = one.pack(DESK, OTHER)
    size = parse_checkpoint(parse_note(unzipped(pack)["ledger/checkpoint"]).text).size
    held = unzipped(pack)["ledger/checkpoint"]
    fork = worked()
    for _ in range(6):
        fork.traffic(OTHER)
    others = older, fork.pack(DESK, OTHER), _foreign().pack(DESK)
    target = Target(pack, unzipped(pack), one.statements, others, lambda contents: one.copy().closed(contents, size))
    return target, replace(one.trust(), held=held)


def _foreign() -> Installation:
    one = Installation(None, key("ledger.example/one", 7), key("statements.example", 8))
    one.traffic(DESK)
    return one


def _first(steps: tuple[Step, ...]) -> str:
    return next((one.title for one in steps if one.verdict in (Verdict.FAIL, Verdict.INCOMPLETE)), "none")
