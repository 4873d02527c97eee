"""What is missing of a criterion, in words, and the one step that comes next."""

from __future__ import annotations

from prodworthy.assurance.audit.grades import MILLION, Found
from prodworthy.assurance.audit.levels import share
from prodworthy.assurance.audit.view import View, date_text
from prodworthy.policy.core.evidence import LIVE
from prodworthy.policy.standard.values import Criterion, Grade, Requirement

DRILLS = {"PSF-1.2": "malformed-input", "PSF-1.3": "planted-personal-data", "PSF-6.4": "kill-switch"}
"""Which drill exercises a criterion in this version; a test holds it against the drills that there are."""


def missing(view: View, criterion: Criterion, unmet: Requirement | None, found: Found) -> tuple[str, str]:
    """What is missing, and what to do next. `unmet` is None where a drill that failed is all that is wrong."""
    if found.exercised is not None and found.exercised.outcome == "failed":
        text = f"the drill {found.exercised.drill} failed on {date_text(found.exercised.at)}"
        return text, f"mend what it found, then {drill_step(view, criterion.id)}"
    if unmet is None:
        return "", ""
    grade = unmet.grades[0]
    if grade is Grade.EXERCISED:
        return _exercise(view, criterion, unmet, found)
    if grade is Grade.ATTESTED:
        return _attest(view, criterion, unmet, found)
    return _enforce(view, criterion, unmet, found)


def _exercise(view: View, criterion: Criterion, unmet: Requirement, found: Found) -> tuple[str, str]:
    drill = found.exercised
    if drill is None:
        text = "never exercised"
    elif drill.outcome == "passed":
        text = f"last exercised {drill.age} days ago, {unmet.max_age_days} are allowed"
    else:
        text = f"the drill {drill.drill} could not run on {date_text(drill.at)}"
    return text, drill_step(view, criterion.id)


def _attest(view: View, criterion: Criterion, unmet: Requirement, found: Found) -> tuple[str, str]:
    said = found.attested
    if said is not None and said.persons < unmet.persons:
        text = f"stated by {said.persons} of {unmet.persons} people"
        return text, f"another person runs: prodworthy second {view.named} {said.number}"
    text = "nobody has stated it" if said is None else f"the statement of {date_text(said.at)} is too old for the tier"
    return text, attest_step(view, criterion.id)


def _enforce(view: View, criterion: Criterion, unmet: Requirement, found: Found) -> tuple[str, str]:
    declared = view.claims.get("controls", {}).get(criterion.id)
    if declared is None:
        if view.installed is not None and criterion.id not in view.installed.fields["controls"]:
            return "this version has no control for it", _waive(view, criterion.id)
        return "no control is declared", f"name {criterion.id} under `controls` in the manifest, then apply it"
    if Grade.OBSERVED not in unmet.grades and declared[0] != "enforce":
        return "observed only", f"set `mode: enforce` for {criterion.id} in the manifest, then apply it"
    seen = found.enforced
    if seen is None or seen.traffic != LIVE:
        return "no live traffic to enforce it on yet", "serve live traffic within the caps of the stage"
    if seen.enforced < share(unmet):
        least = _percent(share(unmet))
        text = f"enforced on {_percent(seen.enforced)} of {seen.released} exchanges, {least} are asked for"
        return text, "wait until the window holds exchanges since the control was declared"
    return f"enforced for {seen.spanned} of {unmet.window_days} days", "go on: time is all that is missing"


def attest_step(view: View, subject: str) -> str:
    """The verb by which a person states something of a criterion."""
    return f'prodworthy attest {view.named} {subject} --statement "…"'


def drill_step(view: View, criterion: str) -> str:
    """The verb that runs the drill of a criterion, or what to do where this version has none."""
    name = DRILLS.get(criterion)
    if name is None:
        return f"this version has no drill for it; {_waive(view, criterion)}"
    return f"prodworthy drill run {name} -w {view.named}"


def actionable(step: str) -> bool:
    """Whether a step closes the gap, and is not a waiver for want of a control or a drill in this version."""
    return _UNTIL_THEN not in step


_UNTIL_THEN = "until then waive it with a compensating control"


def _waive(view: View, criterion: str) -> str:
    return f"{_UNTIL_THEN}: prodworthy waive {view.named} {criterion} …"


def _percent(millionths: int) -> str:
    tenths = millionths * 1000 // MILLION
    return f"{tenths // 10}.{tenths % 10} %"
