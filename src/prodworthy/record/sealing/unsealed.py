"""What is not sealed yet: segments of the journal without a leaf, and operation events, whose salts are drawn here."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select

from prodworthy.record.sealing.applying import UNSEALED
from prodworthy.record.sealing.commitment import SALT_BYTES
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import journal_segment, operation_event, operation_leaf

SEGMENTS_PER_ROUND = EVENTS_PER_ROUND = 200
"""So that a round stays far below the 32 MB that one call of the ledger takes."""

# PostgreSQL numbers an event before its transaction is committed: numbers this far behind may still appear
STRAGGLERS = 1_000


class Unsealed(NamedTuple):
    """Rows of segments, and of events with their salts, each in order of their ids."""

    segments: Sequence[Mapping[Any, Any]]
    events: Sequence[Mapping[Any, Any]]


class Waiting(NamedTuple):
    """How many segments (and frames in them) and events wait for their leaf, since when (Unix ns; 0: none waits)."""

    segments: int
    frames: int
    events: int
    since: int


def next_unsealed(store: Store, all_events: bool) -> Unsealed:
    """What the next round seals, with its salts in the database. Raises StoreFault.

    With `all_events` every event is looked at; else those from a little before the last one that has a leaf.
    """
    _draw_salts(store, all_events)
    event, leaf = operation_event.c, operation_leaf.c
    segments = select(journal_segment).where(journal_segment.c.leaf.is_(None)).order_by(journal_segment.c.id)
    events = select(operation_event, leaf.salt).join(operation_leaf, leaf.event == event.id)
    events = events.where(leaf.leaf == UNSEALED).order_by(event.id)
    with store.connect() as connection:
        return Unsealed(
            connection.execute(segments.limit(SEGMENTS_PER_ROUND)).mappings().all(),
            connection.execute(events.limit(EVENTS_PER_ROUND)).mappings().all(),
        )


def waiting(connection: Connection) -> Waiting:
    """What waits for its leaf now."""
    table, event, leaf = journal_segment.c, operation_event.c, operation_leaf.c
    segments = select(func.count(), func.coalesce(func.sum(table.count), 0), func.min(table.taken_at))
    events = select(func.count(), func.min(event.at)).select_from(operation_event)
    events = events.outerjoin(operation_leaf, leaf.event == event.id)
    first = connection.execute(segments.where(table.leaf.is_(None))).one()
    second = connection.execute(events.where(func.coalesce(leaf.leaf, UNSEALED) == UNSEALED)).one()
    times = [at for at in (first[2], second[1]) if at is not None]
    return Waiting(first[0], int(first[1]), second[0], min(times, default=0))


def _draw_salts(store: Store, all_events: bool) -> None:
    event, leaf = operation_event.c, operation_leaf.c
    with store.connect() as connection:
        last = connection.execute(select(func.max(leaf.event)).where(leaf.leaf != UNSEALED)).scalar() or 0
        missing = select(event.id).outerjoin(operation_leaf, leaf.event == event.id)
        missing = missing.where(event.id > (0 if all_events else last - STRAGGLERS), leaf.event.is_(None))
        ids = connection.execute(missing.order_by(event.id).limit(EVENTS_PER_ROUND)).scalars().all()
    if ids:
        rows = [{"event": one, "leaf": UNSEALED, "salt": secrets.token_bytes(SALT_BYTES)} for one in ids]
        with store.begin() as connection:
            connection.execute(insert(operation_leaf), rows)
