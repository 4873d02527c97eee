"""Evidence from statements: the same figures and operations for whoever has the same statements and openings.

An event counts when all of its fields that are open by default were opened; one that was closed, for example because
its salt was destroyed, is no evidence. What was sealed after the time that is judged was not known then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prodworthy.assurance.audit.view import day_name
from prodworthy.policy.core.evidence import Day, Evidence, Operation
from prodworthy.record.sealing.commitment import BODY, opened_by_default
from prodworthy.record.sealing.forms import OperationForm, TrafficForm
from prodworthy.record.sealing.summing import added

OF_ALL = frozenset({"Installed", "SpoolGap", "SpoolCorrupt", "SpoolCut", "GatewayLost", "ContentUnreadable", "Swept"})
"""Kinds of events of the whole installation that are evidence on each workload."""


@dataclass(slots=True)
class Sums:
    """What the statements of one chain come to."""

    days: dict[str, Day] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    traffic: int = 0
    closed: int = 0

    def traffic_of(self, form: TrafficForm, leaf: int) -> None:
        """Add a statement of traffic that stands at `leaf`."""
        self.traffic += 1
        for name, figures in form.days.items():
            before = self.days.get(name) or Day(name, {}, leaf, leaf, 0)
            sums = added(before.figures, figures)
            self.days[name] = Day(name, sums, before.first_leaf, max(before.last_leaf, leaf), before.leaves + 1)

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
    days = tuple(own.days[name] for name in sorted(own.days) if name <= day_name(at))
    return Evidence(*place, days, tuple(operations), size)
