"""What a batch took of each workload, as segments: which frames, their Merkle root, and what they come to.

The root is that of RFC 6962 over the bodies of the frames as the journal has them, in order of their sequence: any one
of them can be shown to belong to it. The figures are those of the Completed events among them, by day (UTC, of the end
of the exchange) and class of traffic; a segment whose figures would be too large for a leaf of the ledger is halved.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from prodworthy.policy.core.events import Completed, Decided, JournalEvent
from prodworthy.policy.core.evidence import (
    CLASSES,
    OTHER,
    PERSONAL_DATA,
    RELEASED,
    SECRETS,
    TEST,
    TOOL_CALLS,
    TOOLS_OFFERED,
    UNDECLARED_TOOLS,
    Figures,
    Tally,
)
from prodworthy.policy.core.manifest import Mode
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.verdict import Outcome
from prodworthy.record.journal.days import DAY, day_of
from prodworthy.record.journal.figures import bounded, bounded_time
from prodworthy.record.journal.frames import Unknown
from prodworthy.record.ledger.merkle import leaf_hash, root_of
from prodworthy.record.sealing.summing import added, limited

LARGEST_FIGURES = 30_000
"""Bytes of the figures of one segment: with its place and signature they fit into a leaf of 65,535 bytes."""

MOST_DECISIONS = 100
"""Controls of one exchange that are counted by name."""

T = TypeVar("T")

UNDECIDED = "undecided"
"""The outcome of a control that had no measurement to decide on; a block where it is enforced, and never a pass."""

ReleaseOf = Callable[[Completed], str]
"""The release that served an exchange, "" where nobody knows."""

_SIGNS = {"PSF-3.1": PERSONAL_DATA, "PSF-7.3": SECRETS}
_CANNOT_DECIDE = Code.CANNOT_DECIDE.value


Framed = tuple[int, bytes, Completed | None]
"""One frame: its sequence, its body as the journal has it, and its event if that ends an exchange."""


class Segments:
    """The segments of one batch of one gateway."""

    def __init__(self, gateway: str) -> None:
        """Nothing yet."""
        self._gateway = gateway
        self._frames: dict[tuple[str, str], list[Framed]] = {}

    def add(self, row: dict[str, Any], event: JournalEvent | Unknown) -> None:
        """Add a frame by its row of the journal, in order of their sequence."""
        frame = (row["sequence"], row["body"], event if isinstance(event, Completed) else None)
        place = row["tenant"], row["workload"]
        frames = self._frames.get(place)
        if frames is None:
            self._frames[place] = [frame]
        else:
            frames.append(frame)

    def rows(self, taken_at: int, release_of: ReleaseOf) -> list[dict[str, Any]]:
        """The rows of the table of segments, taken at this time (Unix nanoseconds)."""
        rows = []
        for (tenant, workload), frames in sorted(self._frames.items()):
            for part, figures in divided(frames, release_of):
                row = {"tenant": tenant, "workload": workload, "gateway": self._gateway, "taken_at": taken_at}
                row |= {"first": part[0][0], "last": part[-1][0], "count": len(part), "leaf": None}
                rows.append(row | {"root": root_of(leaf_hash(body) for _, body, _ in part), "figures": figures})
        return rows


def divided(frames: list[Framed], release_of: ReleaseOf) -> Iterable[tuple[list[Framed], str]]:
    """The frames in parts whose figures are not too large, with these figures (JSON, by day and class)."""
    figures = _figures([ended for _, _, ended in frames if ended is not None], release_of)
    if len(figures.encode()) <= LARGEST_FIGURES or len(frames) == 1:
        return [(frames, figures)]
    half = len(frames) // 2
    return [*divided(frames[:half], release_of), *divided(frames[half:], release_of)]


def _figures(ended: list[Completed], release_of: ReleaseOf) -> str:
    sums: dict[tuple[int, str], _Sum] = {}
    for event in ended:
        key = event.at // DAY, event.traffic
        found = sums.get(key)
        if found is None:
            found = sums[key] = _Sum()
        found.add(event, release_of(event))
    days: dict[str, dict[str, Figures]] = {}
    for (day, traffic), one in sums.items():
        classes = days.setdefault(day_of("", day * DAY), {})
        name = traffic if traffic in CLASSES else TEST
        classes[name] = added({name: classes.get(name, Figures())}, {name: one.figures()})[name]
    plain = {day: {name: one.plain() for name, one in classes.items()} for day, classes in days.items()}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class _Alike(NamedTuple):
    """All that counts of an exchange: most exchanges of a batch are alike, and are counted together."""

    end: str
    release: str
    vendor: str
    model: str
    decisions: tuple[Decided, ...]
    offered: bool
    called: bool
    undeclared: bool


class _Sum:
    """Figures that are being counted."""

    __slots__ = ("_alike", "_first", "_last")

    def __init__(self) -> None:
        self._alike: dict[tuple[Any, ...], int] = {}
        self._first, self._last = 2**63, 0

    def add(self, event: Completed, release: str) -> None:
        """Count one exchange."""
        at = event.at
        if at < self._first:
            self._first = at
        if at > self._last:
            self._last = at
        # a plain tuple, and a named one where it is read: this is done for every exchange
        tools = event.tools_offered > 0, event.tools > 0, event.undeclared > 0
        alike = (event.end, release, event.vendor, event.model, event.decisions, *tools)
        self._alike[alike] = self._alike.get(alike, 0) + 1

    def figures(self) -> Figures:
        """What was counted; of a mapping with too many names the most frequent ones."""
        ends, releases, models, signs = (Counter[str]() for _ in range(4))
        controls: dict[str, Tally] = {}
        for alike, count in self._alike.items():
            one = _Alike(*alike)
            ends[bounded(one.end, 20)] += count
            releases[bounded(one.release, 100) or OTHER] += count
            if one.vendor and one.model:
                models[bounded(f"{one.vendor}/{one.model}", 200)] += count
            for sign in _signs(one):
                signs[sign] += count
            for name, tally in _tallies(one, count):
                controls[name] = controls.get(name, Tally()).plus(tally)
        return limited(
            Figures(
                exchanges=ends.total(),
                released=sum(ends[name] for name in RELEASED),
                ends=_ordered(ends),
                releases=_ordered(releases),
                models=_ordered(models),
                signs=_ordered(signs),
                controls=_ordered(controls),
                first=bounded_time(self._first),
                last=bounded_time(self._last),
            )
        )


def _ordered(found: Mapping[str, T]) -> dict[str, T]:
    return {name: found[name] for name in sorted(found)}


def _signs(one: _Alike) -> set[str]:
    tools = {TOOLS_OFFERED: one.offered, TOOL_CALLS: one.called, UNDECLARED_TOOLS: one.undeclared}
    found = {_SIGNS[said.criterion] for said in one.decisions if said.criterion in _SIGNS and _found(said)}
    return found | {sign for sign, seen in tools.items() if seen}


def _found(said: Decided) -> bool:
    return said.outcome != Outcome.ALLOW.value and said.code != _CANNOT_DECIDE


def _tallies(one: _Alike, count: int) -> Iterator[tuple[str, Tally]]:
    """What each control decided, of so many exchanges that are alike."""
    released = one.end in RELEASED
    for number, said in enumerate(one.decisions):
        undecided = said.code == _CANNOT_DECIDE
        outcome = {UNDECIDED if undecided else bounded(said.outcome, 20): count}
        passed = count if released and not undecided else 0
        enforced = said.mode == Mode.ENFORCE.value
        name = bounded(said.criterion, 40) if number < MOST_DECISIONS else OTHER
        yield name, Tally(enforced=outcome, covered=passed) if enforced else Tally(observed=outcome, watched=passed)
