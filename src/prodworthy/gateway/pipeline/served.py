"""A workload as this gateway serves it: all that does not change between two exchanges, worked out beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from prodworthy.gateway.detectors.schema import SchemaDetector
from prodworthy.gateway.protocols.protocol import Wish
from prodworthy.gateway.providers.transport import Deadlines
from prodworthy.gateway.providers.vendor import Vendor
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.contract import Configured, Point
from prodworthy.policy.controls.input_governance.rate_limits import TOKENS
from prodworthy.policy.controls.output_validation import fallback, structured_output
from prodworthy.policy.core.manifest import Limits, Mode, Model
from prodworthy.policy.core.manifest import Rate as DeclaredRate
from prodworthy.policy.core.quota import DAY, MINUTE, SECOND, Budget, Demand, Rate

T = TypeVar("T")

GRACE = 1.0
"""Seconds by which the vendor's own bound lies behind the exchange's, so that it is the exchange that is overdue."""

UNSAID_ANSWER_TOKENS = 512
"""Tokens reserved for an answer whose request sets no bound; the true count is settled at the end."""


class Served(msgspec.Struct, frozen=True):
    """One workload, prepared.

    `destinations`: where each model name leads; the vendor is None when this gateway's configuration lacks it.
    `response` controls judge an answer, `final` ones decide on the judgement of the others. `held`: answers are
    withheld until they are complete and decided on.
    """

    workload: Workload
    destinations: Mapping[str, tuple[Model, Vendor | None]]
    request: tuple[Configured, ...]
    response: tuple[Configured, ...]
    final: tuple[Configured, ...]
    held: bool
    detector: SchemaDetector | None
    wish: Wish
    fallback: fallback.Settings
    deadlines: Deadlines
    workload_rate: Demand | None
    user_rate: Rate | None
    budgets: tuple[tuple[str, Budget], ...]

    @property
    def key(self) -> tuple[str, str]:
        """Tenant and workload id."""
        return self.workload.tenant, self.workload.id

    def with_switch(self, workload: Workload) -> Served:
        """The same, with the kill state of a newer version that cannot be prepared."""
        return msgspec.structs.replace(self, workload=msgspec.structs.replace(self.workload, killed=workload.killed))

    def demands(self, who: str, tokens: int) -> tuple[Demand, ...]:
        """What one request asks of the limits; `who` is its end user (or its key), `tokens` an estimate."""
        found = [] if self.workload_rate is None else [self.workload_rate]
        if self.user_rate is not None:
            found.append(Demand(f"user:{'/'.join(self.key)}:{who}", self.user_rate))
        found.extend(Demand(key, budget, tokens) for key, budget in self.budgets)
        return tuple(found)


class CannotServe(Exception):
    """A workload that this gateway cannot prepare; the message says why."""


def prepare(workload: Workload, vendors: Mapping[str, Vendor]) -> Served:
    """Prepare one workload. Raises CannotServe."""
    response = workload.controls.get(Point.RESPONSE, ())
    acting = tuple(c for c in response if c.mode is Mode.ENFORCE)  # what is only observed changes no request, no answer
    schema = _settings_of(response, structured_output.Settings)
    asked = _settings_of(acting, structured_output.Settings)
    limits = workload.manifest.limits
    times = limits.timeouts
    scope = "/".join((workload.tenant, workload.id))
    return Served(
        workload=workload,
        destinations={name: (model, vendors.get(model.vendor)) for name, model in workload.models.items()},
        request=workload.controls.get(Point.REQUEST, ()) + workload.controls.get(Point.PREDICTION, ()),
        response=tuple(c for c in response if "attempted" not in c.control.needs),
        final=tuple(c for c in response if "attempted" in c.control.needs),
        held=any(c.control.lookback(c.settings) is None for c in acting),
        detector=_detector(schema),
        wish=Wish(asked.schema if asked and asked.ask_model else None),
        fallback=_fallback(acting),
        deadlines=Deadlines(times.connect, times.first_byte, times.between_chunks, times.whole + GRACE),
        workload_rate=Demand(f"rate:{scope}", _rate(limits.rate, "the workload")) if limits.rate else None,
        user_rate=_rate(limits.rate_per_user, "the end user") if limits.rate_per_user else None,
        budgets=tuple(_budgets(limits, scope)),
    )


def _rate(rate: DeclaredRate, whose: str) -> Rate:
    name = f"{rate.count} requests per {rate.seconds:g} s of {whose}"
    return Rate.per(name, rate.count, round(rate.seconds * SECOND), rate.burst or rate.count)


def _budgets(limits: Limits, scope: str) -> list[tuple[str, Budget]]:
    found = []
    if limits.tokens_per_minute:
        found.append((f"tpm:{scope}", Budget(f"{TOKENS} per minute of the workload", MINUTE, limits.tokens_per_minute)))
    if limits.tokens_per_day:
        found.append((f"tpd:{scope}", Budget(f"{TOKENS} per day of the workload", DAY, limits.tokens_per_day)))
    return found


def _detector(settings: structured_output.Settings | None) -> SchemaDetector | None:
    if settings is None or settings.schema is None:
        return None
    try:
        return SchemaDetector(settings.schema)
    except ValueError as fault:
        raise CannotServe(f"the declared JSON Schema cannot be compiled: {fault}") from None


def _fallback(response: tuple[Configured, ...]) -> fallback.Settings:
    return _settings_of(response, fallback.Settings) or fallback.Settings(retries=0)


def _settings_of(configured: tuple[Configured, ...], kind: type[T]) -> T | None:
    return next((c.settings for c in configured if isinstance(c.settings, kind)), None)
