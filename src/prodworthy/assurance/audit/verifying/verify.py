"""Verifying an audit pack: thirteen steps, in order, none of which believes anything that the pack brings along.

Keys, the standard and the judge come from whoever verifies. A step on which later ones build ends the run when it
fails: those are then incomplete, which is never a pass.
"""

from __future__ import annotations

from typing import BinaryIO

from prodworthy.assurance.audit.pack.archive import Archive
from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.form import CLOSING_CHECKPOINT
from prodworthy.assurance.audit.verifying.opened import Opened, Trust
from prodworthy.assurance.audit.verifying.ordered import STEPS, Check
from prodworthy.assurance.audit.verifying.verdicts import NotAsked, NotComplete, Outcome, Step, Verdict
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.policy.standard.tables import StandardFault
from prodworthy.record.ledger.faults import LedgerFault
from prodworthy.record.ledger.note import LARGEST_NOTE

WELL_FORMED = "archive well formed"
_FAULTS = (PackFault, LedgerFault, EvidenceFault, StandardFault, UnicodeDecodeError)


def verify(file: BinaryIO, trust: Trust) -> Outcome:
    """Verify the pack in `file`, which can seek. Raises OSError if it cannot be read, and nothing else."""
    try:
        pack = Opened(Archive(file), trust)
    except PackFault as fault:
        first = Step(1, WELL_FORMED, Verdict.FAIL, str(fault))
        return Outcome((first, *_not_run(0, 1)))
    done = [Step(1, WELL_FORMED, Verdict.PASS, f"{len(pack.archive.entries):,} files")]
    for number, (title, check, needed) in enumerate(STEPS, start=2):
        verdict, why = _run(check, pack)
        done.append(Step(number, title, verdict, why))
        if needed and verdict is not Verdict.PASS:
            return Outcome((*done, *_not_run(number - 1, number)))
    return Outcome(tuple(done), pack.read(CLOSING_CHECKPOINT, LARGEST_NOTE))


def _run(check: Check, pack: Opened) -> tuple[Verdict, str]:
    try:
        return Verdict.PASS, check(pack)
    except NotAsked as said:
        return Verdict.NOT_ASKED, str(said)
    except NotComplete as said:
        return Verdict.INCOMPLETE, str(said)
    except _FAULTS as fault:
        return Verdict.FAIL, str(fault)


def _not_run(done: int, number: int) -> list[Step]:
    """The steps after the first `done` of STEPS, which step `number` kept from being run."""
    return [
        Step(at, title, Verdict.INCOMPLETE, f"not run, because step {number} did not pass")
        for at, (title, _, _) in enumerate(STEPS[done:], start=done + 2)
    ]
