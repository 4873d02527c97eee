"""A measured figure, and the interval that the truth lies in."""

from __future__ import annotations

import math

import msgspec

from bench.accuracy.interval import Z, wilson


class Figure(msgspec.Struct, frozen=True):
    """One figure: `value` with its 95 % interval `[low, high]`, what it should be (`bar`, "" if nothing), a `note`."""

    name: str
    value: float
    low: float
    high: float
    bar: str = ""
    note: str = ""


def share(name: str, hits: int, count: int, bar: str = "", note: str = "") -> Figure:
    """A share of `count` with Wilson's 95 % interval (E. B. Wilson, 1927)."""
    if not count:
        note = note or "nothing to measure"
    return Figure(name, *wilson(hits, count), bar, note or f"n = {count}")


def times(name: str, samples: list[float], bar: str = "", note: str = "") -> Figure:
    """The median of repeated measurements; the interval is that of the order statistics around it."""
    ordered = sorted(samples)
    count = len(ordered)
    half = Z * math.sqrt(count) / 2
    low, high = ordered[max(0, math.floor(count / 2 - half))], ordered[min(count - 1, math.ceil(count / 2 + half))]
    return Figure(name, ordered[count // 2], low, high, bar, note)
