"""Tensors of the Open Inference protocol, version 2, as JSON and in its binary extension. Pure: bytes in, bytes out.

In the extension a body starts with JSON, whose length the header Inference-Header-Content-Length gives; the raw
little-endian bytes of the tensors follow in the order of their mention, each of `binary_data_size` bytes.
"""

import struct
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

MOST_ROWS = 1_000
LONGEST_NAME = 200

Name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
Size = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class BadRequestError(Exception):
    """The request is not one that this model can answer; the text says why and is meant for the caller."""


class _Flags(msgspec.Struct, frozen=True):
    binary_data: bool | None = None
    binary_data_size: Size | None = None
    binary_data_output: bool = False


class _Input(msgspec.Struct, frozen=True):
    name: Name
    shape: Annotated[list[Size], msgspec.Meta(max_length=8)]
    datatype: Name
    parameters: _Flags = _Flags()
    data: msgspec.Raw = msgspec.Raw()


class _Output(msgspec.Struct, frozen=True):
    name: Name
    parameters: _Flags = _Flags()


class _Request(msgspec.Struct, frozen=True):
    inputs: Annotated[list[_Input], msgspec.Meta(max_length=16)]
    id: Name | None = None
    outputs: Annotated[list[_Output], msgspec.Meta(max_length=16)] | None = None
    parameters: _Flags = _Flags()


class Tensor(NamedTuple):
    """One output: a name, an Open Inference datatype and its values, one per row."""

    name: str
    datatype: str
    values: NDArray[np.float64] | list[str]


@dataclass(frozen=True, slots=True)
class InferRequest:
    """A checked request: one row per prediction wanted, and which outputs to send in which form."""

    id: str | None
    rows: NDArray[np.float64]
    wanted: tuple[tuple[str, bool], ...]
    """Name of each wanted output, and whether as binary."""


def parse(body: bytes, json_length: int | None, name: str, columns: int, outputs: tuple[str, ...]) -> InferRequest:
    """Read a request for a model with one FP64 input `name` of shape [-1, columns] and the named `outputs`.

    `json_length` is the value of Inference-Header-Content-Length, None where the header is absent.

    Raises:
        BadRequestError: anything else than such a request.
    """
    if json_length is not None and not 0 <= json_length <= len(body):
        raise BadRequestError(f"Inference-Header-Content-Length is {json_length}, the body has {len(body)} bytes")
    head, tail = (body, b"") if json_length is None else (body[:json_length], body[json_length:])
    try:
        request = msgspec.json.decode(head, type=_Request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequestError(f"not an inference request: {error}") from error
    if [tensor.name for tensor in request.inputs] != [name]:
        raise BadRequestError(f"expected exactly one input, named {name}")
    rows = _rows(request.inputs[0], tail, columns)
    return InferRequest(request.id, rows, _wanted(request, outputs))


def _rows(tensor: _Input, tail: bytes, columns: int) -> NDArray[np.float64]:
    if tensor.datatype != "FP64":
        raise BadRequestError(f"input {tensor.name} must have datatype FP64, not {tensor.datatype}")
    if len(tensor.shape) != 2 or tensor.shape[1] != columns or not 1 <= tensor.shape[0] <= MOST_ROWS:
        raise BadRequestError(f"input {tensor.name} must have shape [rows, {columns}] with 1 to {MOST_ROWS} rows")
    count = tensor.shape[0] * columns
    size = tensor.parameters.binary_data_size
    if size is None:
        values = _numbers(tensor, columns)
        tail_expected = 0
    else:
        if bytes(tensor.data):
            raise BadRequestError(f"input {tensor.name} has both data and binary_data_size")
        values = np.frombuffer(tail, dtype="<f8") if size == len(tail) == count * 8 else np.empty(0)
        tail_expected = count * 8
    if len(tail) != tail_expected or values.size != count:
        raise BadRequestError(f"input {tensor.name} must carry {count} values for its shape")
    if not np.isfinite(values).all():
        raise BadRequestError(f"input {tensor.name} has a value that is not a finite number")
    return values.reshape(tensor.shape).astype(np.float64)


def _numbers(tensor: _Input, columns: int) -> NDArray[np.float64]:
    """The protocol allows a flat list and one that is nested along the shape."""
    try:
        return np.array(msgspec.json.decode(tensor.data, type=list[float]), dtype=np.float64)
    except msgspec.DecodeError:
        pass  # not flat: the nested reading below decides
    try:
        nested = msgspec.json.decode(tensor.data, type=list[list[float]])
    except msgspec.DecodeError as error:
        raise BadRequestError(
            f"data of input {tensor.name} must be numbers, flat or one list per row: {error}"
        ) from error
    if any(len(row) != columns for row in nested):
        raise BadRequestError(f"each row of input {tensor.name} must have {columns} numbers")
    return np.array(nested, dtype=np.float64).reshape(-1)


def _wanted(request: _Request, outputs: tuple[str, ...]) -> tuple[tuple[str, bool], ...]:
    default = request.parameters.binary_data_output
    if not request.outputs:
        return tuple((name, default) for name in outputs)
    for asked in request.outputs:
        if asked.name not in outputs:
            raise BadRequestError(f"no output is named {asked.name}; there are: {', '.join(outputs)}")
    return tuple(
        (asked.name, default if asked.parameters.binary_data is None else asked.parameters.binary_data)
        for asked in request.outputs
    )


def render(model: tuple[str, str], request: InferRequest, tensors: tuple[Tensor, ...]) -> tuple[bytes, int | None]:
    """Return the body of the answer of `model` (name, version); with a binary part also the length of the JSON."""
    by_name = {tensor.name: tensor for tensor in tensors}
    described: list[dict[str, Any]] = []
    tail = b""
    for name, binary in request.wanted:
        tensor = by_name[name]
        output: dict[str, Any] = {"name": name, "datatype": tensor.datatype, "shape": [len(tensor.values)]}
        if binary:
            raw = _raw(tensor)
            tail += raw
            output["parameters"] = {"binary_data_size": len(raw)}
        else:
            output["data"] = list(tensor.values)
        described.append(output)
    answer: dict[str, Any] = {"model_name": model[0], "model_version": model[1], "outputs": described}
    if request.id is not None:
        answer["id"] = request.id
    head = msgspec.json.encode(answer, enc_hook=float)
    return head + tail, len(head) if any(binary for _, binary in request.wanted) else None


def _raw(tensor: Tensor) -> bytes:
    if isinstance(tensor.values, list):
        texts = [text.encode() for text in tensor.values]
        return b"".join(struct.pack("<I", len(text)) + text for text in texts)
    return tensor.values.astype("<f8").tobytes()
