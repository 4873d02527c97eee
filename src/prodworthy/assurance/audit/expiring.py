"""What will stop counting, and when: the owner hears of it while there is time."""

from __future__ import annotations

from dataclasses import dataclass

from prodworthy.assurance.audit.assessing import Assessment
from prodworthy.assurance.audit.ladder import Judged
from prodworthy.assurance.audit.levels import requirements
from prodworthy.assurance.audit.next_steps import attest_step, drill_step
from prodworthy.assurance.audit.view import DAY, View
from prodworthy.policy.standard.standard import Standard
from prodworthy.policy.standard.values import Grade

SOON = 14
"""Days ahead that are looked at."""


@dataclass(frozen=True, slots=True)
class Expiring:
    """Evidence on a criterion that counts until `at` (Unix ns), its grade, and how to renew it."""

    criterion: str
    grade: str
    at: int
    step: str


def expiring(judged: Judged) -> tuple[Expiring, ...]:
    """What expires within two weeks, the next first."""
    view = judged.view
    found = [each for one in judged.assessments for each in _of(view, judged.standard, one)]
    return tuple(sorted((one for one in found if view.at < one.at <= view.at + SOON * DAY), key=lambda one: one.at))


def _of(view: View, standard: Standard, one: Assessment) -> list[Expiring]:
    found = []
    asked = requirements(standard, one.criterion, view.claims.get("tier", "medium"))
    for requirement in asked:
        drill, said = one.evidence.exercised, one.evidence.attested
        age = (requirement.max_age_days or 0) * DAY
        if Grade.EXERCISED in requirement.grades and drill is not None and drill.outcome == "passed":
            found.append(Expiring(one.criterion, "exercised", drill.at + age, drill_step(view, one.criterion)))
        if Grade.ATTESTED in requirement.grades and said is not None:
            until = min(said.until, said.at + age)
            found.append(Expiring(one.criterion, "attested", until, attest_step(view, one.criterion)))
    if one.waiver is not None:
        step = f"close the gap, or waive it anew: prodworthy waive {view.named} {one.criterion} …"
        found.append(Expiring(one.criterion, "waived", one.waiver.until, step))
    return found
