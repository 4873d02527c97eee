"""Whatever a caller or a vendor sends, it is read or refused as what it is; nothing else is ever raised."""

import contextlib
import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.protocol import AnswerReader, ClientProtocol, Wish
from prodworthy.gateway.protocols.routes import CHAT, EMBEDDINGS, MESSAGES, MLFLOW, OPEN_INFERENCE, RESPONSES
from prodworthy.gateway.protocols.sse import event_of
from prodworthy.gateway.protocols.texts import at
from prodworthy.policy.core.exchange import Answer, Call, Operation

from .recorded import check_places

_TOOL = {"type": "function", "function": {"name": "f"}, "name": "f", "custom": None, "server_label": "s"}
_BLOCK = {
    "type": "tool_result",
    "content": [{"type": "text", "text": "x"}],
    "input": {"a": 1},
    "output": "x",
    "data": "x",
}
_MESSAGE = {"role": "user", "content": [_BLOCK], "tool_calls": [{"function": {"arguments": "{}"}}], "tools": [_TOOL]}
_REQUEST: dict[str, Any] = {
    "model": "m",
    "messages": [_MESSAGE, {"role": "user", "content": "x"}],
    "input": [_MESSAGE, {"type": "reasoning", "summary": [{"text": "x"}]}],
    "instructions": "x",
    "system": [{"type": "text", "text": "x"}],
    "prompt": {"variables": {"a": {"text": "x"}}},
    "text": {"format": None},
    "output_config": {"format": None},
    "stream": True,
    "stream_options": {"include_usage": False},
    "n": 1,
    "tools": [_TOOL],
    "functions": [_TOOL],
    "mcp_servers": [{"name": "s"}],
    "metadata": {"user_id": "u"},
    "user": "u",
    "safety_identifier": "u",
    "max_tokens": 1,
    "max_completion_tokens": 1,
    "max_output_tokens": 1,
    "inputs": [
        {"name": "x", "datatype": "FP64", "shape": [1, 1], "data": [[1.0]], "parameters": {"binary_data_size": None}}
    ],
    "params": {},
}
_FRAMES: tuple[dict[str, Any], ...] = (
    {"dataframe_split": {"columns": ["a", 1], "index": [0], "data": [[1, "x"], [None, True]]}},
    {"dataframe_records": [{"a": 1}, {"a": None, "b": [1]}]},
    {"instances": [[[1], [2]], [[3], [4]]]},
    {"inputs": {"a": [1, 2], "b": ["x"]}},
)
_JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**25, "", "x", "é", [], [1], [[]], [None], {}, {"type": []}, {"type": "text"}]
)
_PROTOCOLS: tuple[tuple[ClientProtocol, Operation], ...] = (
    (CHAT, Operation.CHAT),
    (RESPONSES, Operation.RESPOND),
    (MESSAGES, Operation.CHAT),
    (EMBEDDINGS, Operation.EMBED),
    (OPEN_INFERENCE, Operation.PREDICT),
    (MLFLOW, Operation.PREDICT),
)
_USAGE = {"input_tokens": 1, "output_tokens": 1, "prompt_tokens": 1, "completion_tokens": 1}
_ITEM = {
    "type": "message",
    "content": [{"type": "output_text", "text": "x"}],
    "phase": "final_answer",
    "summary": [{"text": "x"}],
}
_DELTA = {
    "type": "text_delta",
    "text": "x",
    "content": "x",
    "tool_calls": [{"index": 0, "function": {"arguments": "x"}}],
}
_ANSWER: dict[str, Any] = {
    "type": "message_start",
    "choices": [{"index": 0, "delta": _DELTA, "message": _DELTA, "finish_reason": "stop"}],
    "model": "m",
    "model_name": "m",
    "model_version": "1",
    "outputs": [{"name": "y"}],
    "predictions": [1],
    "data": [{"embedding": [1]}],
    "content": [{"type": "text", "text": "x"}, {"type": "web_search_tool_result", "content": [_ITEM]}],
    "output": [_ITEM, {"type": "function_call", "arguments": "{}"}],
    "status": "incomplete",
    "incomplete_details": {"reason": "max_output_tokens"},
    "stop_reason": "end_turn",
    "usage": _USAGE,
    "delta": {"type": "text_delta", "text": "x", "stop_reason": "end_turn"},
    "index": 0,
    "item": _ITEM,
    "response": {"output": [_ITEM], "usage": _USAGE, "model": "m"},
    "message": {"content": [_ITEM], "usage": _USAGE},
    "content_block": {"type": "text", "text": "x"},
    "error": None,
}
_KINDS = st.sampled_from(
    [
        *("message_start", "content_block_start", "content_block_delta", "message_delta", "message_stop", "ping"),
        *("response.created", "response.output_text.delta", "response.output_text.done", "response.completed"),
        *("response.output_item.added", "response.incomplete", "error", "unheard_of"),
    ]
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        found += _places(inner, (*path, step))
    return found


def _put(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    node: Any = changed
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    return changed


def _broken(document: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(_put, st.just(document), st.sampled_from(_places(document)), _JUNK)


@pytest.mark.parametrize("protocol, operation", _PROTOCOLS, ids=lambda value: getattr(value, "name", ""))
@settings(max_examples=300)
@given(document=st.one_of(_broken(_REQUEST), *map(_broken, _FRAMES)))
def test_a_request_is_read_or_refused(protocol: ClientProtocol, operation: Operation, document: dict[str, Any]) -> None:
    with contextlib.suppress(Unreadable):
        call = protocol.read_call(operation, document, 1)
        for passage in call.passages:
            assert isinstance(passage.text, str)
            assert str(at(document, passage.part)) == passage.text
        assert 0 <= call.max_tokens < 2**31
        changes = protocol.adapt(document, Wish({"type": "object"}))
        assert all(msgspec.json.decode(value) for value in changes.values())
        assert isinstance(protocol.reader(call, document, True).answer(), Answer)


def _readers() -> list[AnswerReader]:
    call = Call(Operation.PREDICT)
    return [protocol.reader(call, {}, listen) for protocol, _ in _PROTOCOLS for listen in (True, False)]


def _check(reader: AnswerReader) -> None:
    answer = reader.answer()
    assert answer.texts == ()
    if reader.heard is not None:
        check_places(reader.heard)
    assert 0 <= answer.tokens_in < 2**43
    assert 0 <= answer.tokens_out < 2**43


@settings(max_examples=300)
@given(document=_broken(_ANSWER), kind=_KINDS)
def test_an_answer_is_read_or_broken(document: dict[str, Any], kind: str) -> None:
    if document["type"] == "message_start":
        document["type"] = kind
    body = msgspec.json.encode(document)
    for reader in _readers():
        with contextlib.suppress(AnswerBroken):
            reader.whole(body)
        _check(reader)
    for reader in _readers():
        with contextlib.suppress(AnswerBroken):
            reader.event(event_of(kind, body))
        _check(reader)


@given(body=st.binary(max_size=60) | st.text(alphabet='{}[]":,typedata01', max_size=60).map(str.encode))
def test_noise_is_read_or_broken(body: bytes) -> None:
    for reader in _readers():
        with contextlib.suppress(AnswerBroken):
            reader.whole(body)
        with contextlib.suppress(AnswerBroken):
            reader.event(b"data: " + body + b"\n\n")
        _check(reader)
