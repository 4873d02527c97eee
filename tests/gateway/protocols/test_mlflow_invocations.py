import time
from typing import Any

import msgspec
import pytest

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.mlflow_invocations import MLflowInvocations
from prodworthy.gateway.protocols.protocol import Wish
from prodworthy.policy.core.exchange import Call, Finish, Operation, Tensor
from prodworthy.policy.core.refusal import Code, Refusal

from .recorded import read_whole

MLFLOW = MLflowInvocations()


def _read(**document: Any) -> tuple[Tensor, ...]:
    return MLFLOW.read_call(Operation.PREDICT, document, 0).tensors


_COLUMNS = (
    Tensor("age", "INT64", (2,), (31, 44)),
    Tensor("income", "FP64", (2,), (1.5, 2)),
    Tensor("city", "BYTES", (2,), ("Bern", "Rome")),
    Tensor("member", "BOOL", (2,), (True, False)),
)
_NAMES = ["age", "income", "city", "member"]
_ROWS = [[31, 1.5, "Bern", True], [44, 2, "Rome", False]]


@pytest.mark.parametrize(
    "document",
    [
        {"dataframe_split": {"columns": _NAMES, "index": [0, 1], "data": _ROWS}},
        {"dataframe_records": [dict(zip(_NAMES, row, strict=True)) for row in _ROWS]},
        {"instances": [dict(zip(_NAMES, row, strict=True)) for row in _ROWS], "params": {"t": 1}},
        {"inputs": dict(zip(_NAMES, map(list, zip(*_ROWS, strict=True)), strict=True))},
    ],
    ids=lambda document: next(iter(document)),
)
def test_the_four_forms_of_one_table(document: dict[str, Any]) -> None:
    assert _read(**document) == _COLUMNS


@pytest.mark.parametrize(
    "document, tensors",
    [
        ({"instances": [[1.0, 2.0], [3.0, 4.0]]}, [("instances", "FP64", (2, 2), (1.0, 2.0, 3.0, 4.0))]),
        ({"instances": []}, [("instances", "", (0,), None)]),
        ({"inputs": [1, 2]}, [("inputs", "INT64", (2,), (1, 2))]),
        ({"inputs": [[1], [2, 3]]}, [("inputs", "", (2,), None)]),
        ({"inputs": {"q": "text"}}, [("q", "BYTES", (1,), ("text",))]),
        ({"inputs": {"mixed": [1, "a"]}}, [("mixed", "", (2,), None)]),
        ({"inputs": {"flags": [True, 1]}}, [("flags", "", (2,), None)]),
        ({"inputs": {"gap": [1, None]}}, [("gap", "FP64", (2,), (1, None))]),
        ({"inputs": {"none": [None]}}, [("none", "", (1,), None)]),
        ({"inputs": {"nested": [[[1], [2]]]}}, [("nested", "INT64", (1, 2, 1), (1, 2))]),
        ({"dataframe_split": {"data": [[1, "a"]]}}, [("0", "INT64", (1,), (1,)), ("1", "BYTES", (1,), ("a",))]),
        ({"dataframe_split": {"columns": ["a"], "data": []}}, [("a", "", (0,), None)]),
        (
            {"dataframe_records": [{"a": 1}, {"b": "x"}]},
            [("a", "FP64", (2,), (1, None)), ("b", "BYTES", (2,), (None, "x"))],
        ),
    ],
)
def test_shapes_and_datatypes(document: dict[str, Any], tensors: list[tuple[Any, ...]]) -> None:
    assert [(t.name, t.datatype, t.shape, t.values) for t in _read(**document)] == tensors


