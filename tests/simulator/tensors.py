"""Tensors of the Open Inference Protocol v2, as JSON and in the binary tensor data extension.

Source: the Open Inference Protocol's REST specification and its binary tensor data extension (little-endian,
row-major; BYTES elements carry a four-byte length; FP16 and BF16 travel in binary only).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

from .exchange import Document, Refused

_FORMATS = {
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
}
DATATYPES = (*_FORMATS, "BF16", "BYTES")


@dataclass(frozen=True, slots=True)
class Tensor:
    """A named tensor; `values` is flat, in row-major order, and holds numbers, booleans or (BYTES) bytes."""

    name: str
    datatype: str
    shape: tuple[int, ...]
    values: tuple[Any, ...]


def read(entry: Any, rest: memoryview) -> tuple[Tensor, memoryview]:
    """One input from its JSON `entry` and the binary `rest`; also what remains. Raises `Refused` (400)."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise Refused(400, "Each input must be an object with a 'name'.")
    name, datatype, shape = entry["name"], entry.get("datatype"), entry.get("shape")
    if datatype not in DATATYPES:
        raise Refused(400, f"Input '{name}' has an invalid datatype.")
    if not isinstance(shape, list) or not all(isinstance(side, int) and side >= 0 for side in shape):
        raise Refused(400, f"Input '{name}' has an invalid shape.")
    size = (entry.get("parameters") or {}).get("binary_data_size")
    if size is not None:
        if not isinstance(size, int) or not 0 <= size <= len(rest):
            raise Refused(400, f"Input '{name}' announces more binary data than the request holds.")
        values, rest = unpack(datatype, bytes(rest[:size]), name), rest[size:]
    else:
        values = tuple(_flat(entry.get("data"), datatype))
    if len(values) != math.prod(shape):
        raise Refused(400, f"Input '{name}' holds {len(values)} elements, its shape says {math.prod(shape)}.")
    return Tensor(name, datatype, tuple(shape), values), rest


def _flat(data: Any, datatype: str) -> list[Any]:
    if datatype in ("FP16", "BF16"):
        raise Refused(400, f"{datatype} has no JSON form, send it as binary data.")
    pending, found = [data], []
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(reversed(value))
        elif value is None or isinstance(value, dict) or isinstance(value, str) != (datatype == "BYTES"):
            raise Refused(400, "Tensor data does not match its datatype.")
        else:
            found.append(value.encode() if isinstance(value, str) else value)
    return found


def unpack(datatype: str, raw: bytes, name: str) -> tuple[Any, ...]:
    """The values in `raw`. Raises `Refused` (400) where the bytes do not fit the datatype."""
    try:
        if datatype == "BYTES":
            return tuple(_strings(raw))
        if datatype == "BF16":
            halves = struct.unpack(f"<{len(raw) // 2}H", raw)
            return tuple(struct.unpack("<f", struct.pack("<I", half << 16))[0] for half in halves)
        code = _FORMATS[datatype]
        return struct.unpack(f"<{len(raw) // struct.calcsize(code)}{code}", raw)
    except struct.error as fault:
        raise Refused(400, f"The binary data of input '{name}' does not fit its datatype.") from fault


def _strings(raw: bytes) -> list[bytes]:
    found, place = [], 0
    while place < len(raw):
        (size,) = struct.unpack_from("<I", raw, place)
        place += 4
        if place + size > len(raw):
            raise struct.error("an element ends outside the data")
        found.append(raw[place : place + size])
        place += size
    return found


def pack(tensor: Tensor) -> bytes:
    """The binary form of `tensor`."""
    if tensor.datatype == "BYTES":
        return b"".join(struct.pack("<I", len(value)) + value for value in tensor.values)
    if tensor.datatype == "BF16":
        return b"".join(struct.pack("<f", value)[2:] for value in tensor.values)
    return struct.pack(f"<{len(tensor.values)}{_FORMATS[tensor.datatype]}", *tensor.values)


def write(tensor: Tensor, binary: bool) -> tuple[Document, bytes]:
    """The JSON entry of an output, and its binary data if it travels that way."""
    entry: Document = {"name": tensor.name, "datatype": tensor.datatype, "shape": tensor.shape}
    if binary or tensor.datatype in ("FP16", "BF16"):
        raw = pack(tensor)
        return {**entry, "parameters": {"binary_data_size": len(raw)}}, raw
    values = [value.decode("utf-8", "replace") if isinstance(value, bytes) else value for value in tensor.values]
    return {**entry, "data": values}, b""
