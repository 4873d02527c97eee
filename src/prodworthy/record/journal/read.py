"""Reads the journal: its latest events, one exchange, exchanges that never completed, figures and budgets.

Without a tenant, everything of all tenants is read; whoever serves one tenant has to name it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, FromClause, Table, and_, func, select, true, tuple_

from prodworthy.record.journal.days import DAY, SECOND, day_exists, day_of, day_start, day_table, existing_days
from prodworthy.record.journal.figures import MINUTE
from prodworthy.record.journal.records import Entry, Record, entry, entry_columns, fold
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import rollup

LATEST = 2**63 - 1
# frames of several gateways reach the journal out of order by no more than this, unless a spool stood still
OVERLAP = 10 * SECOND
_PAGE = 1_000


class Selection(msgspec.Struct, frozen=True):
    """Which exchanges: of one tenant or workload, begun at or after `since` and before `until` (Unix ns)."""

    tenant: str | None = None
    workload: str | None = None
    since: int = 0
    until: int = LATEST

    def holds(self, table: FromClause) -> ColumnElement[bool]:
        """The condition on tenant and workload."""
        wanted = [(table.c.tenant, self.tenant), (table.c.workload, self.workload)]
        return and_(true(), *(column == value for column, value in wanted if value is not None))


class Live(msgspec.Struct, frozen=True):
    """Figures of a workload: exchanges per second over the last 60 s, and sums since midnight (UTC).

    `blocked` and `redacted` count exchanges in which an enforcing control did so; `cost` (US dollars) leaves out
    answers whose price is not known; `latency` is the mean in microseconds over everything that ended.
    """

    per_second: float
    exchanges: int
    answered: int
    refused: int
    killed: int
    faults: int
    blocked: int
    redacted: int
    tokens_in: int
    tokens_out: int
    cost: float
    latency: float


def tail(
    store: Store, tenant: str | None = None, workload: str | None = None, limit: int = 50, after: int | None = None
) -> list[Entry]:
    """The latest `limit` events, or the first `limit` that happened after `after` (Unix ns); oldest first.

    Raises StoreFault.
    """
    selection = Selection(tenant, workload)
    found: list[Entry] = []
    with store.connect() as connection:
        days = existing_days(connection)
        if after is None:
            days.reverse()
        else:
            days = [day for day in days if day_start(day) >= after - 2 * DAY]
        enough = False
        for day in days:
            found += _of_day(connection, day_table(day), selection, limit, after)
            # an exchange that ran over midnight stands in the day before: look one day further
            if enough:
                break
            enough = len(found) >= limit
    found.sort(key=lambda one: (one.at, one.gateway, one.sequence))
    return found[-limit:] if after is None else found[:limit]


class Follow:
    """New events as they come in, each once. For one thread."""

    def __init__(self, store: Store, tenant: str | None = None, workload: str | None = None, since: int = 0) -> None:
        """Begin with what happened after `since` (Unix ns)."""
        self._store = store
        self._tenant = tenant
        self._workload = workload
        self._newest = since
        self._since = since
        self._seen: dict[tuple[str, int], int] = {}

    def poll(self) -> list[Entry]:
        """What is new, at most 10,000 events, oldest first. Raises StoreFault."""
        fresh: list[Entry] = []
        cursor = max(self._newest - OVERLAP, self._since)
        for _ in range(10):
            page = tail(self._store, self._tenant, self._workload, _PAGE, cursor)
            fresh += [one for one in page if (one.gateway, one.sequence) not in self._seen]
            self._seen |= {(one.gateway, one.sequence): one.at for one in page}
            if len(page) < _PAGE:
                break
            cursor = page[-1].at - 1
        self._newest = max([self._newest, *(one.at for one in fresh)])
        self._seen = {key: at for key, at in self._seen.items() if at >= self._newest - OVERLAP}
        return fresh


def show(store: Store, exchange: str, tenant: str | None = None) -> Record | None:
    """One exchange, None if the journal does not have it (or not of this tenant). Raises StoreFault."""
    day = day_of(exchange, 0)
    table = day_table(day)
    with store.connect() as connection:
        if not exchange or not day_exists(connection, day):
            return None
        query = select(*entry_columns(table)).where(table.c.exchange == exchange, Selection(tenant).holds(table))
        return fold([entry(row) for row in connection.execute(query.order_by(table.c.gateway, table.c.sequence))])


def incomplete(store: Store, older_than: int, selection: Selection | None = None, limit: int = 1_000) -> list[Record]:
    """Exchanges received before `older_than` (Unix ns) that have no Completed, oldest first. Raises StoreFault."""
    chosen = selection or Selection()
    found: list[Record] = []
    with store.connect() as connection:
        for day in existing_days(connection):
            begun, ended = day_table(day).alias("begun"), day_table(day).alias("ended")
            completed = select(ended.c.exchange).where(
                ended.c.exchange == begun.c.exchange, ended.c.kind == "Completed"
            )
            query = (
                select(*entry_columns(begun))
                .where(begun.c.kind == "Received", begun.c.at < min(older_than, chosen.until), ~completed.exists())
                .where(begun.c.at >= chosen.since, chosen.holds(begun))
                .order_by(begun.c.at)
                .limit(limit - len(found))
            )
            folded = (fold([entry(row)]) for row in connection.execute(query))
            found += [record for record in folded if record is not None]
            if len(found) >= limit:
                break
    return found


def exchanges(store: Store, selection: Selection) -> Iterator[Record]:
    """All selected exchanges, day by day in the order of their ids, in pages: no transaction stays open meanwhile.

    Raises StoreFault.
    """
    with store.connect() as connection:
        days = existing_days(connection)
    for day in days:
        if selection.since - DAY < day_start(day) < selection.until:
            for record in _exchanges_of(store, day, selection):
                if selection.since <= record.at < selection.until:
                    yield record


def live_figures(store: Store, tenant: str | None, workload: str | None, now: int) -> Live:
    """The figures of a workload, of a tenant (workload None) or of everything (both None). Raises StoreFault."""
    names = tuple(name for name in Live.__struct_fields__ if name not in {"per_second", "latency"})
    sums = [func.coalesce(func.sum(rollup.c[name]), 0) for name in (*names, "latency_sum")]
    holds = Selection(tenant, workload).holds(rollup)
    with store.connect() as connection:
        today = connection.execute(select(*sums).where(holds, rollup.c.minute >= now // DAY * DAY // MINUTE)).one()
        per_second = sum(rates(connection, now, Selection(tenant, workload)).values())
    values: dict[str, Any] = {name: int(value) for name, value in zip(names, today, strict=False)}
    ended = values["answered"] + values["refused"] + values["killed"] + values["faults"]
    values["cost"] = float(today[names.index("cost")])
    return Live(per_second=per_second, latency=int(today[-1]) / ended if ended else 0.0, **values)


def rates(connection: Connection, now: int, selection: Selection | None = None) -> dict[tuple[str, str], float]:
    """Exchanges per second over the last 60 seconds, by tenant and workload; those without any are left out.

    Counted are this minute so far, and of the minute before the share that lies within the 60 seconds.
    """
    minute, share = now // MINUTE, 1.0 - (now % MINUTE) / MINUTE
    query = select(rollup.c.tenant, rollup.c.workload, rollup.c.minute, rollup.c.exchanges).where(
        (selection or Selection()).holds(rollup), rollup.c.minute >= minute - 1, rollup.c.minute <= minute
    )
    found: dict[tuple[str, str], float] = {}
    for tenant, workload, at, count in connection.execute(query):
        weight = 1.0 if at == minute else share
        found[tenant, workload] = found.get((tenant, workload), 0.0) + int(count) * weight / 60.0
    return found


def latest_minute(store: Store) -> int | None:
    """The last Unix minute in which an exchange was recorded, None if there never was one. Raises StoreFault."""
    with store.connect() as connection:
        found = connection.execute(select(func.max(rollup.c.minute)).where(rollup.c.exchanges > 0)).scalar()
    return None if found is None else int(found)


def used_tokens(store: Store, tenant: str, workload: str, start: int) -> int:
    """Tokens in and out that a workload has used since the minute of `start` (Unix ns). Raises StoreFault."""
    query = select(func.coalesce(func.sum(rollup.c.tokens_in + rollup.c.tokens_out), 0))
    with store.connect() as connection:
        return int(
            connection.execute(
                query.where(Selection(tenant, workload).holds(rollup), rollup.c.minute >= start // MINUTE)
            ).scalar_one()
        )


def used_tokens_today(store: Store, tenant: str, workload: str, now: int) -> int:
    """Tokens in and out that a workload has used since midnight (UTC). Raises StoreFault."""
    return used_tokens(store, tenant, workload, now // DAY * DAY)


def workloads_of_day(connection: Connection, table: Table, selection: Selection | None = None) -> list[tuple[str, str]]:
    """The (tenant, workload) pairs that a day table holds: one look into the index for each, however many rows."""
    chosen, pairs = selection or Selection(), list[tuple[str, str]]()
    query = select(table.c.tenant, table.c.workload).where(chosen.holds(table))
    query = query.order_by(table.c.tenant, table.c.workload).limit(1)
    row = connection.execute(query).one_or_none()
    while row is not None:
        pairs.append((row.tenant, row.workload))
        row = connection.execute(query.where(tuple_(table.c.tenant, table.c.workload) > pairs[-1])).one_or_none()
    return pairs


def _of_day(connection: Connection, table: Table, selection: Selection, limit: int, after: int | None) -> list[Entry]:
    """The events of one day, from the index by workload: a day has too many rows to sort them."""
    order = table.c.at.desc() if after is None else table.c.at
    later = true() if after is None else table.c.at > after
    found: list[Entry] = []
    for tenant, workload in workloads_of_day(connection, table, selection):
        holds = Selection(tenant, workload).holds(table)
        rows = connection.execute(select(*entry_columns(table)).where(holds, later).order_by(order).limit(limit))
        found += [entry(row) for row in rows]
    return found


def _exchanges_of(store: Store, day: str, selection: Selection) -> Iterator[Record]:
    table, last = day_table(day), ""
    query = select(*entry_columns(table)).where(selection.holds(table))
    query = query.order_by(table.c.exchange, table.c.sequence).limit(_PAGE)
    while True:
        with store.connect() as connection:
            # the sweep may have dropped the day meanwhile
            rows = connection.execute(query.where(table.c.exchange > last)).all() if day_exists(connection, day) else []
        entries = [entry(row) for row in rows]
        groups = [list(group) for _, group in itertools.groupby(entries, key=lambda one: one.exchange)]
        # a full page may end within an exchange: that one is read again, whole
        if len(entries) == _PAGE and len(groups) > 1:
            groups.pop()
        yield from filter(None, map(fold, groups))
        if len(entries) < _PAGE:
            return
        last = groups[-1][0].exchange
