"""The evidence on one workload as it was known at a time, laid out for judging.

What counts of the statements of people: what was not withdrawn and has not expired, with everybody who stands behind
it. A statement is one person's until another seconds it; whoever seconds their own adds nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from prodworthy.policy.core.evidence import ByClass, Day, Evidence, Operation, summed

DAY = 86_400 * 10**9
STATEMENTS = frozenset({"Attested", "NotApplied", "Waived", "Overridden"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person said and still stands; `persons` are the pseudonyms of all who stand behind it."""

    operation: Operation
    persons: frozenset[str]
    leaves: tuple[int, ...]

    @property
    def until(self) -> int:
        """When it expires (Unix ns)."""
        return int(self.operation.fields["until"])


@dataclass(frozen=True, slots=True)
class View:
    """What was known at `at`. `claims` is empty before the first manifest was declared."""

    evidence: Evidence
    at: int
    claims: Mapping[str, Any]
    claims_leaf: int
    days: tuple[Day, ...]
    operations: tuple[Operation, ...]
    statements: tuple[Statement, ...]
    installed: Operation | None
    sums: dict[int, ByClass] = field(default_factory=dict, compare=False, repr=False)

    @property
    def named(self) -> str:
        """The workload as verbs take it: with its tenant, unless that is `default`."""
        evidence = self.evidence
        return evidence.workload if evidence.tenant == "default" else f"{evidence.tenant}/{evidence.workload}"

    def window(self, days: int) -> tuple[Day, ...]:
        """The days (UTC) of the last `days` days, the day of `at` among them."""
        first = day_name(self.at - (days - 1) * DAY)
        return tuple(day for day in self.days if day.day >= first)

    def figures(self, days: int) -> ByClass:
        """The figures of the last `days` days together, by class of traffic; added up once and kept in `sums`."""
        if days not in self.sums:
            self.sums[days] = summed(day.figures for day in self.window(days))
        return self.sums[days]

    def stated(self, kind: str, field: str, value: str) -> Statement | None:
        """The newest statement in force of a kind about one thing."""
        found = [one for one in self.statements if one.operation.kind == kind]
        return next((one for one in reversed(found) if field == "" or one.operation.fields[field] == value), None)

    def drilled(self, criterion: str) -> tuple[Operation, ...]:
        """The drills that exercised a criterion, oldest first."""
        drills = [one for one in self.operations if one.kind == "Drilled"]
        return tuple(one for one in drills if criterion in one.fields["criteria"])

    def last(self, *kinds: str) -> Operation | None:
        """The newest operation of these kinds."""
        return next((one for one in reversed(self.operations) if one.kind in kinds), None)


def view(evidence: Evidence, at: int) -> View:
    """The evidence that was there at a time (Unix ns): days that had begun, and operations until then."""
    today = day_name(at)
    operations = tuple(one for one in evidence.operations if one.at <= at)
    declared = next((one for one in reversed(operations) if one.kind == "Declared"), None)
    return View(
        evidence,
        at,
        declared.fields["claims"] if declared else {},
        declared.leaf if declared else -1,
        tuple(day for day in evidence.days if day.day <= today),
        operations,
        _in_force(operations, at),
        next((one for one in reversed(operations) if one.kind == "Installed"), None),
    )


def leaves_of(days: tuple[Day, ...]) -> tuple[int, int] | None:
    """The first and the last leaf that the figures of these days stand in, None for no days."""
    return (min(day.first_leaf for day in days), max(day.last_leaf for day in days)) if days else None


def day_name(at: int) -> str:
    """The day (`YYYYMMDD`, UTC) of a time (Unix ns)."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at // 10**9)).strftime("%Y%m%d")


def date_text(at: int) -> str:
    """A time (Unix ns) as a date (UTC) to read."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at // 10**9)).strftime("%Y-%m-%d")


def day_start(day: str) -> int:
    """The first nanosecond of a day (`YYYYMMDD`, UTC)."""
    return int(datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).timestamp()) * 10**9


def _in_force(operations: tuple[Operation, ...], at: int) -> tuple[Statement, ...]:
    withdrawn = {one.fields["event"] for one in operations if one.kind == "Withdrawn"}
    seconds: dict[int, list[Operation]] = {}
    for one in operations:
        if one.kind == "Seconded" and one.number not in withdrawn:
            seconds.setdefault(one.fields["event"], []).append(one)
    found = []
    for one in operations:
        if one.kind in STATEMENTS and one.number not in withdrawn and one.fields["until"] > at:
            others = seconds.get(one.number, [])
            persons = frozenset({one.person, *(other.person for other in others)})
            found.append(Statement(one, persons, (one.leaf, *(other.leaf for other in others))))
    return tuple(found)
