import struct
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.open_inference import InferenceReader, OpenInference
from prodworthy.gateway.protocols.protocol import Wish
from prodworthy.gateway.protocols.tensors import MAX_VALUES
from prodworthy.policy.core.exchange import Call, Finish, Operation, Tensor
from prodworthy.policy.core.refusal import Code, Refusal

from .recorded import read_whole

INFER = OpenInference()


def _read(*inputs: Any, tail: bytes = b"") -> tuple[Tensor, ...]:
    return INFER.read_infer({"inputs": list(inputs)}, memoryview(tail), "iris", 0).tensors


def _entry(datatype: str, shape: list[int], data: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": "x", "datatype": datatype, "shape": shape, "data": data, **more}


def _binary(datatype: str, shape: list[int], raw: bytes, name: str = "x") -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": shape, "parameters": {"binary_data_size": len(raw)}}


@pytest.mark.parametrize(
    "datatype, shape, data, values",
    [
        ("FP64", [2, 2], [[1.5, 2], [3, 4.5]], (1.5, 2, 3, 4.5)),
        ("FP32", [2, 2], [1.5, 2, 3, 4.5], (1.5, 2, 3, 4.5)),
        ("INT8", [1, 2, 2], [[[-128, 127], [0, 1]]], (-128, 127, 0, 1)),
        ("UINT64", [1], [2**64 - 1], (2**64 - 1,)),
        ("BOOL", [2], [True, False], (True, False)),
        ("BYTES", [2, 1], [["a"], ["é"]], ("a", "é")),
        ("FP16", [1], [0.5], (0.5,)),
        ("BF16", [1], [0.5], (0.5,)),
        ("INT64", [], [7], (7,)),
        ("FP64", [0], [], ()),
        ("FP64", [2, 0], [[], []], ()),
    ],
)
def test_json_tensors(datatype: str, shape: list[int], data: Any, values: tuple[Any, ...]) -> None:
    (tensor,) = _read(_entry(datatype, shape, data))
    assert tensor == Tensor("x", datatype, tuple(shape), values)


@pytest.mark.parametrize(
    "datatype, shape, raw, values",
    [
        ("FP64", [2, 1], struct.pack("<2d", 1.5, -2.5), (1.5, -2.5)),
        ("FP32", [1], struct.pack("<f", 0.5), (0.5,)),
        ("FP16", [1], struct.pack("<e", 0.5), (0.5,)),
        ("BF16", [2], b"\x00\x3f\x80\xbf", (0.5, -1.0)),
        ("INT64", [1], struct.pack("<q", -(2**63)), (-(2**63),)),
        ("UINT8", [3], b"\x00\x7f\xff", (0, 127, 255)),
        ("INT16", [1], b"\xfe\xff", (-2,)),
        ("BOOL", [3], b"\x00\x01\x02", (False, True, True)),
        ("BYTES", [3], b"\x01\0\0\0a\0\0\0\0\x01\0\0\0\xff", ("a", "", b"\xff")),
        ("BYTES", [0], b"", ()),
    ],
)
def test_binary_tensors(datatype: str, shape: list[int], raw: bytes, values: tuple[Any, ...]) -> None:
    (tensor,) = _read(_binary(datatype, shape, raw), tail=raw)
    assert tensor.values == values


def test_binary_and_json_tensors_mix_in_order() -> None:
    one, two = struct.pack("<2i", 1, 2), b"\x02\0\0\0hi"
    inputs = (
        _binary("INT32", [2], one, "a"),
        {**_entry("BOOL", [1], [True]), "name": "b"},
        _binary("BYTES", [1], two, "c"),
    )
    assert [(t.name, t.values) for t in _read(*inputs, tail=one + two)] == [
        ("a", (1, 2)),
        ("b", (True,)),
        ("c", ("hi",)),
    ]


@given(st.lists(st.integers(0, 4), max_size=4), st.data())
def test_nesting_and_flat_lists_give_the_same_values(shape: list[int], data: st.DataObject) -> None:
    size = 1
    for side in shape:
        size *= side
    flat = data.draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size))
    nested: Any = flat
    for side in reversed(shape[1:]):
        nested = [nested[start : start + side] for start in range(0, len(nested), side)] if side else None
        if nested is None:
            return
    assert _read(_entry("INT8", shape, flat)) == _read(_entry("INT8", shape, nested))
    raw = struct.pack(f"<{size}b", *flat)
    assert _read(_binary("INT8", shape, raw), tail=raw) == _read(_entry("INT8", shape, flat))


