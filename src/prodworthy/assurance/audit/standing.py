"""The stage in force: it rises as soon as it is earned, and falls after a declared grace of which the owner is told.

The past is read from the record itself (`StageChanged`, `StageWarned`), so the same record gives the same stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prodworthy.assurance.audit.applicability import seen
from prodworthy.assurance.audit.assessing import HOLDS_NOTHING_BACK, WAIVED
from prodworthy.assurance.audit.ladder import EXPERIMENT, Answer, Judged, Need
from prodworthy.assurance.audit.next_steps import actionable
from prodworthy.assurance.audit.view import DAY, View
from prodworthy.policy.core.evidence import PERSONAL_DATA, TOOL_CALLS

MOST_REASONS = 10
TWO_PEOPLE = 2


@dataclass(frozen=True, slots=True)
class Freeze:
    """Whether caps can be widened: a Pilot with personal data or tools and open gaps in certain domains is frozen."""

    frozen: bool
    why: str
    gaps: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """An emergency that two people answer for: the stage that is in force instead, until when, and the leaves."""

    number: int
    stage: str
    reason: str
    until: int
    leaves: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Movement:
    """An event that is due: its kind and its fields, as `operations/acts.py` has them."""

    kind: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class InForce:
    """The stage in force and since when; when it will fall, if evidence is missing; and what is due to be recorded."""

    stage: str
    since: int
    falls_to: str
    falls_at: int
    override: Override | None
    movement: Movement | None


def freeze(judged: Judged) -> Freeze:
    """Whether a workload in the stage of the freeze rule, doing one of its things, has an open gap in its domains.

    A waiver closes no gap.
    """
    rule, view = judged.standard.document.freeze, judged.view
    data = view.claims.get("data", {}).get("personal", False) or seen(view, PERSONAL_DATA) > 0
    tools = bool(view.claims.get("tools")) or seen(view, TOOL_CALLS) > 0
    does = [text for name, text in _DOES.items() if name in rule.when and {"personal_data": data, "tools": tools}[name]]
    gaps = tuple(
        Need(f"{one.criterion} {one.title}: {one.gap or 'waived'}", _closing(one.step), one.criterion)
        for one in judged.assessments
        if one.domain in rule.domains and (one.state not in HOLDS_NOTHING_BACK or one.state == WAIVED)
    )
    frozen = bool(does and gaps)
    why = f"it {' and '.join(does)}, with open gaps in {', '.join(rule.domains)}" if frozen else ""
    return Freeze(frozen, why, gaps if does else ())


def _closing(step: str) -> str:
    """A step that closes a gap; a waiver does not."""
    return step if actionable(step) else "this version has no means for it; an override by two people lifts the freeze"


_DOES = {"personal_data": "handles personal data", "tools": "executes tools"}


def in_force(judged: Judged, earned: str, held: Answer | None, frozen: Freeze) -> InForce:
    """The stage in force at the time of the view, and the event that is due, if one is."""
    view = judged.view
    order = [one.id for one in judged.standard.document.stage]
    changed = view.last("StageChanged")
    stage = str(changed.fields["after"]) if changed is not None else EXPERIMENT
    since = changed.at if changed is not None else 0
    reasons = [one.text for one in held.needs[:MOST_REASONS]] if held is not None else []
    warning = _warning(view, since)
    override = _override(view)
    movement: Movement | None = None
    falls_to, falls_at = ("", 0) if warning is None else (str(warning["falls_to"]), int(warning["falls_at"]))
    if order.index(earned) > order.index(stage):
        movement = Movement("StageChanged", _change(stage, earned, frozen, ["the evidence is there"]))
    elif order.index(earned) < order.index(stage):
        if warning is None:
            grace = int(view.claims.get("grace_days", 7)) * DAY
            fields = {"stage": stage, "falls_to": earned, "falls_at": view.at + grace, "reasons": reasons}
            movement = Movement("StageWarned", fields)
        elif falls_at <= view.at:
            movement = Movement("StageChanged", _change(stage, earned, frozen, reasons))
    elif warning is not None:
        movement = Movement("StageChanged", _change(stage, stage, frozen, ["the evidence is there again"]))
    return InForce(override.stage if override else stage, since, falls_to, falls_at, override, movement)


def _change(before: str, after: str, frozen: Freeze, reasons: list[str]) -> dict[str, Any]:
    return {"before": before, "after": after, "frozen": frozen.frozen, "reasons": reasons}


def _warning(view: View, since: int) -> Mapping[str, Any] | None:
    """The warning that stands: given after the last change of the stage."""
    last = view.last("StageWarned", "StageChanged")
    return last.fields if last is not None and last.kind == "StageWarned" and last.at >= since else None


def _override(view: View) -> Override | None:
    """The newest override in force that two people stand behind."""
    for said in reversed(view.statements):
        if said.operation.kind == "Overridden" and len(said.persons) >= TWO_PEOPLE:
            fields = said.operation.fields
            return Override(said.operation.number, fields["stage"], fields.get("reason", ""), said.until, said.leaves)
    return None
