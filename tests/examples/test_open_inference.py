"""The tensor codec: what it accepts, and that everything else is refused with a reason."""

import json
import struct
from typing import Any

import numpy as np
import pytest

from examples.open_inference import MOST_ROWS, BadRequestError, Tensor, parse, render

OUTPUTS = ("risk", "label")


def request(**changes: Any) -> bytes:
    tensor = {"name": "rows", "datatype": "FP64", "shape": [2, 2], "data": [1, 2.5, -3, 4]} | changes
    return json.dumps({"id": "a1", "inputs": [tensor]}).encode()


@pytest.mark.parametrize("data", [[1, 2.5, -3, 4], [[1, 2.5], [-3, 4]]], ids=["flat", "nested"])
def test_json_data_is_read_in_both_forms(data: list[Any]) -> None:
    parsed = parse(request(data=data), None, "rows", 2, OUTPUTS)
    assert parsed.rows.tolist() == [[1, 2.5], [-3, 4]]
    assert parsed.id == "a1"
    assert parsed.wanted == (("risk", False), ("label", False))


def test_binary_data_is_read_after_the_json() -> None:
    head = json.dumps(
        {
            "inputs": [{"name": "rows", "datatype": "FP64", "shape": [1, 2], "parameters": {"binary_data_size": 16}}],
            "outputs": [{"name": "label", "parameters": {"binary_data": True}}],
        }
    ).encode()
    parsed = parse(head + struct.pack("<2d", 1.5, -2), len(head), "rows", 2, OUTPUTS)
    assert parsed.rows.tolist() == [[1.5, -2]]
    assert parsed.wanted == (("label", True),)


@pytest.mark.parametrize(
    "body, json_length, reason",
    [
        (b'{"inputs":', None, "not an inference request"),
        (b"\xff\xfe", None, "not an inference request"),
        (b"[" * 100_000, None, "not an inference request"),
        (b"{}", None, "not an inference request"),
        (b'{"inputs":[]}', None, "exactly one input"),
        (request(name="other"), None, "exactly one input"),
        (request(datatype="FP32"), None, "FP64, not FP32"),
        (request(shape=[4]), None, "must have shape"),
        (request(shape=[1, 4]), None, "must have shape"),
        (request(shape=[0, 2], data=[]), None, "must have shape"),
        (request(shape=[-2, 2]), None, "not an inference request"),
        (request(shape=[MOST_ROWS + 1, 2]), None, "must have shape"),
        (request(data=[1, 2, 3]), None, "4 values"),
        (request(data=[[1, 2, 3], [4]]), None, "2 numbers"),
        (request(data=["1", 2, 3, 4]), None, "must be numbers"),
        (request(data=[True, 2, 3, 4]), None, "must be numbers"),
        (request(data=[None, 2, 3, 4]), None, "must be numbers"),
        (request(data=[float("nan"), 2, 3, 4]), None, "not an inference request"),
        (request(parameters={"binary_data_size": 32}), None, "both data and binary"),
        (request() + b"tail", len(request()), "4 values"),
        (request(), 10_000, "Inference-Header-Content-Length"),
    ],
)
def test_anything_else_is_refused_with_a_reason(body: bytes, json_length: int | None, reason: str) -> None:
    with pytest.raises(BadRequestError, match=reason):
        parse(body, json_length, "rows", 2, OUTPUTS)


@pytest.mark.parametrize(
    "size, tail, reason",
    [
        (16, b"\0" * 8, "2 values"),
        (8, b"\0" * 16, "2 values"),
        (16, b"\0" * 24, "2 values"),
        (16, struct.pack("<2d", 1.0, float("nan")), "finite"),
        (16, struct.pack("<2d", 1.0, float("inf")), "finite"),
    ],
)
def test_binary_data_must_fit_its_shape_and_be_finite(size: int, tail: bytes, reason: str) -> None:
    tensor = {"name": "rows", "datatype": "FP64", "shape": [1, 2], "parameters": {"binary_data_size": size}}
    head = json.dumps({"inputs": [tensor]}).encode()
    with pytest.raises(BadRequestError, match=reason):
        parse(head + tail, len(head), "rows", 2, OUTPUTS)


def test_an_unknown_output_is_refused() -> None:
    body = json.dumps({"inputs": json.loads(request())["inputs"], "outputs": [{"name": "nope"}]}).encode()
    with pytest.raises(BadRequestError, match="no output is named nope; there are: risk, label"):
        parse(body, None, "rows", 2, OUTPUTS)


def test_an_answer_mixes_json_and_binary_as_asked() -> None:
    body = json.dumps(
        {
            "inputs": json.loads(request())["inputs"],
            "outputs": [{"name": "label", "parameters": {"binary_data": True}}, {"name": "risk"}],
        }
    ).encode()
    parsed = parse(body, None, "rows", 2, OUTPUTS)
    tensors = (Tensor("risk", "FP64", np.array([0.25, 0.75])), Tensor("label", "BYTES", ["no", "yes"]))
    answer, json_length = render(("m", "1"), parsed, tensors)
    assert json_length is not None
    assert json.loads(answer[:json_length])["outputs"] == [
        {"name": "label", "datatype": "BYTES", "shape": [2], "parameters": {"binary_data_size": 13}},
        {"name": "risk", "datatype": "FP64", "shape": [2], "data": [0.25, 0.75]},
    ]
    assert answer[json_length:] == b"\x02\0\0\0no\x03\0\0\0yes"
