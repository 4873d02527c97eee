"""`INSERT … ON CONFLICT`, which both databases know and SQLAlchemy keeps in two places."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows; those whose primary key exists already stay as they are."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def insert_or_change(
    connection: Connection, table: Table, rows: list[dict[str, Any]], add: tuple[str, ...], put: tuple[str, ...] = ()
) -> None:
    """Insert rows; to one whose primary key exists, `add` the numbers, and `put` the new values in place of the old.

    Rows are written in the order of their keys, so that two writers never wait for each other in a circle.
    """
    if not rows:
        return
    key = [column.name for column in table.primary_key.columns]
    statement = _insert(connection, table)
    changed = {name: table.c[name] + statement.excluded[name] for name in add}
    changed |= {name: statement.excluded[name] for name in put}
    ordered = sorted(rows, key=lambda row: [row[name] for name in key])
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), ordered)


def _insert(connection: Connection, table: Table) -> Any:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
