"""Everything that the database holds, column by column, as bytes in which something can be looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy
from sqlalchemy import MetaData, Row, Table, select

from prodworthy.record.store.database import Store, translated

ROWS = 50
"""Rows in memory at once: one may hold the content of an exchange, of several megabytes."""

_DAYS = "journal_"
BETWEEN = b"\x00\xff\x00"
"""Stands between the values of a column, so that nothing is found across two of them."""


def columns(store: Store, since: str) -> Iterator[tuple[str, bytes]]:
    """(place, values) for every column of every table, some rows at a time. Raises StoreFault.

    Tables of journal days before `since` (`YYYYMMDD`) are left out: exchanges stand in the table of the day on which
    they began.
    """
    with translated():
        names = sqlalchemy.inspect(store.engine).get_table_names()
    for name in sorted(names):
        day = name.removeprefix(_DAYS)
        if not (name.startswith(_DAYS) and day.isdigit() and day < since):
            yield from _of_table(store, name)


def _of_table(store: Store, name: str) -> Iterator[tuple[str, bytes]]:
    with store.connect() as connection:
        table = Table(name, MetaData(), autoload_with=connection)
        rows = connection.execution_options(stream_results=True).execute(select(table))
        for some in rows.partitions(ROWS):
            yield from _of_rows(table, some)


def _of_rows(table: Table, rows: Iterable[Row[Any]]) -> Iterator[tuple[str, bytes]]:
    for column, values in zip(table.columns, zip(*rows, strict=True), strict=True):
        yield f"table {table.name}, column {column.name}", BETWEEN.join(map(_as_bytes, values))


def _as_bytes(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return str(value).encode("utf-8", "surrogatepass")
