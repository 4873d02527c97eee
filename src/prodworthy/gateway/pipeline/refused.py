"""From faults and verdicts to the refusal that the caller gets."""

from __future__ import annotations

from collections.abc import Iterable

from prodworthy.gateway.pipeline.live import Cause
from prodworthy.gateway.providers.transport import VendorFault, VendorTimeout, VendorUnreachable
from prodworthy.policy.controls.contract import Decision
from prodworthy.policy.core.refusal import Code, Refusal
from prodworthy.policy.core.verdict import Block, Hold


class Refused(Exception):
    """Leaves the pipeline with a refusal; `end` is how the exchange's record will say it ended."""

    def __init__(self, refusal: Refusal, end: str = "refused") -> None:
        """Keep the refusal for the edge."""
        super().__init__(refusal.code.value)
        self.refusal = refusal
        self.end = end


def from_fault(fault: VendorFault) -> Refusal:
    """The refusal for a vendor that failed."""
    if isinstance(fault, VendorTimeout):
        phase = fault.phase.replace("_", " ")
        return Refusal(Code.VENDOR_TIMEOUT, f"The vendor did not answer in time ({phase}).")
    if isinstance(fault, VendorUnreachable):
        return Refusal(Code.VENDOR_UNREACHABLE, "The vendor could not be reached.")
    return Refusal(Code.VENDOR_BROKEN, "The vendor's connection ended before its answer did.")


def from_decisions(decisions: Iterable[Decision]) -> Refusal | None:
    """The refusal that the most severe acting decision asks for, or None if nothing acts.

    Of several blocks the one that waiting cannot lift is told: a caller must not retry into a kill. An edit that nobody
    can make yet is a refusal too: what a control wanted changed never passes unchanged.
    """
    acting = [decision.verdict for decision in decisions if decision.acts]
    if not acting:
        return None
    blocks = [verdict for verdict in acting if isinstance(verdict, Block)]
    if blocks:
        block = min(blocks, key=lambda verdict: verdict.retry_after > 0)
        return Refusal(block.code, block.reason, block.retry_after)
    if any(isinstance(verdict, Hold) for verdict in acting):
        return Refusal(Code.HELD, "A control holds this exchange for a person.")
    return Refusal(Code.CANNOT_DECIDE, "A control asked for an edit that cannot be made.")


def from_cause(cause: Cause) -> tuple[Refusal, str]:
    """The refusal, and the `end` on record, for an exchange stopped from outside."""
    return _CAUSES[cause]


_CAUSES = {
    Cause.KILLED: (Refusal(Code.WORKLOAD_KILLED, "This workload was switched off."), "killed"),
    Cause.SWITCH_UNKNOWN: (Refusal(Code.SWITCH_UNKNOWN, "The kill switch's state is not known."), "killed"),
    Cause.OVERDUE: (Refusal(Code.VENDOR_TIMEOUT, "The exchange took longer than its workload allows."), "overdue"),
    Cause.SLOW_BODY: (Refusal(Code.BODY_TIMEOUT, "The body did not arrive in time."), "refused"),
    Cause.DRAINING: (Refusal(Code.DRAINING, "The gateway is shutting down."), "draining"),
    Cause.DISCONNECTED: (Refusal(Code.INTERNAL_FAULT, "The caller went away."), "disconnected"),
}
