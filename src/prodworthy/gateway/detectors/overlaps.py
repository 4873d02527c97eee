"""Of candidates that overlap, which become findings: decided from a bounded distance, so that windows agree."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from operator import attrgetter

import msgspec

CHAIN = 192
"""Characters from the first of a chain of overlapping candidates within which the first one wins."""

AHEAD = 24
"""Characters from a candidate's start in which one of a better tier, beginning there, takes its place."""

_START = attrgetter("start")


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """Characters `[start, end)` that passed all checks of a kind. Of two tiers that overlap, the lower one counts."""

    start: int
    end: int
    kind: str
    confidence: float
    tier: int = 0


def settle(candidates: Iterable[Candidate]) -> list[Candidate]:
    """What remains, in order and without overlap: the better tier first, then the earlier, the longer and surer.

    In a chain of overlapping candidates longer than CHAIN, every further one keeps what lies before its successor:
    nothing is lost, and where it is cut does not depend on how the chain began.
    """
    ordered = sorted(candidates, key=_START)
    if any(one.start == following.start for one, following in pairwise(ordered)):
        ordered.sort(key=_rank)
    tiers = sorted({one.tier for one in ordered})
    if len(tiers) == 1:
        return _chain(ordered)
    kept: list[Candidate] = []
    for tier in tiers:
        these = [one for one in ordered if one.tier == tier]
        # None of these overlaps another any more.
        kept = sorted([*kept, *_chain(_clear(these, kept) if kept else these)], key=_START)
    return kept


def _rank(one: Candidate) -> tuple[int, int, float, str]:
    return one.start, -one.end, -one.confidence, one.kind


def _clear(these: list[Candidate], better: list[Candidate]) -> list[Candidate]:
    """Those that none of the better overlaps; where one begins further on than AHEAD, what is before it."""
    kept: list[Candidate] = []
    place = 0
    for one in these:
        while place < len(better) and better[place].end <= one.start:
            place += 1
        if place == len(better) or better[place].start >= one.end:
            kept.append(one)
        elif better[place].start >= one.start + AHEAD:
            kept.append(msgspec.structs.replace(one, end=better[place].start))
    return kept


def _chain(ordered: list[Candidate]) -> list[Candidate]:
    kept: list[Candidate] = []
    origin = reach = -1
    for one in ordered:
        if one.start >= reach:
            origin = one.start
        reach = max(reach, one.end)
        last = kept[-1] if kept else None
        if last is None or one.start >= last.end:
            kept.append(one)
        elif one.start > origin + CHAIN and one.start > last.start:
            kept[-1] = msgspec.structs.replace(last, end=one.start)
            kept.append(one)
    return kept
