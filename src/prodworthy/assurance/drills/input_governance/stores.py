"""Everything that the database holds, column by column, as bytes in which something can be looked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy
from sqlalchemy import MetaData, Table, select

from prodworthy.record.store.database import Store, translated

ROWS = 10
"""Rows that are fetched at once: one may hold the content of an exchange, of several megabytes."""

PIECE = 1_048_576
"""Bytes that are gathered before they are handed on, if no row has more."""

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
        places = [f"table {name}, column {column.name}" for column in table.columns]
        gathered: list[list[bytes]] = [[] for _ in places]
        size = 0
        for rows in connection.execution_options(stream_results=True).execute(select(table)).partitions(ROWS):
            for values, given in zip(gathered, zip(*rows, strict=True), strict=True):
                new = [_as_bytes(value) for value in given]
                values.extend(new)
                size += sum(map(len, new))
            if size >= PIECE:
                yield from _joined(places, gathered)
                size = 0
        yield from _joined(places, gathered)


def _joined(places: list[str], gathered: list[list[bytes]]) -> Iterator[tuple[str, bytes]]:
    for place, values in zip(places, gathered, strict=True):
        yield place, BETWEEN.join(values)
        values.clear()


def _as_bytes(value: Any) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return str(value).encode("utf-8", "surrogatepass")
