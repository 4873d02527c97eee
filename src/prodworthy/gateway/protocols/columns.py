"""Columns of a scoring request: MLflow's four JSON forms as tensors, with the datatypes that pandas would give them.

A column of whole numbers is INT64, of numbers FP64, of booleans BOOL, of text BYTES. A missing value makes numbers FP64
and stands as None. A column of several kinds has the datatype "" and no values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from prodworthy.gateway.protocols.fields import invalid
from prodworthy.gateway.protocols.tensors import MAX_VALUES
from prodworthy.policy.core.exchange import Tensor

Tensors = tuple[Tensor, ...]

_MAX_RANK = 32


def columns_of_split(frame: Any, where: str) -> Tensors:
    """`{"columns": [...], "index": [...], "data": [[...]]}`. Raises Unreadable."""
    rows = frame.get("data") if isinstance(frame, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise invalid(f"{where}.data", "must be a list of rows")
    names = frame.get("columns")
    if names is None:
        names = list(range(len(rows[0]) if rows else 0))
    if not isinstance(names, list) or not all(type(name) in (str, int) for name in names):
        raise invalid(f"{where}.columns", "must be a list of names")
    names = [str(name) for name in names]
    if len(set(names)) != len(names):
        raise invalid(f"{where}.columns", "have the same name twice")
    if not all(len(row) == len(names) for row in rows):
        raise invalid(f"{where}.data", "must have one value per column in each row")
    columns = zip(*rows, strict=True) if rows else ((),) * len(names)
    return _tensors(dict(zip(names, columns, strict=True)))


def columns_of_records(rows: Any, where: str) -> Tensors:
    """`[{"column": value}]`; a row may leave columns out. Raises Unreadable."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise invalid(where, "must be a list of objects")
    names = dict.fromkeys(name for row in rows for name in row)
    # Sparse rows could ask for many more cells than they bring.
    if len(names) * len(rows) > MAX_VALUES:
        return tuple(Tensor(name, "", (len(rows),), None) for name in names)
    return _tensors({name: [row.get(name) for row in rows] for name in names})


def columns_of_instances(rows: Any, where: str) -> Tensors:
    """A list of rows: objects with one value per column, or plain values of one unnamed tensor. Raises Unreadable."""
    if not isinstance(rows, list):
        raise invalid(where, "must be a list")
    if rows and isinstance(rows[0], dict):
        return columns_of_records(rows, where)
    return _tensors({where: rows})


def columns_of_inputs(given: Any, where: str) -> Tensors:
    """Columns by name, or plain values of one unnamed tensor. Raises Unreadable."""
    if isinstance(given, dict):
        return _tensors({name: value if isinstance(value, list) else [value] for name, value in given.items()})
    if isinstance(given, list):
        return _tensors({where: given})
    raise invalid(where, "must be an object of columns or a list")


def _tensors(columns: Mapping[str, Sequence[Any]]) -> Tensors:
    budget = MAX_VALUES
    found = []
    for name, column in columns.items():
        tensor = _tensor(name, column, budget)
        budget -= math.prod(tensor.shape)
        found.append(tensor)
    return tuple(found)


def _tensor(name: str, column: Sequence[Any], budget: int) -> Tensor:
    """One column; nested lists of equal lengths are further sides of its shape."""
    shape = [len(column)]
    values = column
    while len(values) <= budget:
        kinds = set(map(type, values))
        if kinds != {list}:
            datatype = _datatype(kinds)
            return Tensor(name, datatype, tuple(shape), tuple(values) if datatype else None)
        side = len(values[0])
        if len(shape) == _MAX_RANK or side * len(values) > budget or any(len(row) != side for row in values):
            break
        shape.append(side)
        values = [value for row in values for value in row]
    return Tensor(name, "", tuple(shape), None)


def _datatype(kinds: set[type]) -> str:
    missing = type(None) in kinds
    kinds = kinds - {type(None)}
    if kinds == {int}:
        return "FP64" if missing else "INT64"
    if kinds and kinds <= {int, float}:
        return "FP64"
    return {bool: "BOOL", str: "BYTES"}.get(kinds.pop(), "") if len(kinds) == 1 else ""
