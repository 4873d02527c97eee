"""How often a control stopped wrongly: an upper bound from what it stopped, an estimate from what people marked.

A share of marks is given with its 95 % interval by Wilson's score method (E. B. Wilson, 1927), which stays within 0 and
1 and is fair to small numbers. Marks are taken for a fair sample of what was stopped; who marks only what looks wrong
gets an estimate that is too high.
"""

from __future__ import annotations

import math

import msgspec

_Z = 1.959964
"""The 97.5 % point of the normal distribution."""


class Marks(msgspec.Struct, frozen=True):
    """Exchanges that people marked, by what they were and whether the control stopped them (hold or block) or let them
    pass as they were."""

    stopped_benign: int = 0
    stopped_attacks: int = 0
    passed_benign: int = 0
    passed_attacks: int = 0


class Estimate(msgspec.Struct, frozen=True):
    """Errors of one control, as shares of the exchanges that it decided on.

    `declared`: the share of benign texts that its settings accept to be taken for an attack, which holds as far as the
    calibration does; None where it has no such setting. `at_most`: what it stopped, or in mode observe would have: no
    more can have been stopped wrongly. `wrongly`: the estimate from marks, between `low` and `high` in 95 of 100 such
    samples; None where nothing that was stopped is marked.
    """

    declared: float | None
    at_most: float
    marks: Marks
    wrongly: float | None = None
    low: float | None = None
    high: float | None = None


def estimate(declared: float | None, stopped: float, marks: Marks) -> Estimate:
    """The estimate for a control that stopped this share of the exchanges."""
    looked_at = marks.stopped_benign + marks.stopped_attacks
    if not looked_at:
        return Estimate(declared, stopped, marks)
    low, high = interval(marks.stopped_benign, looked_at)
    return Estimate(declared, stopped, marks, stopped * marks.stopped_benign / looked_at, stopped * low, stopped * high)


def interval(some: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share of which `some` of `of` were seen; `of` is at least 1."""
    share, square = some / of, _Z * _Z / of
    middle = (share + square / 2) / (1 + square)
    half = _Z * math.sqrt(share * (1 - share) / of + square / (4 * of)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
