"""The row of a workload's standing, as it was and as it will be."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, select

from prodworthy.operations.acts import Target
from prodworthy.record.store.tables import standing
from prodworthy.record.store.upsert import insert_or_change

Row = dict[str, Any]

# what gateways obey: they are told when one of these changes
_OBEYED = ("stage", "frozen", "scope")
_CHANGING = tuple(column.name for column in standing.c if column.name not in ("tenant", "workload"))


def kept(connection: Connection, target: Target) -> Row | None:
    """The row of a workload, None before its first assessment."""
    table = standing.c
    query = select(standing).where(table.tenant == target.tenant, table.workload == target.workload)
    row: Any = connection.execute(query).mappings().first()
    return dict(row) if row is not None else None


def scope_of(row: Row | None) -> dict[str, Any]:
    """The caps that a row has, none where there is no row."""
    found: dict[str, Any] = json.loads(row["scope"]) if row is not None else {}
    return found


def keep(connection: Connection, before: Row | None, after: Row) -> bool:
    """Put a row in place of what was before, in the caller's transaction; whether gateways have to learn of it."""
    insert_or_change(connection, standing, [after], add=(), put=_CHANGING)
    return before is None or any(before[name] != after[name] for name in _OBEYED)
