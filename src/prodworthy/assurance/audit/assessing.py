"""One assessment per criterion: what is proven, how, how fresh, and what is missing.

No evidence is never a pass, a drill that could not run is incomplete, and a waiver is shown as a waiver. Every
assessment names its producer, method, sampling frame, window, the digest of the control, the standard and the leaves
of the ledger that it rests on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from prodworthy.assurance.audit.applicability import Exemption, exemption
from prodworthy.assurance.audit.grades import Coverage, Found, found
from prodworthy.assurance.audit.levels import level, requirements, satisfied
from prodworthy.assurance.audit.next_steps import missing
from prodworthy.assurance.audit.view import View
from prodworthy.policy.standard.standard import Standard
from prodworthy.policy.standard.values import Criterion, Requirement

PROVEN, OPEN, FAILED, INCOMPLETE, WAIVED, NOT_APPLICABLE = (
    "proven",
    "open",
    "failed",
    "incomplete",
    "waived",
    "not_applicable",
)
HOLDS_NOTHING_BACK = frozenset({PROVEN, WAIVED, NOT_APPLICABLE})
"""States that hold no stage back. Only `proven` is a pass."""

PRODUCER = "prodworthy/assurance/audit"
WINDOW = 30
"""Days of traffic that are looked at where the requirement names none."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A criterion that is not met, which somebody accepted: what stands in for it, until when, by how many people."""

    number: int
    until: int
    compensating: str
    reason: str
    persons: int
    leaves: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the evidence says of one criterion.

    `level` is 0 to 5. `required` names the grades that the tier asks for, one entry for each group, `met` those that
    are there. `mode` is how the control is declared, "" for not at all. `window` is in days.
    """

    criterion: str
    domain: str
    title: str
    state: str
    level: int
    required: tuple[str, ...]
    met: tuple[str, ...]
    gap: str
    step: str
    evidence: Found
    waiver: Waiver | None
    exempt: Exemption | None
    mode: str
    control_digest: str
    producer: str
    method: str
    frame: str
    window: int
    standard: str
    leaves: tuple[int, ...]


def assess_criterion(view: View, standard: Standard, criterion: Criterion) -> Assessment:
    """Judge one criterion."""
    asked = requirements(standard, criterion.id, view.claims.get("tier", "medium"))
    window = next((one.window_days for one in asked if one.window_days), WINDOW)
    seen = found(view, criterion.id, window)
    unmet = tuple(one for one in asked if not satisfied(one, seen, view.at))
    exempt, waiver = exemption(view, criterion.id), _waiver(view, criterion.id)
    state = _state(exempt, unmet, seen, waiver)
    gap, step = missing(view, criterion, unmet[0] if unmet else None, seen)
    settled = state in (PROVEN, NOT_APPLICABLE)
    mode, digest = _control(view, criterion.id)
    return Assessment(
        criterion=criterion.id,
        domain=criterion.domain,
        title=criterion.title,
        state=state,
        level=0 if state == NOT_APPLICABLE else level(view, standard, asked, seen),
        required=tuple(map(_named, asked)),
        met=tuple(_named(one) for one in asked if one not in unmet),
        gap="" if settled else gap,
        step="" if settled else step,
        evidence=seen,
        waiver=waiver if state == WAIVED else None,
        exempt=exempt,
        mode=mode,
        control_digest=digest,
        producer=PRODUCER,
        method=_method(seen),
        frame=_frame(seen.enforced),
        window=window,
        standard=f"{standard.publication.id} {standard.publication.version} sha256:{standard.digest}",
        leaves=_leaves(view, seen, waiver, exempt),
    )


def _state(exempt: Exemption | None, unmet: tuple[Requirement, ...], seen: Found, waiver: Waiver | None) -> str:
    if exempt is not None:
        return NOT_APPLICABLE
    last = seen.exercised.outcome if seen.exercised is not None else ""
    if not unmet and last != FAILED:
        return PROVEN
    if waiver is not None:
        return WAIVED
    return last if last in (FAILED, INCOMPLETE) else OPEN


def _named(requirement: Requirement) -> str:
    return " or ".join(requirement.grades)


def _waiver(view: View, criterion: str) -> Waiver | None:
    said = view.stated("Waived", "criterion", criterion)
    if said is None:
        return None
    fields = said.operation.fields
    return Waiver(
        said.operation.number,
        said.until,
        str(fields["compensating"]),
        str(fields["reason"]),
        len(said.persons),
        said.leaves,
    )


def _control(view: View, criterion: str) -> tuple[str, str]:
    """How the control is declared, and the digest of what decides: its module, its mode and its settings."""
    declared = view.claims.get("controls", {}).get(criterion)
    if declared is None:
        return "", ""
    mode, settings = declared
    module = view.installed.fields["controls"].get(criterion, "") if view.installed is not None else ""
    return str(mode), hashlib.sha256(f"{module}\n{mode}\n{settings}".encode()).hexdigest()


def _method(seen: Found) -> str:
    used = []
    if seen.enforced is not None:
        used.append("decisions counted in sealed journal segments")
    if seen.exercised is not None:
        used.append("drill through the front door")
    if seen.attested is not None:
        used.append("statement of a person")
    return "; ".join(used) or "none"


def _frame(seen: Coverage | None) -> str:
    if seen is None:
        return "no traffic in the window"
    return f"all {seen.released} released exchanges of {seen.traffic} traffic in the window"


def _leaves(view: View, seen: Found, waiver: Waiver | None, exempt: Exemption | None) -> tuple[int, ...]:
    """The leaves that it rests on, in order: for traffic the first and the last of the window."""
    leaves = {view.claims_leaf, view.installed.leaf if view.installed is not None else -1}
    leaves.update(seen.enforced.leaves if seen.enforced is not None else ())
    leaves.update((seen.exercised.leaf,) if seen.exercised is not None else ())
    for said in (seen.attested, waiver, exempt):
        leaves.update(said.leaves if said is not None else ())
    return tuple(sorted(leaves - {-1}))
