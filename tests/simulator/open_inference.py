"""Open Inference Protocol v2: health, metadata and infer.

A model whose name starts with `identity` answers each input as an output of the same name. Any other model scores: it
takes numeric inputs with one row for each case and answers `score` (FP32, the logistic of the row's mean) and `label`
(INT64, 1 from 0.5 up). Models whose name starts with `missing` do not exist; with `unready`, are not ready. Versions
are 1 and 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import msgspec

from .exchange import JSON, Answer, Ask, Document, Refused, whole
from .script import Dialect, Say
from .tensors import Tensor, read, write

VERSIONS = ("1", "2")
_HEADER = "inference-header-content-length"
_NUMERIC = ("FP16", "BF16", "FP32", "FP64", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")


def error(status: int, message: str) -> bytes:
    """The error body: the protocol knows one member."""
    return msgspec.json.encode({"error": message})


def logistic(values: Iterable[float]) -> float:
    """The score of one row: the logistic function of its mean, and 0.5 for an empty row."""
    row = list(values)
    mean = sum(row) / len(row) if row else 0.0
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, mean))))


def server(ask: Ask, say: Say) -> Answer:
    """GET /v2."""
    return whole({"name": "simulator", "version": "2.0", "extensions": ["binary_tensor_data"]})


def health(ask: Ask, say: Say) -> Answer:
    """GET /v2/health/live and /v2/health/ready."""
    return Answer(200, (), b"")


def _model(ask: Ask) -> tuple[str, str]:
    name, version = ask.path["model"], ask.path.get("version", VERSIONS[-1])
    if name.startswith("missing"):
        raise Refused(404, f"Request for unknown model: '{name}' is not found")
    if version not in VERSIONS:
        raise Refused(404, f"Request for unknown model: '{name}' version {version} is not found")
    return name, version


def ready(ask: Ask, say: Say) -> Answer:
    """GET .../ready."""
    name, _ = _model(ask)
    if name.startswith("unready"):
        raise Refused(400, f"Model '{name}' is not ready.")
    return Answer(200, (), b"")


def metadata(ask: Ask, say: Say) -> Answer:
    """GET /v2/models/{model}."""
    name, _ = _model(ask)
    inputs = [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}]
    outputs = [
        {"name": "score", "datatype": "FP32", "shape": [-1, 1]},
        {"name": "label", "datatype": "INT64", "shape": [-1, 1]},
    ]
    if name.startswith("identity"):
        outputs = inputs
    return whole(
        {"name": say.model or name, "versions": VERSIONS, "platform": "simulator", "inputs": inputs, "outputs": outputs}
    )


def infer(ask: Ask, say: Say) -> Answer:
    """POST .../infer."""
    name, version = _model(ask)
    if name.startswith("unready"):
        raise Refused(400, f"Model '{name}' is not ready.")
    document, inputs = _request(ask)
    outputs = inputs if name.startswith("identity") else _scored(inputs)
    chosen = _chosen(document, outputs)
    entries, binary = [], []
    for tensor, as_binary in chosen:
        entry, raw = write(tensor, as_binary)
        entries.append(entry)
        binary.append(raw)
    reply: Document = {"model_name": say.model or name, "model_version": version, "outputs": entries}
    if "id" in document:
        reply["id"] = document["id"]
    head, tail = msgspec.json.encode(reply), b"".join(binary)
    if not any("parameters" in entry for entry in entries):
        return Answer(200, JSON, head)
    headers = (("content-type", "application/octet-stream"), ("Inference-Header-Content-Length", str(len(head))))
    return Answer(200, headers, head + tail)


def _request(ask: Ask) -> tuple[Document, list[Tensor]]:
    """The JSON part of the request and its tensors. Raises `Refused` (400)."""
    body, declared = ask.received.body, ask.received.header(_HEADER)
    size = len(body) if declared is None else int(declared) if declared.isdigit() else -1
    if not 0 <= size <= len(body):
        raise Refused(400, "Inference-Header-Content-Length does not fit the request.")
    try:
        document = msgspec.json.decode(body[:size])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Refused(400, "failed to parse the request JSON buffer") from fault
    if not isinstance(document, dict) or not isinstance(document.get("inputs"), list) or not document["inputs"]:
        raise Refused(400, "The request must be an object with 'inputs'.")
    rest, tensors = memoryview(body)[size:], []
    for entry in document["inputs"]:
        tensor, rest = read(entry, rest)
        tensors.append(tensor)
    if rest:
        raise Refused(400, "The request holds more binary data than its inputs announce.")
    return document, tensors


def _scored(inputs: list[Tensor]) -> list[Tensor]:
    numeric = [tensor for tensor in inputs if tensor.datatype in _NUMERIC and tensor.shape]
    if not numeric:
        raise Refused(400, "The model takes numeric inputs with one row for each case.")
    rows = numeric[0].shape[0]
    if any(tensor.shape[0] != rows for tensor in numeric):
        raise Refused(400, "The inputs differ in their number of rows.")
    scores = []
    for row in range(rows):
        values: list[Any] = []
        for tensor in numeric:
            width = len(tensor.values) // rows
            values += tensor.values[row * width : (row + 1) * width]
        scores.append(logistic(values))
    labels = tuple(int(score >= 0.5) for score in scores)
    return [Tensor("score", "FP32", (rows, 1), tuple(scores)), Tensor("label", "INT64", (rows, 1), labels)]


def _chosen(document: Document, outputs: list[Tensor]) -> list[tuple[Tensor, bool]]:
    """The outputs that the request wants, each with whether it travels as binary data."""
    everywhere = bool((document.get("parameters") or {}).get("binary_data_output", False))
    wanted = document.get("outputs")
    if not wanted:
        return [(tensor, everywhere) for tensor in outputs]
    known = {tensor.name: tensor for tensor in outputs}
    chosen = []
    for entry in wanted:
        name = entry.get("name") if isinstance(entry, dict) else None
        if name not in known:
            raise Refused(400, f"unexpected inference output '{name}' for the model")
        chosen.append((known[name], bool((entry.get("parameters") or {}).get("binary_data", everywhere))))
    return chosen


SERVER = Dialect("open inference server", server, error, error)
HEALTH = Dialect("open inference health", health, error, error)
READY = Dialect("open inference model ready", ready, error, error)
METADATA = Dialect("open inference model", metadata, error, error)
INFER = Dialect("open inference infer", infer, error, error)
