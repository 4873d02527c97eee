"""The arithmetic of limits: rates by GCRA, token budgets by calendar window. Integers only, no clock, no state.

Times are nanoseconds, so nothing drifts by rounding. A rate is the Generic Cell Rate Algorithm in its virtual
scheduling form (ITU-T I.371, annex A; ATM Forum Traffic Management 4.0, section 4.4): one number per key, the
theoretical arrival time (TAT) of the next cell. A budget is a count within a fixed window of UTC time; POSIX time has
no leap seconds, so minutes and days begin at multiples of their length.
"""

from __future__ import annotations

from msgspec import Struct

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
MOST = 1 << 40  # units in one burst, budget or demand; beyond any real one, and safe to add up


class Rate(Struct, frozen=True, tag="rate", gc=False):
    """So many cells per time, with a burst.

    name: what a refused caller is told, for example "requests per second of the workload".
    interval: emission interval in ns, the time in which one cell is regained; >= 1.
    burst: cells that may be spent at once after a rest; >= 1. A demand above it is never granted.
    """

    name: str
    interval: int
    burst: int

    @classmethod
    def per(cls, name: str, count: int, length: int, burst: int) -> Rate:
        """`count` cells per `length` ns. The interval is rounded up: the rate is never above what was asked.

        Raises ValueError for a count, length or burst below 1.
        """
        if count < 1 or length < 1 or burst < 1:
            raise ValueError("a rate needs a count, a length and a burst of at least 1")
        return cls(name, -(-length // count), burst)


class Budget(Struct, frozen=True, tag="budget", gc=False):
    """So many units in each calendar window: `amount` units (tokens) per `length` ns (MINUTE or DAY), UTC."""

    name: str
    length: int
    amount: int


class Demand(Struct, frozen=True, gc=False):
    """One limit that a request is subject to: `cost` units under `key`.

    key: the limit and whom it counts, for example "rps:acme/support" or "user:acme/support:<keyed hash>"; the same in
    every process. One key has one limit at a time. cost: >= 0.
    """

    key: str
    limit: Rate | Budget
    cost: int = 1


class Quota(Struct, frozen=True, gc=False):
    """The answer for a request: granted, or which limit refused it and after how many seconds to try again."""

    granted: bool
    limit: str = ""
    retry_after: float = 0.0


GRANTED = Quota(True)


class Conformance(Struct, frozen=True, gc=False):
    """Whether a cell conforms, the TAT that then holds, and how many ns to wait when it does not."""

    conforms: bool
    tat: int
    wait: int


def gcra(tat: int, now: int, interval: int, tolerance: int, cost: int) -> Conformance:
    """GCRA(interval, tolerance) for `cost` cells that arrive together; all times in ns.

    One cell conforms when TAT <= now + tolerance; then TAT becomes max(TAT, now) + interval (I.371 annex A, virtual
    scheduling). Several cells conform when the last of them does. A burst of b cells is a tolerance of
    (b - 1) * interval. Over any span of length s at most b + s / interval cells conform.
    """
    after = max(tat, now) + interval * cost
    wait = after - interval - tolerance - now
    if wait > 0 and cost > 0:
        return Conformance(False, tat, wait)
    return Conformance(True, after, 0)


def conforming(tat: int, now: int, interval: int, tolerance: int) -> int:
    """How many cells conform at `now`: the largest cost that `gcra` accepts, 0 when it accepts none."""
    return max(0, (tolerance + interval - max(0, tat - now)) // interval)


def window_start(wall: int, length: int) -> int:
    """Start of the calendar window that holds `wall` (UTC, ns since 1970)."""
    return wall - wall % length


def window_left(wall: int, length: int) -> int:
    """Nanoseconds from `wall` to the end of its calendar window; within 1..length."""
    return length - wall % length


def fair_share(whole: int, processes: int) -> int:
    """What one of `processes` may spend alone, so that all together never spend above `whole`."""
    return whole // processes
