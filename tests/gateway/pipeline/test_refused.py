"""Which of several decisions the caller is told, and that nothing which acts is ever passed over."""

from __future__ import annotations

import pytest

from prodworthy.gateway.pipeline.refused import from_decisions
from prodworthy.policy.controls.contract import Decision
from prodworthy.policy.core.events import Decided
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Edit, Hold, Redact, Verdict

LIMIT = Block("Too often.", Code.RATE_LIMITED, 0.5)
KILL = Block("Off.", Code.WORKLOAD_KILLED)
EDIT = Redact((Edit("messages.0.content", 0, 4, "…"),), "A name.")


def _decided(verdict: Verdict, acts: bool = True) -> Decision:
    return Decision(verdict, acts, Decided("PSF-0.0", verdict.outcome.value, "enforce"))


@pytest.mark.parametrize(
    "verdicts, code",
    [
        ([LIMIT, KILL], Code.WORKLOAD_KILLED),
        ([KILL, LIMIT], Code.WORKLOAD_KILLED),
        ([LIMIT], Code.RATE_LIMITED),
        ([Hold("Look at it."), LIMIT], Code.RATE_LIMITED),
        ([EDIT, Hold("Look at it.")], Code.HELD),
        ([EDIT], Code.CANNOT_DECIDE),
    ],
)
def test_the_most_severe_is_told(verdicts: list[Verdict], code: Code) -> None:
    refusal = from_decisions([_decided(ALLOW, acts=False), *map(_decided, verdicts)])
    assert refusal is not None
    assert refusal.code is code


def test_what_is_only_observed_refuses_nothing() -> None:
    assert from_decisions([_decided(verdict, acts=False) for verdict in (LIMIT, KILL, EDIT)]) is None
