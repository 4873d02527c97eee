"""What people did, as it stands in the record: written in the transaction of the change itself, append-only."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Select, insert, select

from prodworthy.operations.acts import Act, Event, Target
from prodworthy.record.store.tables import operation_event


class Recorded(msgspec.Struct, frozen=True):
    """An event as it stands in the record."""

    id: int
    target: Target
    actor: str
    at: int
    event: Event


def record(connection: Connection, target: Target, act: Act, event: Event) -> None:
    """Write an event in the caller's transaction, so that change and record stand or fall together."""
    row: dict[str, Any] = {
        "tenant": target.tenant,
        "workload": target.workload,
        "kind": type(event).__name__,
        "at": act.at,
        "actor": act.actor,
        "body": msgspec.json.encode(event).decode(),
    }
    connection.execute(insert(operation_event).values(row))


def recorded(connection: Connection, target: Target, limit: int = 100, before: int | None = None) -> list[Recorded]:
    """A workload's events, newest first, at most `limit` (1 to 1000) and only those with ids below `before`."""
    query = _of(target)
    if before is not None:
        query = query.where(operation_event.c.id < before)
    return _read(connection, target, query.limit(max(1, min(limit, 1000))))


def recorded_of(connection: Connection, target: Target, kind: type[Event], limit: int) -> list[Recorded]:
    """A workload's events of one kind, newest first, at most `limit`."""
    return _read(connection, target, _of(target).where(operation_event.c.kind == kind.__name__).limit(limit))


def _of(target: Target) -> Select[Any]:
    table = operation_event.c
    query = select(operation_event).where(table.tenant == target.tenant, table.workload == target.workload)
    return query.order_by(table.id.desc())


def _read(connection: Connection, target: Target, query: Select[Any]) -> list[Recorded]:
    rows = connection.execute(query)
    return [Recorded(row.id, target, row.actor, row.at, msgspec.json.decode(row.body, type=Event)) for row in rows]
