"""Deletes what has outlived its retention, in small transactions, and records that it did.

What a workload's manifest says counts for that workload; everything else keeps the default. The keys of subjects go
when nothing that they could open can still be there; figures and strays have bounds of their own.

A segment whose frames are going can still be told by its root and figures; its row stays until all of them are gone,
and as long as it is not sealed. After that its statement in the ledger says the same for ever.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, delete, func, insert, literal_column, select, text

from prodworthy.record.journal.days import DAY, day_exists, day_start, day_table, drop_day, existing_days
from prodworthy.record.journal.figures import MINUTE
from prodworthy.record.journal.findings import ACTOR
from prodworthy.record.journal.read import workloads_of_day
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import journal_segment, operation_event, rollup, stray, subject_key

ROLLUP_DAYS = 400
STRAY_DAYS = 90
# a key serves one month (see `subjects`), so the last content under it is at most a month younger than the key
KEY_SPAN_DAYS = 32
ROWS_PER_TRANSACTION = 2_000
YIELD_SECONDS = 0.003


class Swept(msgspec.Struct, frozen=True, tag="Swept"):
    """What a sweep deleted: journal rows by `tenant/workload`, days, keys, minutes of figures, strays, segments."""

    rows: dict[str, int]
    days: tuple[str, ...]
    keys: int
    rollups: int
    strays: int
    segments: int = 0


def sweep(store: Store, retentions: Mapping[tuple[str, str], int], default_days: int, now: int) -> Swept:
    """Delete what is older than its workload's retention in days, by (tenant, workload); record it as `Swept`.

    Raises:
        StoreFault: the database; what was deleted until then stays deleted, and the next sweep goes on.
    """
    rows: dict[str, int] = {}
    dropped: list[str] = []
    with store.connect() as connection:
        days = existing_days(connection)
    for day in days:
        for place, count in _sweep_day(store, day, retentions, default_days, now).items():
            rows[place] = rows.get(place, 0) + count
        if _drop_if_empty(store, day, now):
            dropped.append(day)
    longest = max([default_days, *retentions.values()]) + KEY_SPAN_DAYS
    keys = _delete(store, subject_key, subject_key.c.created_at < now - longest * DAY)
    rollups = _delete(store, rollup, rollup.c.minute < (now - ROLLUP_DAYS * DAY) // MINUTE)
    strays = _delete(store, stray, stray.c.last_at < now - STRAY_DAYS * DAY)
    segments = _sweep_segments(store, retentions, default_days, now)
    swept = Swept(rows, tuple(dropped), keys, rollups, strays, segments)
    _record(store, swept, now)
    return swept


def _sweep_day(
    store: Store, day: str, retentions: Mapping[tuple[str, str], int], default_days: int, now: int
) -> dict[str, int]:
    """Delete the old rows of one day; how many by `tenant/workload`."""
    deleted: dict[str, int] = {}
    if day_start(day) > now - min([default_days, *retentions.values()]) * DAY:
        return deleted
    table = day_table(day)
    with store.connect() as connection:
        pairs = workloads_of_day(connection, table) if day_exists(connection, day) else []
    for tenant, workload in pairs:
        kept = retentions.get((tenant, workload), default_days)
        old = (table.c.tenant == tenant, table.c.workload == workload, table.c.at < now - kept * DAY)
        count = _delete(store, table, *old)
        if count:
            deleted[f"{tenant}/{workload}"] = count
    return deleted


def _sweep_segments(store: Store, retentions: Mapping[tuple[str, str], int], default_days: int, now: int) -> int:
    """Delete sealed segments whose frames are gone; how many. The last one stays, so that no number comes twice."""
    table, deleted = journal_segment.c, 0
    with store.connect() as connection:
        pairs = workloads_of_day(connection, journal_segment)
        last = connection.execute(select(func.max(table.id))).scalar() or 0
    for tenant, workload in pairs:
        kept = retentions.get((tenant, workload), default_days)
        old = (table.tenant == tenant, table.workload == workload, table.taken_at < now - kept * DAY)
        deleted += _delete(store, journal_segment, *old, table.leaf.is_not(None), table.id < last)
    return deleted


def _drop_if_empty(store: Store, day: str, now: int) -> bool:
    """Drop a day that is over and has nothing left. The look and the drop are one transaction."""
    if day_start(day) + 2 * DAY > now:
        return False
    table = day_table(day)
    with store.begin() as connection:
        if not day_exists(connection, day):
            return False
        if store.dialect == "postgresql":
            # nobody may add a row between the look and the drop; who waits to do so makes the day again
            connection.execute(text(f"LOCK TABLE {table.name} IN ACCESS EXCLUSIVE MODE"))
        if connection.execute(select(table.c.sequence).limit(1)).first() is not None:
            return False
        drop_day(connection, day)
    return True


def _delete(store: Store, table: Table, *old: ColumnElement[bool]) -> int:
    """Delete rows a few at a time, so that nobody waits long for SQLite's write lock; how many."""
    row_id: ColumnElement[Any] = literal_column("ctid" if store.dialect == "postgresql" else "rowid")
    some = select(row_id).select_from(table).where(*old).limit(ROWS_PER_TRANSACTION)
    total = 0
    while True:
        with store.begin() as connection:
            count = connection.execute(delete(table).where(row_id.in_(some))).rowcount
        total += count
        if count < ROWS_PER_TRANSACTION:
            return total
        time.sleep(YIELD_SECONDS)


def _record(store: Store, swept: Swept, now: int) -> None:
    body = msgspec.json.encode(swept).decode()
    with store.begin() as connection:
        connection.execute(
            insert(operation_event).values(tenant="", workload="", kind="Swept", at=now, actor=ACTOR, body=body)
        )
