"""The end users whom a workload serves live, counted as the journal is written: one row for each of them."""

from __future__ import annotations

import time

from sqlalchemy import Connection

from prodworthy.policy.core.events import Received
from prodworthy.record.journal.figures import bounded, bounded_time
from prodworthy.record.store.tables import user_seen
from prodworthy.record.store.upsert import insert_or_change

MONTHS = 13
"""Months for which an end user counts after the last time."""

MOST_REMEMBERED = 100_000
_SECOND = 1_000_000_000
_COLUMNS = ("tenant", "workload", "subject", "month")

Seen = tuple[str, str, str, str]
"""Tenant, workload, keyed hash of the end user, month."""


def month_of(at: int) -> str:
    """The month (`YYYYMM`, UTC) of a time in Unix nanoseconds."""
    return time.strftime("%Y%m", time.gmtime(bounded_time(at) // _SECOND))


def first_month(now: int) -> str:
    """The oldest month that still counts at `now` (Unix nanoseconds)."""
    today = month_of(now)
    months = int(today[:4]) * 12 + int(today[4:]) - 1 - MONTHS
    return f"{months // 12:04}{months % 12 + 1:02}"


class UsersSeen:
    """What one batch adds. `known` are those on record already: most batches add nobody."""

    def __init__(self, known: set[Seen]) -> None:
        """Nobody yet."""
        self._known = known
        self._new: set[Seen] = set()

    def received(self, event: Received) -> None:
        """An exchange began: its end user counts if the stage let it in as live traffic."""
        if event.counted and event.subject:
            places = bounded(event.tenant, 63), bounded(event.workload, 63), bounded(event.subject, 64)
            seen = (*places, month_of(event.at))
            if seen not in self._known:
                self._new.add(seen)

    def write(self, connection: Connection) -> None:
        """Write whom nobody knows yet, in the caller's transaction."""
        rows = {seen[:3]: dict(zip(_COLUMNS, seen, strict=True)) for seen in sorted(self._new)}
        insert_or_change(connection, user_seen, list(rows.values()), add=(), put=("month",))

    def written(self) -> None:
        """Call after the commit."""
        if len(self._known) + len(self._new) > MOST_REMEMBERED:
            self._known.clear()
        self._known |= self._new
