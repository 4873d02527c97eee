"""Of candidates that overlap, which become findings: decided from a bounded distance, so that windows agree."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

CHAIN = 192
"""Characters from the first of a chain of overlapping candidates within which the first one wins."""

AHEAD = 24
"""Characters from a weak candidate's start in which a strong one, beginning there, takes its place."""


class Candidate(msgspec.Struct, frozen=True):
    """Characters `[start, end)` that passed all checks of a kind."""

    start: int
    end: int
    kind: str
    confidence: float
    weak: bool = False


def settle(candidates: Iterable[Candidate]) -> list[Candidate]:
    """What remains, in order and without overlap: strong before weak, then the earlier, then the longer and surer.

    In a chain of overlapping candidates longer than CHAIN, every further one keeps what lies before its successor:
    nothing is lost, and where it is cut does not depend on how the chain began.
    """
    ordered = sorted(candidates, key=_rank)
    strong = _chain([one for one in ordered if not one.weak])
    weak = [one for one in ordered if one.weak]
    if not strong or not weak:
        return strong or _chain(weak)
    return sorted([*strong, *_chain(_clear(weak, strong))], key=_rank)


def _rank(one: Candidate) -> tuple[int, int, float, str]:
    return one.start, -one.end, -one.confidence, one.kind


def _clear(weak: list[Candidate], strong: list[Candidate]) -> list[Candidate]:
    """The weak ones that no strong one overlaps; where a strong one begins further on than AHEAD, what is before it."""
    kept: list[Candidate] = []
    place = 0
    for one in weak:
        while place < len(strong) and strong[place].end <= one.start:
            place += 1
        if place < len(strong) and strong[place].start < one.end:
            if strong[place].start < one.start + AHEAD:
                continue
            kept.append(msgspec.structs.replace(one, end=strong[place].start))
        else:
            kept.append(one)
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
