"""Evidence from statements: the same figures and operations for whoever has the same statements and openings.

An event counts when all of its fields that are open by default were opened; one that was closed, for example because
its salt was destroyed, is no evidence. What was sealed after the time that is judged was not known then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prodworthy.assurance.audit.pack.adding import Adding
from prodworthy.assurance.audit.view import day_name
from prodworthy.policy.core.evidence import Day, Evidence, Operation
from prodworthy.record.sealing.commitment import BODY, opened_by_default
from prodworthy.record.sealing.forms import OperationForm, TrafficForm

OF_ALL = frozenset({"Installed", "SpoolGap", "SpoolCorrupt", "SpoolCut", "GatewayLost", "ContentUnreadable", "Swept"})
"""Kinds of events of the whole installation that are evidence on each workload."""


@dataclass(slots=True)
class _Adding:
    """One day that is being added up."""

    first: int
    last: int
    leaves: int = 0
    classes: dict[str, Adding] = field(default_factory=dict)

    def day(self, name: str) -> Day:
        """The day of this name."""
        figures = {each: one.figures() for each, one in sorted(self.classes.items())}
        return Day(name, figures, self.first, self.last, self.leaves)


@dataclass(slots=True)
class Sums:
    """What the statements of one chain come to."""

    operations: list[Operation] = field(default_factory=list)
    traffic: int = 0
    closed: int = 0
    _days: dict[str, _Adding] = field(default_factory=dict)

    def traffic_of(self, form: TrafficForm, leaf: int) -> None:
        """Add a statement of traffic that stands at `leaf`."""
        self.traffic += 1
        for name, classes in form.days.items():
            day = self._days.get(name)
            if day is None:
                day = self._days[name] = _Adding(leaf, leaf)
            day.last, day.leaves = leaf, day.leaves + 1
            for each, figures in classes.items():
                if each not in day.classes:
                    day.classes[each] = Adding()
                day.classes[each].add(figures)

    def days(self) -> tuple[Day, ...]:
        """The days, in order."""
        return tuple(day.day(name) for name, day in sorted(self._days.items()))

    def operation_of(self, form: OperationForm, leaf: int, opened: Mapping[str, Any]) -> None:
        """Add an operation that stands at `leaf`, of which these fields were opened, each checked."""
        shown = opened_by_default(form.kind, form.fields)
        if BODY in form.fields or not opened.keys() >= set(shown):
            self.closed += 1
            return
        said = {name: opened[name] for name in shown}
        self.operations.append(Operation(form.event, form.kind, form.at, form.person, said, leaf))


def evidence_of(place: tuple[str, str], own: Sums, installation: Sums, size: int, at: int) -> Evidence:
    """The evidence on the workload at `place`, (tenant, workload), in a ledger of `size` leaves, as known at `at`."""
    wide = [one for one in installation.operations if one.kind in OF_ALL]
    operations = sorted((one for one in [*own.operations, *wide] if one.at <= at), key=lambda one: one.number)
    days = tuple(day for day in own.days() if day.day <= day_name(at))
    return Evidence(*place, days, tuple(operations), size)
