"""Evidence as a judge reads it: figures of traffic by day, and what people and drills put on record.

Values that add up, and nothing else: whoever sums the same leaves gets the same figures. Only the standard library is
used here, because the offline verifier is made of this module too. All numbers are whole, so that the JSON form is the
same to every reader. Times are Unix nanoseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

TRAFFIC = "https://prodworthy.example/traffic/v1"
OPERATION = "https://prodworthy.example/operation/v1"
PACK = "https://prodworthy.example/pack/v1"

LIVE, TEST, DRILL = "live", "test", "drill"
"""Classes of traffic, by the key that was used: real users; synthetic or test traffic; a drill."""

CLASSES = (LIVE, TEST, DRILL)

RELEASED = frozenset({"answered", "replaced"})
"""The ends of an exchange whose answer reached the caller: what a control can have missed."""

PERSONAL_DATA, SECRETS, TOOLS_OFFERED, TOOL_CALLS, UNDECLARED_TOOLS = (
    "personal_data",
    "secrets",
    "tools_offered",
    "tool_calls",
    "undeclared_tools",
)
"""Signs: exchanges in which that was seen."""

MOST_NAMES = 200
"""Entries of a mapping in one set of figures; further names are counted under `…`."""

OTHER = "…"


class EvidenceFault(Exception):
    """What should be evidence is not: the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """One control in one class of traffic: exchanges by outcome, where it was enforced and where it was observed.

    `covered` and `watched` count the released exchanges on which it decided, enforced and observed.
    """

    enforced: Mapping[str, int] = field(default_factory=dict)
    observed: Mapping[str, int] = field(default_factory=dict)
    covered: int = 0
    watched: int = 0

    def plus(self, other: Tally) -> Tally:
        """The sum of both."""
        return Tally(
            _sum(self.enforced, other.enforced),
            _sum(self.observed, other.observed),
            self.covered + other.covered,
            self.watched + other.watched,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """What the exchanges of one class of traffic come to: how many ended, how, by which release and model.

    `released`: see RELEASED. `models` are `vendor/model` as answered. `first` and `last` are when the first and the
    last of them ended, 0 where there is none.
    """

    exchanges: int = 0
    released: int = 0
    ends: Mapping[str, int] = field(default_factory=dict)
    releases: Mapping[str, int] = field(default_factory=dict)
    models: Mapping[str, int] = field(default_factory=dict)
    signs: Mapping[str, int] = field(default_factory=dict)
    controls: Mapping[str, Tally] = field(default_factory=dict)
    first: int = 0
    last: int = 0

    def plus(self, other: Figures) -> Figures:
        """The sum of both; adding in any order gives the same."""
        names = sorted(self.controls.keys() | other.controls.keys())
        none = Tally()
        return Figures(
            self.exchanges + other.exchanges,
            self.released + other.released,
            _sum(self.ends, other.ends),
            _sum(self.releases, other.releases),
            _sum(self.models, other.models),
            _sum(self.signs, other.signs),
            {name: self.controls.get(name, none).plus(other.controls.get(name, none)) for name in names},
            min(filter(None, (self.first, other.first)), default=0),
            max(self.last, other.last),
        )

    def plain(self) -> dict[str, Any]:
        """The JSON form: names in order, nothing left out."""
        return {
            "exchanges": self.exchanges,
            "released": self.released,
            "ends": dict(self.ends),
            "releases": dict(self.releases),
            "models": dict(self.models),
            "signs": dict(self.signs),
            "controls": {
                name: {
                    "enforced": dict(one.enforced),
                    "observed": dict(one.observed),
                    "covered": one.covered,
                    "watched": one.watched,
                }
                for name, one in self.controls.items()
            },
            "first": self.first,
            "last": self.last,
        }


ByClass = Mapping[str, Figures]
"""Figures by class of traffic; a class without exchanges may be missing."""


def figures(plain: object) -> Figures:
    """Figures from their JSON form. Raises EvidenceFault for anything else."""
    fields = _fields(plain, Figures.__slots__)
    controls = fields["controls"]
    if not isinstance(controls, dict):
        raise EvidenceFault("controls must be a mapping")
    tallies = {_text(name): _tally(one) for name, one in controls.items()}
    return Figures(
        _number(fields["exchanges"]),
        _number(fields["released"]),
        _counts(fields["ends"]),
        _counts(fields["releases"]),
        _counts(fields["models"]),
        _counts(fields["signs"]),
        tallies,
        _number(fields["first"]),
        _number(fields["last"]),
    )


def by_class(plain: object) -> dict[str, Figures]:
    """Figures by class of traffic from their JSON form. Raises EvidenceFault."""
    if not isinstance(plain, dict) or not plain.keys() <= set(CLASSES):
        raise EvidenceFault(f"figures must be a mapping by class of traffic ({', '.join(CLASSES)})")
    return {name: figures(plain[name]) for name in sorted(plain)}


def merged(one: ByClass, other: ByClass) -> dict[str, Figures]:
    """The sum of both, class by class."""
    none = Figures()
    return {name: one.get(name, none).plus(other.get(name, none)) for name in sorted(one.keys() | other.keys())}


def summed(many: Iterable[ByClass]) -> dict[str, Figures]:
    """The sum of all, class by class: what merging them one by one gives, in one go."""
    parts: dict[str, list[Figures]] = {}
    for one in many:
        for name, some in one.items():
            parts.setdefault(name, []).append(some)
    return {name: _total(parts[name]) for name in sorted(parts)}


@dataclass(frozen=True, slots=True)
class Day:
    """What was sealed of one day (`YYYYMMDD`, UTC, by the end of the exchanges), and in which leaves of the ledger."""

    day: str
    figures: ByClass
    first_leaf: int
    last_leaf: int
    leaves: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One event of people or drills: its number in the record, its kind, when, its fields, and its leaf.

    `person` is a keyed pseudonym of who acted: the same person has the same one, and nobody can be named from it.
    """

    number: int
    kind: str
    at: int
    person: str
    fields: Mapping[str, Any]
    leaf: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All evidence on one workload in a ledger of `size` leaves: days in order, operations by number.

    Operations of the whole installation are among them: `Installed`, and what the recorder found missing.
    """

    tenant: str
    workload: str
    days: tuple[Day, ...]
    operations: tuple[Operation, ...]
    size: int


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + other.get(name, 0) for name in sorted(one.keys() | other.keys())}


