"""The limits of one workload, and what one request asks of them."""

from __future__ import annotations

import msgspec

from prodworthy.policy.controls.input_governance.rate_limits import TOKENS
from prodworthy.policy.core.manifest import Limits
from prodworthy.policy.core.manifest import Rate as DeclaredRate
from prodworthy.policy.core.quota import DAY, MINUTE, SECOND, Budget, Demand, Rate


class Limited(msgspec.Struct, frozen=True):
    """The limits of one workload. `users` is how the keys of its end users' limits begin."""

    workload_rate: Demand | None
    user_rate: Rate | None
    users: str
    budgets: tuple[tuple[str, Budget], ...]

    def demands(self, who: str, tokens: int) -> tuple[list[Demand], list[Demand]]:
        """What one request asks of the limits, budgets of tokens aside; `who` is its end user (or its key), `tokens` an
        estimate."""
        budgets = [Demand(key, budget, tokens) for key, budget in self.budgets]
        rates = [] if self.workload_rate is None else [self.workload_rate]
        if self.user_rate is not None:
            rates.append(Demand(self.users + who, self.user_rate))
        return rates, budgets


def limited(limits: Limits, scope: str, cap: tuple[int, int] | None = None) -> Limited:
    """The limits that a manifest declares; `scope` tells them from those of every other workload.

    `cap` is what the stage allows: so many requests in so many milliseconds. The smaller of the two is the limit.
    """
    rate = _capped(limits.rate, cap)
    return Limited(
        workload_rate=Demand(f"rate:{scope}", rate) if rate else None,
        user_rate=_rate(limits.rate_per_user, "the end user") if limits.rate_per_user else None,
        users=f"user:{scope}:",
        budgets=tuple(_budgets(limits, scope)),
    )


def _rate(rate: DeclaredRate, whose: str) -> Rate:
    name = f"{rate.count} requests per {rate.seconds:g} s of {whose}"
    return Rate.per(name, rate.count, round(rate.seconds * SECOND), rate.burst or rate.count)


def _capped(declared: DeclaredRate | None, cap: tuple[int, int] | None) -> Rate | None:
    """The rate that keeps to both: the longer interval, the smaller burst."""
    found = [] if declared is None else [_rate(declared, "the workload")]
    if cap is not None:
        count, milliseconds = cap
        found.append(_rate(DeclaredRate(count, milliseconds / 1_000), "the workload in its stage"))
    if not found:
        return None
    slowest = max(found, key=lambda rate: rate.interval)
    return Rate(slowest.name, slowest.interval, min(rate.burst for rate in found))


def _budgets(limits: Limits, scope: str) -> list[tuple[str, Budget]]:
    found = []
    if limits.tokens_per_minute:
        found.append((f"tpm:{scope}", Budget(f"{TOKENS} per minute of the workload", MINUTE, limits.tokens_per_minute)))
    if limits.tokens_per_day:
        found.append((f"tpd:{scope}", Budget(f"{TOKENS} per day of the workload", DAY, limits.tokens_per_day)))
    return found
