"""Packs that were tampered with, some hundreds from seeds; `python -m bench mutations` runs ten thousand."""

from __future__ import annotations

import io
from collections import Counter

from bench.mutating import KINDS, mutated
from bench.mutations import tampered_with
from prodworthy.assurance.audit.verifying.ordered import STEPS
from prodworthy.assurance.audit.verifying.verdicts import Verdict
from prodworthy.assurance.audit.verifying.verify import verify

SEEDS = 12 * len(KINDS)


def test_no_pack_that_was_tampered_with_is_accepted() -> None:
    target, trust = tampered_with()
    assert verify(io.BytesIO(target.pack), trust).verdict is Verdict.PASS
    stopped: Counter[int] = Counter()
    for seed in range(SEEDS):
        mutation = mutated(target, seed)
        outcome = verify(io.BytesIO(mutation.data), trust)
        assert outcome.verdict in (Verdict.FAIL, Verdict.INCOMPLETE), f"{mutation.kind}, seed {seed}"
        assert len(outcome.steps) == len(STEPS) + 1
        stopped.update(one.number for one in outcome.steps if one.verdict is Verdict.FAIL)
    # every step but those that only people outside decide has caught something
    assert set(stopped) >= {1, 2, 3, 4, 5, 7, 8, 9, 11}, stopped


def test_a_mutation_is_the_same_for_the_same_seed() -> None:
    target, _ = tampered_with()
    for seed, kind in enumerate(sorted(KINDS)):
        assert mutated(target, seed) == mutated(target, seed)
        assert mutated(target, seed).kind == kind