def _total(parts: list[Figures]) -> Figures:
    tallies: dict[str, list[Tally]] = {}
    for one in parts:
        for name, tally in one.controls.items():
            tallies.setdefault(name, []).append(tally)
    return Figures(
        sum(one.exchanges for one in parts),
        sum(one.released for one in parts),
        _sums(one.ends for one in parts),
        _sums(one.releases for one in parts),
        _sums(one.models for one in parts),
        _sums(one.signs for one in parts),
        {name: _tallied(tallies[name]) for name in sorted(tallies)},
        min((one.first for one in parts if one.first), default=0),
        max(one.last for one in parts),
    )


def _tallied(parts: list[Tally]) -> Tally:
    return Tally(
        _sums(one.enforced for one in parts),
        _sums(one.observed for one in parts),
        sum(one.covered for one in parts),
        sum(one.watched for one in parts),
    )


def _sums(many: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in many:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return {name: total[name] for name in sorted(total)}


def _tally(plain: object) -> Tally:
    fields = _fields(plain, Tally.__slots__)
    return Tally(
        _counts(fields["enforced"]),
        _counts(fields["observed"]),
        _number(fields["covered"]),
        _number(fields["watched"]),
    )


def _fields(plain: object, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(plain, dict) or plain.keys() != set(names):
        raise EvidenceFault(f"must be a mapping with exactly {', '.join(names)}")
    return plain


def _counts(plain: object) -> dict[str, int]:
    if not isinstance(plain, dict):
        raise EvidenceFault("counts must be a mapping")
    return {_text(name): _number(plain[name]) for name in sorted(plain)}


def _number(plain: object) -> int:
    if type(plain) is not int or plain < 0:
        raise EvidenceFault("a count must be a whole number, not negative")
    return plain


def _text(plain: object) -> str:
    if not isinstance(plain, str):
        raise EvidenceFault("a name must be text")
    return plain