@pytest.mark.parametrize(
    "entry, field",
    [
        (3, "inputs.0"),
        ({}, "inputs.0.name"),
        ({**_entry("FP64", [1], [1.0]), "name": 3}, "inputs.0.name"),
        ({**_entry("FP64", [1], [1.0]), "name": "x" * 201}, "inputs.0.name"),
        (_entry("FP63", [1], [1.0]), "inputs.0.datatype"),
        ({**_entry("FP64", [1], [1.0]), "datatype": []}, "inputs.0.datatype"),
        (_entry("FP64", [-1], [1.0]), "inputs.0.shape"),
        (_entry("FP64", [True], [1.0]), "inputs.0.shape"),
        ({**_entry("FP64", [], [1.0]), "shape": [1.0]}, "inputs.0.shape"),
        (_entry("FP64", [1] * 33, [1.0]), "inputs.0.shape"),
        (_entry("FP64", [2**41], [1.0]), "inputs.0.shape"),
        (_entry("FP64", [2], [1.0]), "inputs.0.data"),
        (_entry("FP64", [1], 1.0), "inputs.0.data"),
        (_entry("FP64", [1], None), "inputs.0.data"),
        (_entry("FP64", [2, 2], [[1, 2], [3]]), "inputs.0.data"),
        (_entry("FP64", [2, 2], [[1, 2], 3]), "inputs.0.data"),
        (_entry("FP64", [2, 2], [[1, 2], [3, [4]]]), "inputs.0.data"),
        (_entry("FP64", [1], [None]), "inputs.0.data"),
        (_entry("FP64", [1], [True]), "inputs.0.data"),
        (_entry("FP64", [1], ["1"]), "inputs.0.data"),
        (_entry("INT8", [1], [1.0]), "inputs.0.data"),
        (_entry("INT8", [1], [128]), "inputs.0.data"),
        (_entry("UINT8", [1], [-1]), "inputs.0.data"),
        (_entry("BOOL", [1], [1]), "inputs.0.data"),
        (_entry("BYTES", [1], [1]), "inputs.0.data"),
        (_entry("FP64", [10**9], [1.0]), "inputs.0.data"),
        (_entry("FP64", [1], [1.0], parameters={"binary_data_size": 0}), "inputs.0.data"),
        (_binary("FP64", [1], b"x" * 9), "inputs.0.parameters.binary_data_size"),
    ],
)
def test_a_fault_names_its_field(entry: Any, field: str) -> None:
    with pytest.raises(Unreadable) as raised:
        _read(entry)
    assert f"Field '{field}' " in raised.value.refusal.message


@pytest.mark.parametrize(
    "entry, tail",
    [
        (_binary("FP64", [1], b"x" * 4), b"x" * 4),
        (_binary("FP64", [0], b""), b"x"),
        (_binary("BYTES", [1], b"\xff\xff\xff\xffa"), b"\xff\xff\xff\xffa"),
        (_binary("BYTES", [1], b"\x01\0\0\0ab"), b"\x01\0\0\0ab"),
        (_binary("BYTES", [2], b"\x05\0\0\0abcde"), b"\x05\0\0\0abcde"),
        (_binary("BYTES", [2], b"\0\0\0\0\0\0\0"), b"\0\0\0\0\0\0\0"),
        ({**_binary("INT8", [1], b"x"), "parameters": {"binary_data_size": -1}}, b"x"),
        ({**_binary("INT8", [1], b"x"), "parameters": {"binary_data_size": True}}, b"x"),
        ({**_binary("INT8", [1], b"x"), "parameters": {"binary_data_size": 1.0}}, b"x"),
        ({**_binary("INT8", [1], b"x"), "parameters": 3}, b"x"),
    ],
)
def test_binary_data_that_does_not_fit_is_refused(entry: Any, tail: bytes) -> None:
    with pytest.raises(Unreadable):
        _read(entry, tail=tail)


def test_names_are_unique_and_inputs_are_there() -> None:
    documents: list[dict[str, Any]] = [{}, {"inputs": []}, {"inputs": {}}, {"inputs": [_entry("INT8", [1], [1])] * 2}]
    for document in documents:
        with pytest.raises(Unreadable):
            INFER.read_call(Operation.PREDICT, document, 0)


