"""PSF-6.4: a workload that was switched off gets no answer; neither does one whose switch cannot be read in time."""

from __future__ import annotations

from typing import cast

from prodworthy.policy.controls.contract import Case, Control, NoSettings, Point, Stand
from prodworthy.policy.core.exchange import Exchange
from prodworthy.policy.core.facts import Facts, Switch
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Outcome, Verdict


def decide(subject: Exchange | None, facts: Facts, settings: NoSettings) -> Verdict:
    """Block when killed, or when the state is older than its lease and the workload must then stop."""
    switch = cast("Switch", facts["switch"])
    if switch.killed:
        reason = (
            f"This workload is switched off: {switch.reason}." if switch.reason else "This workload is switched off."
        )
        return Block(reason, Code.WORKLOAD_KILLED)
    if not switch.known:
        return Block(
            f"The kill switch's state has not been confirmed for {switch.age:.1f} seconds.", Code.SWITCH_UNKNOWN
        )
    return ALLOW


CONTROL = Control(
    criterion="PSF-6.4",
    title="kill switch",
    stands=(Stand(Point.REQUEST, decide, needs=lambda settings: frozenset({"switch"})),),
    always=True,
    cases=(
        Case("a workload that runs is answered", None, {"switch": Switch(False, True)}, Outcome.ALLOW),
        Case(
            "a killed workload is not answered",
            None,
            {"switch": Switch(True, True, "drill")},
            Outcome.BLOCK,
            code=Code.WORKLOAD_KILLED,
        ),
        Case(
            "an unknown switch stops a workload that must stop",
            None,
            {"switch": Switch(False, False, age=9.0)},
            Outcome.BLOCK,
            code=Code.SWITCH_UNKNOWN,
        ),
    ),
)
