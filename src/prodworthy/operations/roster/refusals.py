"""Refused manifests that stand: those that came after the last one that was applied."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, func, select

from prodworthy.operations.acts import ApplyRefused, Target
from prodworthy.operations.roster.faults import Fault
from prodworthy.record.store.tables import operation_event

_APPLIES = ("Applied", "ApplyRefused")


class Refused(msgspec.Struct, frozen=True):
    """The last apply of a workload was refused: when (Unix nanoseconds), whose apply it was, and why."""

    target: Target
    at: int
    actor: str
    faults: tuple[Fault, ...]


def standing_refusals(connection: Connection, tenant: str | None = None, workload: str | None = None) -> list[Refused]:
    """The standing refusals of all tenants, of one, or of one workload, by tenant and name."""
    table = operation_event.c
    last = select(func.max(table.id)).where(table.kind.in_(_APPLIES)).group_by(table.tenant, table.workload)
    if tenant is not None:
        last = last.where(table.tenant == tenant)
    if workload is not None:
        last = last.where(table.workload == workload)
    query = select(operation_event).where(table.id.in_(last), table.kind == "ApplyRefused")
    return [
        Refused(
            Target(row.tenant, row.workload),
            row.at,
            row.actor,
            msgspec.json.decode(row.body, type=ApplyRefused).faults,
        )
        for row in connection.execute(query.order_by(table.tenant, table.workload))
    ]
