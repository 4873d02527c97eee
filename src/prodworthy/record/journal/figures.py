"""Figures that grow as events are taken: exchanges, outcomes, tokens and cost by workload and minute; strays."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from prodworthy.policy.core.events import Completed, Decided, Received, Strayed
from prodworthy.policy.core.evidence import DRILL
from prodworthy.record.store.tables import rollup, stray
from prodworthy.record.store.upsert import insert_or_change

MINUTE = 60_000_000_000
MOST_TOKENS = 10**12  # of one exchange; a vendor that tells more is not believed
_ENDS = {
    "answered": "answered",
    "replaced": "answered",
    "refused": "refused",
    "killed": "killed",
    "vendor_error": "faults",
    "vendor_fault": "faults",
    "overdue": "faults",
    "draining": "faults",
    "fault": "faults",
}
_COUNTS = tuple(
    column.name for column in rollup.columns if column.name not in {"tenant", "workload", "minute"}
)  # all of them are sums


class Figures:
    """What one batch of events adds to the figures."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._rollups: dict[tuple[str, str, int], dict[str, Any]] = {}
        self._strays: dict[tuple[str, ...], dict[str, Any]] = {}

    def received(self, event: Received) -> None:
        """An exchange began: it counts in the minute it was received. A drill is nobody's use, and not counted."""
        if event.traffic == DRILL:
            return
        self._row(event.tenant, event.workload, event.at)["exchanges"] += 1

    def completed(self, event: Completed, cost: float | None) -> None:
        """An exchange ended: its outcome, tokens, cost and latency count in the minute it ended.

        A caller who disconnected is no outcome, and leaves no latency. A drill is not counted.
        """
        if event.traffic == DRILL:
            return
        row = self._row(event.tenant, event.workload, event.at)
        if event.end in _ENDS:
            row[_ENDS[event.end]] += 1
            row["latency_sum"] += min(max(event.latency, 0), MOST_TOKENS)
        if event.decisions:
            row["blocked"] += _enforced(event.decisions, "block")
            row["redacted"] += _enforced(event.decisions, "redact")
        row["tokens_in"] += min(max(event.tokens_in, 0), MOST_TOKENS)
        row["tokens_out"] += min(max(event.tokens_out, 0), MOST_TOKENS)
        row["cost"] += cost or 0.0

    def strayed(self, event: Strayed) -> None:
        """Traffic that nobody declared."""
        key = (
            bounded(event.tenant, 63),
            bounded(event.workload, 63),
            bounded(event.reason, 40),
            bounded(event.fingerprint, 64),
            bounded(event.model, 200),
        )
        row = self._strays.get(key)
        if row is None:
            names = ("tenant", "workload", "reason", "fingerprint", "model")
            row = dict(zip(names, key, strict=True)) | {"count": 0, "first_at": bounded_time(event.at)}
            self._strays[key] = row
        row["protocol"] = bounded(event.protocol, 40)
        row["count"] += min(max(event.count, 0), MOST_TOKENS)
        row["last_at"] = bounded_time(event.at)

    def write(self, connection: Connection) -> None:
        """Add everything to the tables, in the caller's transaction."""
        insert_or_change(connection, rollup, list(self._rollups.values()), add=_COUNTS)
        insert_or_change(connection, stray, list(self._strays.values()), add=("count",), put=("last_at", "protocol"))

    def _row(self, tenant: str, workload: str, at: int) -> dict[str, Any]:
        key = (tenant, workload, at // MINUTE)
        row = self._rollups.get(key)
        if row is None:
            row = dict.fromkeys(_COUNTS, 0)
            row |= {"tenant": bounded(tenant, 63), "workload": bounded(workload, 63)}
            row |= {"minute": bounded_time(at) // MINUTE, "cost": 0.0}
            self._rollups[key] = row
        return row


def bounded(value: str, most: int) -> str:
    """Text as both databases hold it: at most so many characters, and no NUL."""
    if len(value) <= most and "\0" not in value:
        return value
    return value.replace("\0", "\ufffd")[:most]


def bounded_time(at: int) -> int:
    """A time as both databases hold it: 63 bits, not negative."""
    return min(max(at, 0), 2**63 - 1)


def _enforced(decisions: tuple[Decided, ...], outcome: str) -> int:
    """1 if any control that acts said so, else 0: what is counted is exchanges."""
    return int(any(one.outcome == outcome and one.mode == "enforce" for one in decisions))
