"""What people did, as it stands in the record: written in the transaction of the change itself, append-only."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, insert, select

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
    query = select(operation_event).where(
        operation_event.c.tenant == target.tenant, operation_event.c.workload == target.workload
    )
    if before is not None:
        query = query.where(operation_event.c.id < before)
    rows = connection.execute(query.order_by(operation_event.c.id.desc()).limit(max(1, min(limit, 1000))))
    return [Recorded(row.id, target, row.actor, row.at, msgspec.json.decode(row.body, type=Event)) for row in rows]