@pytest.mark.parametrize(
    "document, field",
    [
        ({}, "dataframe_split"),
        ({"inputs": [1], "instances": [1]}, "dataframe_split"),
        ({"inputs": 3}, "inputs"),
        ({"instances": {}}, "instances"),
        ({"instances": [{"a": 1}, 3]}, "instances"),
        ({"dataframe_records": {}}, "dataframe_records"),
        ({"dataframe_records": [1]}, "dataframe_records"),
        ({"dataframe_split": []}, "dataframe_split.data"),
        ({"dataframe_split": {"data": [1]}}, "dataframe_split.data"),
        ({"dataframe_split": {"columns": ["a"], "data": [[1, 2]]}}, "dataframe_split.data"),
        ({"dataframe_split": {"columns": ["a", "a"], "data": [[1, 2]]}}, "dataframe_split.columns"),
        ({"dataframe_split": {"columns": ["1", 1], "data": [[1, 2]]}}, "dataframe_split.columns"),
        ({"dataframe_split": {"columns": [True], "data": [[1]]}}, "dataframe_split.columns"),
        ({"dataframe_split": {"columns": "ab", "data": [[1, 2]]}}, "dataframe_split.columns"),
        ({"inputs": [1], "params": 3}, "params"),
    ],
)
def test_a_fault_names_its_field(document: dict[str, Any], field: str) -> None:
    with pytest.raises(Unreadable) as raised:
        _read(**document)
    assert f"Field '{field}' " in raised.value.refusal.message


def test_sparse_rows_are_not_blown_up() -> None:
    begun = time.process_time()
    tensors = _read(dataframe_records=[{f"c{number}": 1} for number in range(20_000)])
    assert (len(tensors), tensors[0].values, tensors[0].shape) == (20_000, None, (20_000,))
    assert _read(inputs=[[]] * 500_000)[0].shape == (500_000, 0)
    assert time.process_time() - begun < 5.0


def test_values_beyond_the_bound_are_not_read_one_by_one() -> None:
    assert _read(inputs={"a": [0] * 1_000_001})[0].values is None
    assert _read(inputs={"a": [0] * 600_000, "b": [0] * 600_000})[1].values is None


def test_answers() -> None:
    reader = MLFLOW.reader(Call(Operation.PREDICT), {}, True)
    played = read_whole(reader, b'{"predictions": [0.5, "a text", {"label": "b"}], "more": "c"}')
    assert (reader.ended, played.answer.finish) == (True, Finish.STOP)
    assert [(p.part, p.text, p.role) for p in played.besides] == [
        ("predictions.1", "a text", "assistant"),
        ("predictions.2.label", "b", "assistant"),
        ("more", "c", "assistant"),
    ]
    deaf = read_whole(MLFLOW.reader(Call(Operation.PREDICT), {}, False), b'{"predictions": [0.5], "more": 1}')
    assert (deaf.answer.finish, deaf.heard) == (Finish.STOP, 0)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"error_code":"X"}', b'{"predictions":[}', b"\xff", b"[" * 100_000]
)
def test_a_broken_answer(body: bytes) -> None:
    with pytest.raises(AnswerBroken):
        MLFLOW.reader(Call(Operation.PREDICT), {}, False).whole(body)


def test_what_cannot_be() -> None:
    assert MLFLOW.safe_answer(Call(Operation.PREDICT), "text", "").status == 502
    with pytest.raises(AnswerBroken):
        MLFLOW.reader(Call(Operation.PREDICT), {}, False).event(b"data: {}\n\n")
    assert MLFLOW.adapt({}, Wish({})) == {}


@pytest.mark.parametrize(
    "code, kind",
    [
        (Code.RATE_LIMITED, "REQUEST_LIMIT_EXCEEDED"),
        (Code.INTERNAL_FAULT, "INTERNAL_ERROR"),
        (Code.BODY_TOO_LARGE, "BAD_REQUEST"),
        (Code.WORKLOAD_KILLED, "TEMPORARILY_UNAVAILABLE"),
    ],
)
def test_the_error_body(code: Code, kind: str) -> None:
    refusal = Refusal(code, "No.", 2.5)
    rendered = MLFLOW.refuse(refusal, "e1")
    body = msgspec.json.decode(rendered.body)
    assert body == {"error_code": kind, "message": refusal.text, "code": code.value, "exchange": "e1"}
    assert dict(rendered.headers)[b"retry-after"] == b"3"
    assert MLFLOW.refuse_in_stream(refusal, "e1") == rendered.body
