"""A long roster, made short to read: what needs somebody now, and the rest by stage with places to jump to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from prodworthy.interfaces.console.rows import Row

LETTERS_FROM = 40
"""A stage with more workloads has a place to jump to for each first letter."""

MOST_CONCERNS = 6
"""Workloads that are named at the top; the others are counted."""


class Group(msgspec.Struct, frozen=True):
    """The workloads of one stage by name. `anchors` has the place of whoever is the first of a letter, else ""."""

    stage: str
    anchor: str
    rows: Sequence[Row]
    anchors: Sequence[str]
    letters: Mapping[str, str]


class Concern(msgspec.Struct, frozen=True):
    """A workload that needs somebody, and why."""

    row: Row
    why: str


def groups(rows: Iterable[Row], stages: Sequence[str]) -> list[Group]:
    """The workloads of each stage that has some, the highest stage first. `stages` are their names from the lowest."""
    by_stage: dict[str, list[Row]] = {stage: [] for stage in reversed(stages)}
    for row in rows:
        by_stage.setdefault(row.stage, []).append(row)
    return [_group(stage, found) for stage, found in by_stage.items() if found]


def concerns(rows: Iterable[Row]) -> list[Concern]:
    """Every workload that is off, contradicts itself, is about to fall, frozen or overridden; the gravest first."""
    found = [(next(_whys(row), None), row) for row in rows]
    graded = [(why, row) for why, row in found if why is not None]
    graded.sort(key=lambda one: (one[0][0], one[1].target.workload))
    return [Concern(row, why[1]) for why, row in graded]


def _group(stage: str, rows: list[Row]) -> Group:
    rows.sort(key=lambda row: (row.target.workload, row.target.tenant))
    anchor = f"stage-{stage.lower()}"
    letters: dict[str, str] = {}
    anchors = []
    for row in rows:
        letter = row.target.workload[:1]
        fresh = len(rows) > LETTERS_FROM and letter not in letters
        if fresh:
            letters[letter] = f"{anchor}-{letter}"
        anchors.append(letters[letter] if fresh else "")
    return Group(stage, anchor, rows, anchors, letters)


def _whys(row: Row) -> Iterator[tuple[int, str]]:
    if row.kill == "off":
        yield 0, f"is switched off: {row.reason}" if row.reason else "is switched off"
    if row.contradictions:
        yield 1, f"contradicts itself: {row.contradictions[0]}"
    if row.falls_at:
        yield 2, f"falls to {row.falls_to} unless evidence comes"
    if row.frozen:
        yield 3, f"is frozen: {row.frozen}"
    if row.override:
        yield 4, f"is overridden: {row.override}"
