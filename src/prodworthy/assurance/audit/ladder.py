"""The four questions, answered by evidence; and the stage that follows from the answers.

Before the first real user two things are asked that are ours, not the institute's: the kill switch has been drilled,
and where personal data is declared somebody has stated its basis and place. What expires later takes a workload back
to Pilot, never to nothing: Experiment comes back only when nothing real is declared or seen any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prodworthy.assurance.audit.assessing import HOLDS_NOTHING_BACK, PROVEN, Assessment
from prodworthy.assurance.audit.contradictions import Contradiction
from prodworthy.assurance.audit.next_steps import actionable, drill_step
from prodworthy.assurance.audit.scoring import DomainLevel
from prodworthy.assurance.audit.view import DAY, View, date_text
from prodworthy.policy.core.evidence import LIVE
from prodworthy.policy.standard.standard import Standard

EXPERIMENT, PILOT, PRODUCTION, SCALED = "experiment", "pilot", "production", "scaled"
KILL, PLACE, RECORD, PAGES = "PSF-6.4", "PSF-3.4", "PSF-4.1", "PSF-4.3"


@dataclass(frozen=True, slots=True)
class Need:
    """Something that is missing for the answer yes: what, the one step to take, and the criterion if it is one."""

    text: str
    step: str
    criterion: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One question: yes or no, why, and what is missing for a yes."""

    number: int
    question: str
    yes: bool
    why: str
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What the questions are answered from."""

    view: View
    standard: Standard
    assessments: Sequence[Assessment]
    domains: Sequence[DomainLevel]
    contradictions: tuple[Contradiction, ...]

    def of(self, criterion: str) -> Assessment:
        """The assessment of one criterion."""
        return next(one for one in self.assessments if one.criterion == criterion)


def answers(judged: Judged) -> tuple[Answer, ...]:
    """All four, whatever the first says."""
    asked = (_real, _watched, _controlled, _reviewed)
    found = []
    for question, needs_of in zip(judged.standard.document.question, asked, strict=True):
        needs = tuple(needs_of(judged))
        why = needs[0].text if needs else _YES[question.id]
        found.append(Answer(question.id, question.text, not needs, why, needs))
    return tuple(found)


_YES = {
    1: "real users or customer data, within declared caps",
    2: "on call, paged and answered; every call recorded",
    3: "drilled within the bound, and every control that the tier requires is proven, waived or does not apply",
    4: "on the roster, and no review is overdue",
}


def earned(judged: Judged, given: Sequence[Answer]) -> str:
    """The stage that the answers give: that of the first no; with four times yes at least Production."""
    for answer in given:
        if not answer.yes:
            return next(one.no for one in judged.standard.document.question if one.id == answer.number)
    return SCALED if not scaling(judged) else PRODUCTION


def scaling(judged: Judged) -> tuple[Need, ...]:
    """What is missing for Scaled beyond four times yes, as people state it of the organisation."""
    workload = judged.view.named
    needs = []
    for subject, text in (
        ("value", "value and cost of the workload are not stated"),
        ("reuse", "several workloads in production that reuse controls are not stated"),
        ("concentration", "concentration and coupling of vendors are not stated"),
    ):
        if judged.view.stated("Attested", "subject", subject) is None:
            needs.append(Need(text, f'prodworthy attest {workload} {subject} --statement "…"'))
    return tuple(needs)


def is_real(view: View) -> bool:
    """Whether real users or customer data are on request: as declared, or as live traffic shows."""
    claims = view.claims
    live = any(LIVE in day.figures and day.figures[LIVE].released for day in view.window(30))
    return bool(claims) and (claims["users"]["real"] or claims["data"]["personal"] or live)


def _real(judged: Judged) -> list[Need]:
    view = judged.view
    if not view.claims:
        return [Need("no manifest is in force", "prodworthy apply MANIFEST")]
    if not is_real(view):
        text = "no real users or customer data are declared"
        if judged.contradictions:
            text = judged.contradictions[0].text
        return [Need(text, "declare `users.real: true` with caps in the manifest, then apply it"), *_caps(judged)]
    return _caps(judged)


def _caps(judged: Judged) -> list[Need]:
    """What must be there before the first real user; whoever serves real users already falls back no further."""
    claims, view = judged.view.claims, judged.view
    changed = view.last("StageChanged")
    if changed is not None and changed.fields["after"] != EXPERIMENT:
        return []
    needs = []
    if not claims["users"]["maximum"]:
        needs.append(Need("users have no cap", "declare `users.maximum`"))
    if claims["limits"]["rate"] is None:
        needs.append(Need("the rate has no cap", "declare `limits.rate`"))
    if not claims["data"]["classes"]:
        needs.append(Need("no class of data is declared", "declare `data.classes`"))
    drill = judged.of(KILL).evidence.exercised
    if drill is None or drill.outcome != "passed":
        text = "the kill switch was never drilled" if drill is None else f"the last kill drill is {drill.outcome}"
        needs.append(Need(text, drill_step(view, KILL), KILL))
    if claims["data"]["personal"] and judged.of(PLACE).evidence.attested is None:
        step = f'prodworthy attest {view.named} {PLACE} --statement "…"'
        needs.append(Need("nobody has stated basis and place of the personal data", step, PLACE))
    return needs


def _watched(judged: Judged) -> list[Need]:
    needs = []
    if not judged.view.claims.get("on_call"):
        needs.append(Need("nobody is on call", "declare `on_call` in the manifest"))
    for criterion, text in ((PAGES, "no answered page"), (RECORD, "not every call is proven to be recorded")):
        one = judged.of(criterion)
        if one.state != PROVEN:
            step = (
                one.step if actionable(one.step) else "this version has no means for it; a waiver answers no question"
            )
            needs.append(Need(f"{text}: {one.gap}", step, criterion))
    return needs


_NO_MEANS = "this version has no means for it, and a waiver does not answer this question"


def _controlled(judged: Judged) -> list[Need]:
    needs = []
    bound = judged.standard.document.figures.kill_seconds
    drill = judged.of(KILL).evidence.exercised
    if drill is None:
        needs.append(Need("the kill switch was never drilled", drill_step(judged.view, KILL), KILL))
    elif drill.outcome == "passed" and drill.duration > bound * 1_000_000:
        text = f"switching off took {drill.duration // 1_000_000} s, {bound} are allowed"
        needs.append(Need(text, drill_step(judged.view, KILL), KILL))
    for one in judged.assessments:
        if one.state not in HOLDS_NOTHING_BACK and (one.criterion != KILL or drill is not None):
            needs.append(Need(f"{one.criterion} {one.title}: {one.gap}", one.step, one.criterion))
    for domain in judged.domains:
        if not domain.ready:
            text = (
                f"{domain.domain} {domain.name} is at {_tenths(domain.tenths)}, {_tenths(domain.least)} are asked for"
            )
            needs.append(Need(text, "close the gaps of its controls"))
    return needs


def _reviewed(judged: Judged) -> list[Need]:
    view = judged.view
    if not view.claims:
        return [Need("no manifest is in force", "prodworthy apply MANIFEST")]
    interval = view.claims["review"]["interval_days"]
    held = [one.at for one in view.operations if one.kind == "Attested" and one.fields["subject"] == "review"]
    entered = [one.at for one in view.operations if one.kind == "StageChanged" and one.fields["after"] == PRODUCTION]
    due = max([*held, *entered[:1]], default=view.at) + interval * DAY
    if due >= view.at:
        return []
    step = f'prodworthy attest {view.named} review --statement "…"'
    return [Need(f"the review was due on {date_text(due)}", step)]


def _tenths(value: int) -> str:
    return f"{value // 10}.{value % 10}"
