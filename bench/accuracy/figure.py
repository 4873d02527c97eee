"""A measured figure, and the interval that the truth lies in."""

from __future__ import annotations

import math

import msgspec


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
    if count == 0:
        return Figure(name, math.nan, 0.0, 1.0, bar, note or "nothing to measure")
    z, p = 1.959964, hits / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return Figure(name, p, max(0.0, middle - half), min(1.0, middle + half), bar, note or f"n = {count}")


def times(name: str, samples: list[float], bar: str = "", note: str = "") -> Figure:
    """The median of repeated measurements; the interval is that of the order statistics around it."""
    ordered = sorted(samples)
    count = len(ordered)
    half = 1.959964 * math.sqrt(count) / 2
    low, high = ordered[max(0, math.floor(count / 2 - half))], ordered[min(count - 1, math.ceil(count / 2 + half))]
    return Figure(name, ordered[count // 2], low, high, bar, note)
