"""Writes exchanges to a Parquet file, a row group at a time. The only module that loads pyarrow."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
from pathlib import Path
from typing import Any

import msgspec
import pyarrow
from pyarrow import parquet

from prodworthy.record.journal.read import Selection, exchanges
from prodworthy.record.journal.records import Record
from prodworthy.record.store.database import Store

ROWS_PER_GROUP = 10_000
_TIME = pyarrow.timestamp("ns", tz="UTC")
_DECISION = pyarrow.struct([(name, pyarrow.string()) for name in ("criterion", "outcome", "mode", "reason", "code")])
_SPECIAL = {
    "received_at": _TIME,
    "completed_at": _TIME,
    "stream": pyarrow.bool_(),
    "cost": pyarrow.float64(),
    "decisions": pyarrow.list_(_DECISION),
    "content": pyarrow.list_(pyarrow.string()),
}
_NUMBERS = {
    "status", "tokens_in", "tokens_out", "latency", "first_byte", "attempts", "request_bytes", "answer_bytes",
    "tools", "tools_offered", "undeclared",
}  # fmt: skip
_BYTES = {"salt", "request_digest", "answer_digest"}


def schema() -> pyarrow.Schema:
    """The columns: the fields of a `Record` under their own names; an exchange that never completed has end ""."""
    columns = []
    for name in Record.__struct_fields__:
        kind = _SPECIAL.get(name)
        if kind is None:
            kind = pyarrow.int64() if name in _NUMBERS else pyarrow.binary() if name in _BYTES else pyarrow.string()
        columns.append(pyarrow.field(name, kind))
    return pyarrow.schema(columns)


def export(store: Store, path: Path, selection: Selection | None = None) -> int:
    """Write the selected exchanges, without content, to `path` (mode 0600); how many there were.

    The file appears under its name when it is whole; one that is there already is replaced.

    Raises:
        StoreFault: the database.
        OSError: the file cannot be written.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    count, columns = 0, schema()
    records = exchanges(store, selection or Selection())
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file, parquet.ParquetWriter(file, columns, compression="zstd") as writer:
            while group := list(itertools.islice(records, ROWS_PER_GROUP)):
                writer.write_table(pyarrow.Table.from_pylist([_row(record) for record in group], schema=columns))
                count += len(group)
        os.rename(beside, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
    return count


def _row(record: Record) -> dict[str, Any]:
    row = msgspec.structs.asdict(record)
    row["decisions"] = [msgspec.structs.asdict(decision) for decision in record.decisions]
    row["content"] = list(record.content)
    return row
