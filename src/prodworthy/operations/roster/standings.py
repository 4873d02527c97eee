"""Where workloads stand, as the assessor wrote it: nobody else writes these rows. An unreadable one opens nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from prodworthy.operations.acts import Target
from prodworthy.policy.core.stages import NEVER_ASSESSED, STAGES, Assessed, Gap, Override, Scope
from prodworthy.record.store.tables import standing

_COLUMNS = [column for column in standing.c if column.name != "report"]


class _Summary(msgspec.Struct, frozen=True):
    """What people are told of an assessment."""

    held_by: str = ""
    gaps: tuple[Gap, ...] = ()
    freeze: tuple[Gap, ...] = ()
    override: Override | None = None


def standings(connection: Connection, tenant: str | None = None) -> dict[Target, Assessed]:
    """Where every assessed workload (of one tenant, or of all) stands."""
    query = select(*_COLUMNS)
    if tenant is not None:
        query = query.where(standing.c.tenant == tenant)
    return {Target(row.tenant, row.workload): _assessed(row) for row in connection.execute(query)}


def standing_of(connection: Connection, target: Target) -> Assessed:
    """Where one workload stands; in Experiment if nobody assessed it."""
    table = standing.c
    query = select(*_COLUMNS).where(table.tenant == target.tenant, table.workload == target.workload)
    row = connection.execute(query).first()
    return NEVER_ASSESSED if row is None else _assessed(row)


def _assessed(row: Row[Any]) -> Assessed:
    try:
        scope = msgspec.json.decode(row.scope, type=Scope)
        summary = msgspec.json.decode(row.summary, type=_Summary)
    except msgspec.DecodeError:
        return _UNREADABLE
    if row.stage not in STAGES:
        return _UNREADABLE
    said = msgspec.structs.asdict(summary)
    return Assessed(stage=row.stage, frozen=bool(row.frozen), scope=scope, assessed_at=row.assessed_at, **said)


_UNREADABLE = Assessed(frozen=True, held_by="its assessment cannot be read: another version of Prodworthy wrote it")
