"""What stands between a request and its vendor: the controls at REQUEST, and the limits."""

from __future__ import annotations

import time
from collections.abc import Sequence

from prodworthy.gateway.pipeline.asked import Asked
from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.refused import Refused, from_decisions
from prodworthy.gateway.pipeline.runtime import Runtime
from prodworthy.gateway.pipeline.screening import screen
from prodworthy.gateway.pipeline.served import UNSAID_ANSWER_TOKENS, Served
from prodworthy.gateway.pipeline.stage import passed, standing_of
from prodworthy.policy.controls.contract import Decision, ask
from prodworthy.policy.core.exchange import Exchange
from prodworthy.policy.core.facts import Recording
from prodworthy.policy.core.quota import Demand
from prodworthy.policy.core.refusal import Code

_RECORDED = Recording(True)


class Reservation:
    """What a granted request holds of its workload's limits, until the true count is known."""

    def __init__(self) -> None:
        """Nothing is held."""
        self._budgets: Sequence[Demand] = ()
        self._admitted = 0

    def granted(self, budgets: Sequence[Demand], now: int) -> None:
        """The limits have granted these demands on budgets, among others, at this time (monotonic ns)."""
        self._budgets, self._admitted = budgets, now

    def settle(self, runtime: Runtime, tokens: int) -> None:
        """Put the true token count in place of the estimate."""
        now = time.monotonic_ns()
        for demand in self._budgets:
            runtime.lessee.settle(demand, tokens, self._admitted, now)


async def pass_controls(
    runtime: Runtime, served: Served, asked: Asked, entry: Entry, reservation: Reservation
) -> Asked:
    """Measure and ask the controls at REQUEST; what goes on to the vendor. Raises Refused when one of them blocks."""
    exchange = _exchange(served, asked, entry)
    tokens = asked.call.size // 4 + (asked.call.max_tokens or UNSAID_ANSWER_TOKENS)
    rates, budgets = served.caps.limits.demands(entry.subject or entry.key, tokens)
    now, demands = time.monotonic_ns(), rates + budgets
    quota = runtime.lessee.try_admit(demands, now) or await runtime.lessee.admit(demands, now)
    if quota.granted:
        reservation.granted(budgets, now)
    spool, standing = runtime.spool, standing_of(runtime, served, entry)
    facts = {
        "switch": runtime.current.switch(served, time.monotonic()),
        "recording": _RECORDED if spool.accepting else Recording(False, spool.fault),
        "quota": quota,
    }
    if standing is not None:
        facts["standing"] = standing
    decisions = [ask(configured, exchange, facts) for configured in served.admission]
    if decisions == served.passes:
        entry.decisions.update(served.passed)
    else:
        _conclude(runtime, served, entry, decisions)
    passed(runtime, served, entry)  # nothing is awaited between this and the question whether there is room
    return await screen(runtime, served, asked, exchange, entry) if served.reads else asked


def _exchange(served: Served, asked: Asked, entry: Entry) -> Exchange:
    workload = served.workload
    return Exchange(
        id=entry.id,
        tenant=workload.tenant,
        workload=workload.id,
        release=workload.release,
        environment=workload.manifest.environment,
        protocol=entry.protocol,
        key=entry.key,
        subject=entry.subject,
        at=entry.at,
        call=asked.call,
    )


def _conclude(runtime: Runtime, served: Served, entry: Entry, decisions: list[Decision]) -> None:
    """Record what was said where not all allow. Raises Refused when one of them blocks."""
    entry.decide([decision.record for decision in decisions])
    refusal = from_decisions(decisions)
    if refusal is None:
        return
    if refusal.code in (Code.RATE_LIMITED, Code.TOKENS_EXHAUSTED):
        runtime.tally.alert(served.key, refusal.code.value, refusal.message)
    raise Refused(refusal)