def test_values_beyond_the_bound_are_not_read_one_by_one() -> None:
    raw = bytes(MAX_VALUES)
    full, over = _binary("UINT8", [MAX_VALUES], raw, "a"), _binary("UINT8", [1], b"x", "b")
    tensors = _read(full, over, tail=raw + b"x")
    assert tensors[0].values is not None
    assert len(tensors[0].values) == MAX_VALUES
    assert tensors[1].values is None
    assert _read(_entry("INT8", [MAX_VALUES + 1], [0] * (MAX_VALUES + 1)))[0].values is None


def test_head_and_tail() -> None:
    assert INFER.read_body(b'{"inputs":[],"x":"y"}', None) == ({"inputs": [], "x": "y"}, memoryview(b""))
    document, tail = INFER.read_body(b'{"id":"1"}\x00\xff', 10)
    assert (document, bytes(tail)) == ({"id": "1"}, b"\x00\xff")
    for body, length in ((b"{}", 3), (b"{}x", None), (b"{}", 1), (b"[]", 2)):
        with pytest.raises(Unreadable):
            INFER.read_body(body, length)


def _reader(listen: bool = True) -> InferenceReader:
    return INFER.reader(Call(Operation.PREDICT), {}, listen)


_HEAD = msgspec.json.encode(
    {
        "model_name": "iris",
        "model_version": "3",
        "id": "of the caller",
        "outputs": [
            {"name": "y", "datatype": "FP32", "shape": [1], "data": [1]},
            {"name": "z", "datatype": "BYTES", "shape": [1], "data": ["a text"]},
        ],
    }
)


@pytest.mark.parametrize("tail", [b"", b"\x00\xff{}[]", b'"'])
def test_answers_whole_and_with_binary_data(tail: bytes) -> None:
    reader = _reader()
    played = read_whole(reader, _HEAD + tail)
    assert (played.answer.model, played.answer.finish) == ("iris:3", Finish.STOP)
    assert [(p.part, p.text, p.role) for p in played.besides] == [
        ("id", "of the caller", "assistant"),
        ("outputs.0.name", "y", "assistant"),
        ("outputs.1.name", "z", "assistant"),
        ("outputs.1.data.0", "a text", "assistant"),
    ]
    assert played.unread == (["tensor"] if tail else [])
    assert reader.ended
    sparse = read_whole(_reader(listen=False), b' {"model_name":"iris","outputs":[]}' + tail)
    assert (sparse.answer.model, sparse.heard) == ("iris", 0)


def test_binary_numbers_are_no_text_that_was_not_read() -> None:
    head = {"outputs": [{"name": "y", "datatype": "FP32", "shape": [1], "parameters": {"binary_data_size": 4}}]}
    assert read_whole(_reader(), msgspec.json.encode(head) + b"\0\0\0\0").unread == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"outputs":{}}',
        b'{"outputs":[1]}',
        b'{"error":"x"}',
        b'{"outputs":[]',
        b"\xff",
        b"[" * 100000,
        b'{"outputs":[],"model_name":3}',
        b"<html>",
        b'{"outputs":[{"a":' + b"9" * 5000 + b"}]}x",
    ],
)
def test_a_broken_answer(body: bytes) -> None:
    with pytest.raises(AnswerBroken):
        _reader().whole(body)


def test_metadata_and_health_pass_as_they_are() -> None:
    for body in (b"", b'{"name":"iris"}', b"ok"):
        reader = INFER.reader(INFER.read_call(Operation.READ, {}, 0), {}, True)
        reader.whole(body)
        assert (reader.ended, reader.answer().texts, reader.heard) == (True, (), None)


def test_what_cannot_be() -> None:
    assert INFER.safe_answer(Call(Operation.PREDICT), "text", "").status == 502
    with pytest.raises(AnswerBroken):
        _reader().event(b"data: {}\n\n")
    assert INFER.adapt({}, Wish({})) == {}


def test_the_error_body() -> None:
    refusal = Refusal(Code.WORKLOAD_KILLED, "Off.")
    rendered = INFER.refuse(refusal, "e1")
    assert rendered.status == 503
    assert msgspec.json.decode(rendered.body) == {"error": refusal.text, "code": "workload_killed", "exchange": "e1"}
    assert INFER.refuse_in_stream(refusal, "e1") == rendered.body


def test_many_small_elements_take_seconds_at_most() -> None:
    raw = b"\0\0\0\0" * 900_000
    begun = time.process_time()
    _read(_binary("BYTES", [900_000], raw), tail=raw)
    _read(*({**_entry("INT8", [0], []), "name": str(number)} for number in range(50_000)))
    assert time.process_time() - begun < 5.0
