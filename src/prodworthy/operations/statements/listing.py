"""The statements on one workload, those that count no more among them: who said what, until when, who seconded it."""

from __future__ import annotations

import msgspec
from sqlalchemy import select

from prodworthy.operations.acts import Event, Seconded, Target, Withdrawn
from prodworthy.operations.roster.lookup import require_workload
from prodworthy.operations.statements.statements import KINDS, Statement
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import operation_event


class Stated(msgspec.Struct, frozen=True):
    """One statement: its number, who made it and when (Unix ns), who seconded it, and why it was withdrawn, if it was.

    `in_force` says whether it counts now.
    """

    number: int
    by: str
    at: int
    said: Statement
    seconded_by: tuple[str, ...]
    withdrawn: str
    in_force: bool


def statements(store: Store, target: Target, now: int) -> tuple[Stated, ...]:
    """All statements on a workload, oldest first. Raises UnknownWorkload."""
    table = operation_event.c
    kinds = (*KINDS, Seconded.__name__, Withdrawn.__name__)
    query = select(operation_event).where(
        table.tenant == target.tenant, table.workload == target.workload, table.kind.in_(kinds)
    )
    with store.connect() as connection:
        require_workload(connection, target)
        rows = list(connection.execute(query.order_by(table.id)))
    said, seconds, withdrawn = [], dict[int, list[str]](), dict[int, str]()
    for row in rows:
        event = msgspec.json.decode(row.body, type=Event)
        if isinstance(event, Seconded):
            seconds.setdefault(event.event, []).append(row.actor)
        elif isinstance(event, Withdrawn):
            withdrawn[event.event] = event.reason
        elif isinstance(event, Statement):
            said.append((row, event))
    return tuple(
        Stated(
            row.id,
            row.actor,
            row.at,
            event,
            tuple(seconds.get(row.id, ())),
            withdrawn.get(row.id, ""),
            row.id not in withdrawn and event.until > now,
        )
        for row, event in said
    )
