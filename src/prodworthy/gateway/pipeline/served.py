"""A workload as this gateway serves it: all that does not change between two exchanges, worked out beforehand."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from prodworthy.gateway.detectors.equipment import Equipment
from prodworthy.gateway.pipeline.senses import CannotServe, Senses, judges_all, reads_text, sense
from prodworthy.gateway.protocols.protocol import Wish
from prodworthy.gateway.providers.transport import Deadlines
from prodworthy.gateway.providers.vendor import Vendor
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.contract import Configured, Point, settings_of
from prodworthy.policy.controls.input_governance.rate_limits import TOKENS
from prodworthy.policy.controls.output_validation import fallback, structured_output
from prodworthy.policy.core.manifest import Keep, Limits, Mode, Model
from prodworthy.policy.core.manifest import Rate as DeclaredRate
from prodworthy.policy.core.quota import DAY, MINUTE, SECOND, Budget, Demand, Rate

GRACE = 1.0
"""Seconds by which the vendor's own bound lies behind the exchange's, so that it is the exchange that is overdue."""

UNSAID_ANSWER_TOKENS = 512
"""Tokens reserved for an answer whose request sets no bound; the true count is settled at the end."""


Means = tuple[Mapping[str, Vendor], Equipment]
"""The vendors and the detectors that a gateway has."""

_STANDARD = Equipment()


class Served(msgspec.Struct, frozen=True):
    """One workload, prepared.

    `destinations`: where each model name leads; the vendor is None when this gateway's configuration lacks it.
    At REQUEST, `admission` controls are asked first: they read no text; then `reading` ones. Some controls at RESPONSE
    judge an answer window by window (`senses.watch`), `response` ones judge all of it, `final` ones decide on the
    judgement of the others; `record` ones say what is kept, `sampled` ones look at a sample afterwards. `reads`:
    somebody asks what a request says; `listens`: what an answer says; `looks`: what is kept of either; `records`: what
    is kept is redacted first.
    """

    workload: Workload
    destinations: Mapping[str, tuple[Model, Vendor | None]]
    admission: tuple[Configured, ...]
    reading: tuple[Configured, ...]
    response: tuple[Configured, ...]
    final: tuple[Configured, ...]
    record: tuple[Configured, ...]
    sampled: tuple[Configured, ...]
    senses: Senses
    wish: Wish
    fallback: fallback.Settings
    deadlines: Deadlines
    workload_rate: Demand | None
    user_rate: Rate | None
    budgets: tuple[tuple[str, Budget], ...]
    reads: bool
    listens: bool
    looks: bool
    records: bool

    def samples(self, exchange: str) -> bool:
        """Whether the answer of this exchange is looked at afterwards: its id ends in random digits, which decide."""
        return any(int(exchange[-8:], 16) < c.settings.sample * 2**32 for c in self.sampled)

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


def prepare(workload: Workload, vendors: Mapping[str, Vendor], equipment: Equipment = _STANDARD) -> Served:
    """Prepare one workload. Raises CannotServe."""
    request = workload.controls.get(Point.REQUEST, ()) + workload.controls.get(Point.PREDICTION, ())
    response = workload.controls.get(Point.RESPONSE, ())
    acting = tuple(c for c in response if c.mode is Mode.ENFORCE)  # what is only observed changes no request, no answer
    asked = settings_of(acting, structured_output.Settings)
    limits = workload.manifest.limits
    times = limits.timeouts
    scope = "/".join((workload.tenant, workload.id))
    senses = sense(workload, equipment)
    record = workload.controls.get(Point.RECORD, ())
    looks = bool(record) and workload.manifest.retention.content is not Keep.NONE
    fall_back = settings_of(acting, fallback.Settings) or fallback.Settings(retries=0)
    if fall_back.other_model and fall_back.other_model not in workload.models:
        raise CannotServe(f"the fallback's other model {fall_back.other_model!r} is not declared under `models`")
    return Served(
        workload=workload,
        destinations={name: (model, vendors.get(model.vendor)) for name, model in workload.models.items()},
        admission=tuple(c for c in request if not reads_text(c)),
        reading=tuple(c for c in request if reads_text(c)),
        response=tuple(c for c in response if judges_all(c)),
        final=tuple(c for c in response if "attempted" in c.needs),
        record=record,
        sampled=workload.controls.get(Point.SCHEDULE, ()),
        senses=senses,
        wish=Wish(asked.schema if asked and asked.ask_model else None),
        fallback=fall_back,
        deadlines=Deadlines(times.connect, times.first_byte, times.between_chunks, times.whole + GRACE),
        workload_rate=Demand(f"rate:{scope}", _rate(limits.rate, "the workload")) if limits.rate else None,
        user_rate=_rate(limits.rate_per_user, "the end user") if limits.rate_per_user else None,
        budgets=tuple(_budgets(limits, scope)),
        reads=looks or any(reads_text(c) for c in request),
        listens=looks or bool(senses.watch.controls or fall_back.invalid) or any(judges_all(c) for c in response),
        looks=looks,
        records=looks and any(c.mode is Mode.ENFORCE for c in record),
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
