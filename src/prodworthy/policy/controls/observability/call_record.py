"""PSF-4.1: every call is recorded; a call that cannot be recorded is not made."""

from __future__ import annotations

from typing import cast

from prodworthy.policy.controls.contract import Case, Control, NoSettings, Point, Stand
from prodworthy.policy.core.exchange import Exchange
from prodworthy.policy.core.facts import Facts, Recording
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import ALLOW, Block, Outcome, Verdict


def decide(subject: Exchange | None, facts: Facts, settings: NoSettings) -> Verdict:
    """Block when the journal does not accept the exchange."""
    recording = cast("Recording", facts["recording"])
    if recording.accepted:
        return ALLOW
    return Block("The journal does not accept exchanges now.", Code.NOT_RECORDED)


CONTROL = Control(
    criterion="PSF-4.1",
    title="every call recorded",
    stands=(Stand(Point.REQUEST, decide, needs=lambda settings: frozenset({"recording"})),),
    always=True,
    cases=(
        Case("a call that is recorded passes", None, {"recording": Recording(True)}, Outcome.ALLOW),
        Case(
            "a call that cannot be recorded is not made",
            None,
            {"recording": Recording(False, "disk full")},
            Outcome.BLOCK,
            code=Code.NOT_RECORDED,
        ),
    ),
)
