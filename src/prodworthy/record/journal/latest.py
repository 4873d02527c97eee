"""Reads exchanges newest first, for those who look at a bounded part of them: the latest say most about now."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sqlalchemy import select

from prodworthy.policy.core.events import Sampled
from prodworthy.record.journal.days import DAY, day_exists, day_start, day_table, existing_days
from prodworthy.record.journal.read import Selection
from prodworthy.record.journal.records import Record, entry, entry_columns, fold
from prodworthy.record.store.database import Store

_PAGE = 1_000


def latest(store: Store, selection: Selection) -> Iterator[Record]:
    """The selected exchanges, newest first, in pages: no transaction stays open meanwhile. Raises StoreFault."""
    for day in _days(store, selection):
        for record in _of_day(store, day, selection):
            if selection.since <= record.at < selection.until:
                yield record


def samples(store: Store, selection: Selection) -> Iterator[Sampled]:
    """What was measured of sampled answers within the selected time, newest day first. Raises StoreFault."""
    for day in _days(store, selection):
        table = day_table(day)
        query = select(*entry_columns(table)).where(selection.holds(table), table.c.kind == "Sampled")
        query = query.where(table.c.at >= selection.since, table.c.at < selection.until).order_by(table.c.at)
        with store.connect() as connection:
            rows = connection.execute(query).all() if day_exists(connection, day) else []
        yield from (event for event in (entry(row).event for row in rows) if isinstance(event, Sampled))


def _days(store: Store, selection: Selection) -> list[str]:
    """The days that may hold something of the selection, newest first."""
    with store.connect() as connection:
        days = existing_days(connection)
    return [day for day in reversed(days) if selection.since - DAY < day_start(day) < selection.until]


def _of_day(store: Store, day: str, selection: Selection) -> Iterator[Record]:
    table = day_table(day)
    query = select(*entry_columns(table)).where(selection.holds(table), table.c.exchange > "")
    query = query.order_by(table.c.exchange.desc(), table.c.gateway, table.c.sequence).limit(_PAGE)
    last: str | None = None
    while True:
        older = query if last is None else query.where(table.c.exchange < last)
        with store.connect() as connection:
            # the sweep may have dropped the day meanwhile
            rows = connection.execute(older).all() if day_exists(connection, day) else []
        entries = [entry(row) for row in rows]
        groups = [list(group) for _, group in itertools.groupby(entries, key=lambda one: one.exchange)]
        # a full page may end within an exchange: that one is read again, whole
        if len(entries) == _PAGE and len(groups) > 1:
            groups.pop()
        yield from filter(None, map(fold, groups))
        if len(entries) < _PAGE:
            return
        last = groups[-1][0].exchange
