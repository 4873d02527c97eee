"""What stands between a request and its vendor: the controls at REQUEST, and the limits."""

from __future__ import annotations

import time

from prodworthy.gateway.pipeline.asked import Asked
from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.refused import Refused, from_decisions
from prodworthy.gateway.pipeline.runtime import Runtime
from prodworthy.gateway.pipeline.screening import screen
from prodworthy.gateway.pipeline.served import UNSAID_ANSWER_TOKENS, Served
from prodworthy.policy.controls.contract import ask
from prodworthy.policy.core.exchange import Exchange
from prodworthy.policy.core.facts import Recording
from prodworthy.policy.core.quota import Demand, Quota
from prodworthy.policy.core.refusal import Code

_RECORDED = Recording(True)


class Reservation:
    """What a granted request holds of its workload's limits, until the true count is known."""

    def __init__(self) -> None:
        """Nothing is held."""
        self._demands: tuple[Demand, ...] = ()
        self._admitted = 0

    async def admit(self, runtime: Runtime, demands: tuple[Demand, ...]) -> Quota:
        """Ask the limits for all demands, or none."""
        now = time.monotonic_ns()
        quota = runtime.lessee.try_admit(demands, now) or await runtime.lessee.admit(demands, now)
        if quota.granted:
            self._demands, self._admitted = demands, now
        return quota

    def settle(self, runtime: Runtime, tokens: int) -> None:
        """Put the true token count in place of the estimate."""
        now = time.monotonic_ns()
        for demand in self._demands:
            runtime.lessee.settle(demand, tokens, self._admitted, now)


async def pass_controls(
    runtime: Runtime, served: Served, asked: Asked, entry: Entry, reservation: Reservation
) -> Asked:
    """Measure and ask the controls at REQUEST; what goes on to the vendor. Raises Refused when one of them blocks."""
    workload, call = served.workload, asked.call
    exchange = Exchange(
        id=entry.id,
        tenant=workload.tenant,
        workload=workload.id,
        release=workload.release,
        environment=workload.manifest.environment,
        protocol=entry.protocol,
        key=entry.key,
        subject=entry.subject,
        at=entry.at,
        call=call,
    )
    tokens = call.size // 4 + (call.max_tokens or UNSAID_ANSWER_TOKENS)
    spool = runtime.spool
    facts = {
        "switch": runtime.current.switch(served, time.monotonic()),
        "recording": _RECORDED if spool.accepting else Recording(False, spool.fault),
        "quota": await reservation.admit(runtime, served.demands(entry.subject or entry.key, tokens)),
    }
    decisions = [ask(configured, exchange, facts) for configured in served.admission]
    entry.decide([decision.record for decision in decisions])
    refusal = from_decisions(decisions)
    if refusal is not None:
        if refusal.code in (Code.RATE_LIMITED, Code.TOKENS_EXHAUSTED):
            runtime.tally.alert(served.key, refusal.code.value, refusal.message)
        raise Refused(refusal)
    return await screen(runtime, served, asked, exchange, entry) if served.reads else asked
