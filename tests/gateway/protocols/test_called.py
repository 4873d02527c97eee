"""The tools that an answer calls, whole and streamed, as every protocol with tools tells them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prodworthy.gateway.protocols.anthropic_answer import MessageReader
from prodworthy.gateway.protocols.openai_chat_answer import ChatReader
from prodworthy.gateway.protocols.openai_embeddings import EmbeddingsReader
from prodworthy.gateway.protocols.openai_responses_answer import ResponseReader
from prodworthy.gateway.protocols.protocol import AnswerReader
from prodworthy.gateway.protocols.sse import event_of

LISTENING = pytest.mark.parametrize("listen", [False, True], ids=["deaf", "listening"])


def _whole(reader: AnswerReader, body: dict[str, Any]) -> tuple[str, ...]:
    reader.whole(json.dumps(body).encode())
    return reader.answer().tools


def _events(reader: AnswerReader, *events: dict[str, Any]) -> tuple[str, ...]:
    for event in events:
        reader.event(event_of(event.get("type", ""), json.dumps(event).encode()))
    return reader.answer().tools


def _chunk(*calls: dict[str, Any], index: int = 0, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": {"tool_calls": list(calls), **delta}, "finish_reason": None}]}


@LISTENING
def test_a_completion(listen: bool) -> None:
    look, send = {"function": {"name": "look", "arguments": "{}"}}, {"custom": {"name": "send", "input": "x"}}
    both = {"function": {"name": "a"}, "custom": {"name": "b"}}
    body = {
        "choices": [{"message": {"tool_calls": [look, send, both, {"type": "new"}]}, "finish_reason": "tool_calls"}]
    }
    assert _whole(ChatReader(listen, False), body) == ("look", "send", "a", "b", "")
    old = {"choices": [{"message": {"function_call": {"name": "look", "arguments": "{}"}}}]}
    assert _whole(ChatReader(listen, False), old) == ("look",)
    hidden = {"choices": [{"delta": {"content": "x"}, "message": {"tool_calls": [send], "refusal": "no"}}]}
    reader = ChatReader(listen, False)
    assert (_whole(reader, hidden), reader.answer().refusal) == (("send",), True)


@LISTENING
def test_the_chunks_of_a_completion(listen: bool) -> None:
    def piece(number: int, **function: Any) -> dict[str, Any]:
        return {"index": number, "function": function}

    found = _events(
        ChatReader(listen, False, 2),
        _chunk(piece(0, name="look", arguments="")),
        _chunk(piece(0, arguments='{"a"'), piece(1, name="se", arguments="")),
        _chunk(piece(1, name="nd", arguments=""), index=0),
        _chunk(piece(0, name="look", arguments=""), {"index": 0}),  # some vendors repeat the name
        _chunk(piece(0, name="other"), index=1),
        _chunk({"index": 5}),
        _chunk(function_call={"name": "old"}),
        _chunk(function_call={"arguments": "{}"}),
        _chunk(piece(7, name=3)),
    )
    assert found == ("look", "send", "other", "", "old", "")


@LISTENING
def test_a_response(listen: bool) -> None:
    items: list[dict[str, Any]] = [
        {"type": "message", "content": []},
        {"type": "function_call", "name": "look", "arguments": "{}"},
        {"type": "custom_tool_call", "name": "run", "input": "x"},
        {"type": "mcp_call", "name": "search", "server_label": "wiki"},
        {"type": "mcp_approval_request", "name": "search", "server_label": "wiki"},
        {"type": "web_search_call", "action": {}},
        {"type": "code_interpreter_call"},
        {"type": "reasoning"},
        {"type": 3},
    ]
    want = ("look", "run", "wiki", "wiki", "web_search_preview", "code_interpreter")
    offered = ("look", "run", "wiki", "web_search_preview")
    whole = {"status": "completed", "output": items}
    assert _whole(ResponseReader(listen, True, offered), whole) == want
    added = [
        {"type": f"response.output_item.{end}", "output_index": number, "item": item}
        for number, item in enumerate(items)
        for end in ("added", "done")
    ]
    assert _events(ResponseReader(listen, True, offered), *added) == want
    assert (
        _events(ResponseReader(listen, True, offered), *added, {"type": "response.completed", "response": whole})
        == want
    )


@LISTENING
def test_a_message(listen: bool) -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "1", "name": "look", "input": {}},
        {"type": "server_tool_use", "id": "2", "name": "web_search", "input": {}},
        {"type": "mcp_tool_use", "id": "3", "name": "search", "server_name": "wiki", "input": {}},
        {"type": "tool_use", "id": "4", "name": None, "input": {}},
        {"type": "web_search_tool_result", "content": []},
    ]
    want = ("look", "web_search", "wiki", "")
    assert _whole(MessageReader(listen), {"content": blocks, "stop_reason": "tool_use"}) == want
    started = [
        {"type": "content_block_start", "index": number, "content_block": block} for number, block in enumerate(blocks)
    ]
    assert _events(MessageReader(listen), {"type": "message_start", "message": {"content": []}}, *started) == want
    assert _events(MessageReader(listen), {"type": "message_start", "message": {"content": blocks}}) == want


def test_other_answers_call_nothing() -> None:
    assert _whole(EmbeddingsReader(False), {"data": [{"embedding": [1.0]}]}) == ()
