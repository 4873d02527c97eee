"""What stands between a request and its vendor: read it, measure, ask the controls at REQUEST, find where it leads."""

from __future__ import annotations

import time
from typing import Any

import msgspec

from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.refused import Refused, from_decisions
from prodworthy.gateway.pipeline.runtime import Inbound, Runtime
from prodworthy.gateway.pipeline.served import UNSAID_ANSWER_TOKENS, Served
from prodworthy.gateway.providers.vendor import Vendor
from prodworthy.policy.controls.contract import ask
from prodworthy.policy.core.exchange import Call, Exchange
from prodworthy.policy.core.facts import Recording
from prodworthy.policy.core.manifest import Model
from prodworthy.policy.core.quota import Demand, Quota
from prodworthy.policy.core.refusal import Code, Refusal

LONGEST_END_USER = 1_000
"""Characters of an end user's identity that are hashed."""


_RECORDED = Recording(True)


class Asked(msgspec.Struct, frozen=True):
    """What was asked, as it came in and as it was read."""

    inbound: Inbound
    call: Call
    document: dict[str, Any]
    body: bytes


class Destination(msgspec.Struct, frozen=True):
    """Where a request goes: the vendor, and the vendor's model."""

    vendor: Vendor
    model: Model


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


async def read(runtime: Runtime, served: Served, inbound: Inbound, entry: Entry) -> Asked:
    """Read the body, the call and who the end user is. Raises Refused, Unreadable."""
    body = await inbound.body(served.workload.manifest.limits.body_bytes)
    document, call = inbound.route.read(body, inbound.headers)
    end_user = inbound.header(b"x-prodworthy-user") or call.end_user
    if end_user:
        entry.subject = runtime.vault.subject(served.workload.tenant, end_user[:LONGEST_END_USER])
    entry.trace = _trace_id(inbound.header(b"traceparent"))
    return Asked(inbound, call, document, body)


async def pass_controls(runtime: Runtime, served: Served, asked: Asked, entry: Entry, reservation: Reservation) -> None:
    """Measure and ask the controls at REQUEST. Raises Refused when one of them blocks."""
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
    decisions = [ask(configured, exchange, facts) for configured in served.request]
    entry.decide([decision.record for decision in decisions])
    refusal = from_decisions(decisions)
    if refusal is not None:
        if refusal.code in (Code.RATE_LIMITED, Code.TOKENS_EXHAUSTED):
            runtime.tally.alert(served.key, refusal.code.value, refusal.message)
        raise Refused(refusal)


def destination(runtime: Runtime, served: Served, asked: Asked, entry: Entry) -> Destination:
    """Where the model name leads. Raises Refused for one that is not declared, or not reachable from here."""
    name, protocol = asked.call.model, asked.inbound.route.protocol
    unsaid = not name and "model" not in asked.document  # a protocol that names none: the first is meant
    found = next(iter(served.destinations.values())) if unsaid else served.destinations.get(name)
    if found is None:
        runtime.tally.stray(served.key, "unknown_model", protocol.name, "", name)
        raise Refused(Refusal(Code.MODEL_NOT_DECLARED, "The workload's manifest does not declare this model."))
    model, vendor = found
    if vendor is None:
        raise Refused(Refusal(Code.VENDOR_UNREACHABLE, "This gateway's configuration lacks the model's vendor."))
    if vendor.api != protocol.vendor:
        raise Refused(Refusal(Code.PROTOCOL_NOT_SERVED, f"The model's vendor speaks the {vendor.api} API."))
    entry.vendor = vendor.name
    return Destination(vendor, model)


def _trace_id(traceparent: str) -> str:
    """The trace id of a W3C traceparent header, "" if it is none."""
    if not traceparent:
        return ""
    parts = traceparent.split("-")
    well_formed = len(parts) >= 4 and len(parts[1]) == 32 and all(c in "0123456789abcdef" for c in parts[1])
    return parts[1] if well_formed else ""
