"""Counts of what should be known but must not flood the journal: strays and alerts, told once per interval."""

from __future__ import annotations

from collections.abc import Callable

from prodworthy.policy.core.events import JournalEvent, Raised, Strayed

DISTINCT = 1_000
"""Distinct strays remembered per interval; the rest is counted under one entry without details."""

_Stray = tuple[str, str, str, str, str, str]


class Tally:
    """Collects counts; `flush` turns them into events. The caller flushes every few seconds and at the end."""

    def __init__(self, append: Callable[[JournalEvent], None]) -> None:
        """`append` takes an event into the journal without waiting."""
        self._append = append
        self._strays: dict[_Stray, int] = {}
        self._alerts: dict[tuple[str, str, str], tuple[str, int]] = {}

    def stray(self, workload: tuple[str, str], reason: str, protocol: str, fingerprint: str, model: str) -> None:
        """Count a request that nobody declared. `model` is cut to 200 characters."""
        key = (*workload, reason, protocol, fingerprint, model[:200])
        if key not in self._strays and len(self._strays) >= DISTINCT:
            key = ("", "", reason, protocol, "(more)", "")
        self._strays[key] = self._strays.get(key, 0) + 1

    def alert(self, workload: tuple[str, str], condition: str, detail: str) -> None:
        """Count an occurrence of a condition; the first detail of the interval is told."""
        key = (*workload, condition)
        first, count = self._alerts.get(key, (detail, 0))
        self._alerts[key] = (first, count + 1)

    def flush(self, now: int) -> None:
        """Tell everything counted since the last flush; `now` in Unix nanoseconds."""
        strays, self._strays = self._strays, {}
        for (tenant, workload, reason, protocol, fingerprint, model), count in strays.items():
            self._append(Strayed(tenant, workload, now, reason, protocol, fingerprint, model, count))
        alerts, self._alerts = self._alerts, {}
        for (tenant, workload, condition), (detail, count) in alerts.items():
            self._append(Raised(tenant, workload, now, condition, detail, count))
