"""Reading tensors of the Open Inference Protocol: nested JSON or raw little-endian bytes, values in row order."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any, TypeVar

from prodworthy.gateway.protocols.fields import invalid
from prodworthy.policy.core.exchange import Tensor

T = TypeVar("T")

MAX_VALUES = 1_000_000
"""Values read one by one in a request; tensors beyond are passed on with `values` None."""

_MAX_NAME = 200
_MAX_RANK = 32
_MAX_SIDE = 2**40

_CODES = {
    "BOOL": "?",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "UINT64": "Q",
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "INT64": "q",
    "FP16": "e",
    "FP32": "f",
    "FP64": "d",
    "BF16": "H",
}
"""The fixed-size datatypes by their code in `struct`; BF16 is read as its 16 bits and widened."""

_TYPES: Mapping[str, frozenset[type]] = {
    "BOOL": frozenset({bool}),
    "BYTES": frozenset({str}),
    **{name: frozenset({int, float}) for name in ("FP16", "BF16", "FP32", "FP64")},
    **{name: frozenset({int}) for name in _CODES if "INT" in name},
}


def read_tensors(inputs: list[Any], tail: memoryview) -> tuple[Tensor, ...]:
    """The inputs of a request; `tail` holds their binary data, one after the other. Raises Unreadable."""
    if not inputs:
        raise invalid("inputs", "must not be empty")
    tensors: list[Tensor] = []
    budget = MAX_VALUES
    for index, entry in enumerate(inputs):
        where = f"inputs.{index}"
        if not isinstance(entry, dict):
            raise invalid(where, "must be an object")
        source = _Input(entry, where)
        raw, tail = source.cut(tail)
        fits = source.size <= budget
        budget -= source.size if fits else 0
        tensors.append(Tensor(source.name, source.datatype, source.shape, source.values(raw, fits)))
    if tail:
        raise invalid("inputs", "announce less binary data than the body holds")
    if len({tensor.name for tensor in tensors}) != len(tensors):
        raise invalid("inputs", "have the same name twice")
    return tuple(tensors)


class _Input:
    """One entry of `inputs`."""

    def __init__(self, entry: dict[str, Any], where: str) -> None:
        """Read name, datatype and shape. Raises Unreadable."""
        self._where = where
        self.name = self._field(entry, "name", str)
        self.datatype = self._field(entry, "datatype", str)
        self.shape = _shape(self._field(entry, "shape", list), f"{where}.shape")
        parameters = entry.get("parameters")
        self._binary = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
        self._data = entry.get("data")
        if len(self.name) > _MAX_NAME:
            raise invalid(f"{where}.name", f"must have at most {_MAX_NAME} characters")
        if self.datatype not in _TYPES:
            raise invalid(f"{where}.datatype", "must be a datatype of the protocol")
        self.size = math.prod(self.shape)
        if (self._binary is None) == (self._data is None):
            raise invalid(f"{where}.data", "is required, either in JSON or as binary data")

    def _field(self, entry: dict[str, Any], field: str, kind: type[T]) -> T:
        value = entry.get(field)
        if not isinstance(value, kind):
            raise invalid(f"{self._where}.{field}", "is required" if value is None else "is of the wrong type")
        return value

    def cut(self, tail: memoryview) -> tuple[memoryview, memoryview]:
        """The bytes of this tensor, and what follows them. Raises Unreadable."""
        if self._binary is None:
            return tail[:0], tail
        size = self._binary
        if type(size) is not int or not 0 <= size <= len(tail):
            raise invalid(f"{self._where}.parameters.binary_data_size", "must fit the binary data of the body")
        code = _CODES.get(self.datatype)
        least = 4 * self.size if code is None else struct.calcsize(code) * self.size
        if size != least if code else size < least:
            raise invalid(f"{self._where}.parameters.binary_data_size", "must fit the shape")
        return tail[:size], tail[size:]

    def values(self, raw: memoryview, fits: bool) -> tuple[Any, ...] | None:
        """The values in row order, or None where there are too many to read. Raises Unreadable."""
        if not fits:
            self._check_outline()
            return None
        if self._binary is None:
            return self._from_json()
        if self.datatype == "BYTES":
            return self._strings(raw)
        values = struct.unpack(f"<{self.size}{_CODES[self.datatype]}", raw)
        if self.datatype == "BF16":
            widened = struct.pack(f"<{self.size}I", *(value << 16 for value in values))
            return struct.unpack(f"<{self.size}f", widened)
        return values

    def _check_outline(self) -> None:
        """What can be checked without reading every value."""
        if self._binary is not None:
            return
        if not isinstance(self._data, list) or len(self._data) not in (self.size, *self.shape[:1]):
            raise invalid(f"{self._where}.data", "must fit the shape")

    def _from_json(self) -> tuple[Any, ...]:
        if not isinstance(self._data, list):
            raise invalid(f"{self._where}.data", "must be a list")
        values = _flat(self._data, self.shape)
        if values is None:
            raise invalid(f"{self._where}.data", "must fit the shape")
        if not set(map(type, values)) <= _TYPES[self.datatype]:
            raise invalid(f"{self._where}.data", f"must hold values of datatype {self.datatype}")
        if "INT" in self.datatype and values and not _in_range(values, self.datatype):
            raise invalid(f"{self._where}.data", f"must hold values that fit {self.datatype}")
        return tuple(values)

    def _strings(self, raw: memoryview) -> tuple[Any, ...]:
        """Elements of bytes, each after its length in four bytes; text where it is UTF-8."""
        values: list[Any] = []
        place = 0
        while place < len(raw) and len(values) < self.size:
            end = place + 4 + int.from_bytes(raw[place : place + 4], "little")
            values.append(_text(bytes(raw[place + 4 : end])))
            place = end
        if place != len(raw) or len(values) != self.size:
            raise invalid(f"{self._where}.parameters.binary_data_size", "must fit the lengths of the elements")
        return tuple(values)


def _shape(sides: list[Any], where: str) -> tuple[int, ...]:
    if len(sides) > _MAX_RANK or not all(type(side) is int and 0 <= side <= _MAX_SIDE for side in sides):
        raise invalid(where, f"must be at most {_MAX_RANK} whole numbers from 0 up")
    return tuple(sides)


def _flat(data: list[Any], shape: tuple[int, ...]) -> list[Any] | None:
    """The values of `data`, which is flat already or nested as `shape` says; None if it is neither."""
    if len(data) == math.prod(shape) and not (data and isinstance(data[0], list)):
        return data
    level = data
    if not shape or len(level) != shape[0]:
        return None
    for side in shape[1:]:
        if not all(type(row) is list and len(row) == side for row in level):
            return None
        level = [value for row in level for value in row]
    return level


def _in_range(values: list[int], datatype: str) -> bool:
    bits = int(datatype.rpartition("INT")[2])
    low, high = (0, 2**bits - 1) if datatype.startswith("U") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return low <= min(values) and max(values) <= high


def _text(element: bytes) -> str | bytes:
    try:
        return element.decode()
    except UnicodeDecodeError:
        return element
