"""The judge: evidence, a standard and a time make one report, the same to the byte whoever asks and whenever.

What it refuses to do: guess. What the evidence does not hold is missing, and the report says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prodworthy.assurance.audit.assessing import HOLDS_NOTHING_BACK, Assessment, assess_criterion
from prodworthy.assurance.audit.contradictions import Contradiction, contradictions
from prodworthy.assurance.audit.expiring import Expiring, expiring
from prodworthy.assurance.audit.ladder import Answer, Judged, Need, answers, earned
from prodworthy.assurance.audit.next_steps import actionable
from prodworthy.assurance.audit.scoring import DomainLevel, domain_levels
from prodworthy.assurance.audit.standing import Freeze, InForce, freeze, in_force
from prodworthy.assurance.audit.view import View, view
from prodworthy.policy.core.evidence import Evidence
from prodworthy.policy.standard.standard import Standard

RECORD_FINDINGS = frozenset({"SpoolGap", "SpoolCorrupt", "SpoolCut", "GatewayLost", "ContentUnreadable"})
LONGEST_NEXT = 50


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the evidence says of one workload at a time.

    `earned` is the stage that the evidence gives, `standing` what is in force. `held_by` is the answer that holds the
    stage back. `next` is what to do, in order of effect. `incomplete` names what the recorder found missing.
    """

    tenant: str
    workload: str
    at: int
    ledger_size: int
    standard: str
    earned: str
    standing: InForce
    held_by: Answer | None
    answers: tuple[Answer, ...]
    freeze: Freeze
    ready: bool
    domains: tuple[DomainLevel, ...]
    controls: tuple[Assessment, ...]
    contradictions: tuple[Contradiction, ...]
    next: tuple[Need, ...]
    expiring: tuple[Expiring, ...]
    incomplete: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """The JSON form: whole numbers, text, lists and mappings only."""
        return {name: _plain(getattr(self, name)) for name in Report.__slots__}


def assess(evidence: Evidence, standard: Standard, at: int) -> Report:
    """Judge a workload at a time (Unix ns)."""
    seen = view(evidence, at)
    controls = tuple(assess_criterion(seen, standard, one) for one in standard.criteria)
    domains = domain_levels(standard, controls)
    judged = Judged(seen, standard, controls, domains, contradictions(seen))
    given = answers(judged)
    stage = earned(judged, given)
    held = next((one for one in given if not one.yes), None)
    frozen = freeze(judged)
    return Report(
        tenant=evidence.tenant,
        workload=evidence.workload,
        at=at,
        ledger_size=evidence.size,
        standard=f"{standard.publication.id} {standard.publication.version} sha256:{standard.digest}",
        earned=stage,
        standing=in_force(judged, stage, held, frozen),
        held_by=held,
        answers=given,
        freeze=frozen,
        ready=all(one.ready for one in domains),
        domains=domains,
        controls=controls,
        contradictions=judged.contradictions,
        next=_next(judged, held, frozen),
        expiring=expiring(judged),
        incomplete=_incomplete(seen),
    )


def _next(judged: Judged, held: Answer | None, frozen: Freeze) -> tuple[Need, ...]:
    """What to do, in order of effect: what holds the stage back, then what freezes, then the level to be gained.

    What this version has no means for comes after what it has.
    """
    steps = [*(held.needs if held is not None else ())]
    said = {one.text for one in steps}
    steps += [Need(one.text, one.step) for one in judged.contradictions if one.text not in said]
    named = {one.criterion for one in steps}
    open_controls = [
        one for one in judged.assessments if one.state not in HOLDS_NOTHING_BACK and one.criterion not in named
    ]
    freezing = {one.criterion for one in frozen.gaps}
    open_controls.sort(
        key=lambda one: (one.criterion not in freezing, not actionable(one.step), -_gain(judged.domains, one))
    )
    steps += [Need(f"{one.criterion} {one.title}: {one.gap}", one.step, one.criterion) for one in open_controls]
    return tuple(steps[:LONGEST_NEXT])


def _gain(domains: Sequence[DomainLevel], one: Assessment) -> int:
    """What closing a gap adds to its domain, in tenths: to level 3, which evidence of either kind gives."""
    domain = next(each for each in domains if each.domain == one.domain)
    return max(3 - one.level, 0) * 10 // domain.applicable + (0 if domain.ready else 1)


def _incomplete(seen: View) -> tuple[str, ...]:
    found: dict[str, int] = {}
    for one in seen.operations:
        if one.kind in RECORD_FINDINGS:
            found[one.kind] = found.get(one.kind, 0) + 1
    return tuple(f"{kind}: {count}" for kind, count in sorted(found.items()))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        return str(value)
    slots = getattr(value, "__slots__", None)  # a value of ours, and nothing else here has any
    return value if slots is None else {name: _plain(getattr(value, name)) for name in slots}
