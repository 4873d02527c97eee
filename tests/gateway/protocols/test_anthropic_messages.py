from typing import Any

import msgspec
import pytest

from prodworthy.gateway.protocols.anthropic_answer import MessageReader
from prodworthy.gateway.protocols.anthropic_messages import AnthropicMessages
from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.protocol import Wish
from prodworthy.policy.core.exchange import Call, Finish, Operation

from .recorded import named, play, read_whole

MESSAGES = AnthropicMessages()
_SCHEMA = {"type": "object"}


def _call(**fields: Any) -> Call:
    document = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}
    return MESSAGES.read_call(Operation.CHAT, document, 10)


def _message(*content: dict[str, Any], stop: str | None = "end_turn", **usage: int) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": list(content),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": usage,
    }


def _block(index: int, block: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": block},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def test_a_call_is_read() -> None:
    call = _call(
        system="be brief",
        stream=True,
        max_tokens=7,
        metadata={"user_id": "u"},
        tools=[{"name": "look", "input_schema": {}}, {"type": "web_search_20250305", "name": "web_search"}],
        mcp_servers=[{"type": "url", "name": "crm", "url": "https://example.com"}],
        novelty={"a": 1},
    )
    assert [(p.part, p.role, p.text) for p in call.passages] == [
        ("system", "system", "be brief"),
        ("messages.0.content", "user", "hi"),
        ("metadata.user_id", "user", "u"),
        ("tools.0.name", "definition", "look"),
        ("tools.1.name", "definition", "web_search"),
        ("mcp_servers.0.name", "definition", "crm"),
        ("mcp_servers.0.url", "definition", "https://example.com"),
    ]
    assert (call.stream, call.max_tokens, call.end_user) == (True, 7, "u")
    assert call.tools == ("look", "web_search", "crm")


def test_every_text_of_the_conversation_is_found() -> None:
    document = {
        "type": "document",
        "title": "T",
        "source": {"type": "text", "media_type": "text/plain", "data": "body"},
    }
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}}
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "see"}, picture, document]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig"},
                {"type": "redacted_thinking", "data": "xyz"},
                {"type": "tool_use", "id": "t", "name": "look", "input": {"at": "door"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t", "content": "found"},
                {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "more"}, picture]},
                {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "hit"}]},
                {"type": "unheard_of", "text": "future"},
            ],
        },
    ]
    call = _call(system=[{"type": "text", "text": "be brief"}], messages=messages)
    assert [(p.part, p.role, p.text) for p in call.passages] == [
        ("system.0.text", "system", "be brief"),
        ("messages.0.content.0.text", "user", "see"),
        ("messages.0.content.2.title", "retrieval", "T"),
        ("messages.0.content.2.source.data", "retrieval", "body"),
        ("messages.1.content.0.thinking", "assistant", "hm"),
        ("messages.1.content.2.name", "assistant", "look"),
        ("messages.1.content.2.input.at", "assistant", "door"),
        ("messages.2.content.0.content", "tool", "found"),
        ("messages.2.content.1.content.0.text", "tool", "more"),
        ("messages.2.content.2.source", "retrieval", "s"),
        ("messages.2.content.2.title", "retrieval", "t"),
        ("messages.2.content.2.content.0.text", "retrieval", "hit"),
        ("messages.2.content.3.text", "user", "future"),
    ]
    assert call.unread == ("image",)


@pytest.mark.parametrize(
    "fields, named_field",
    [
        ({"model": None}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [3]}, "messages.0"),
        ({"messages": [{"role": []}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": {}}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "messages.0.content.0"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content.0.text"),
        ({"system": 3}, "system"),
        ({"system": [3]}, "system.0"),
        ({"tools": 3}, "tools"),
        ({"tools": [3]}, "tools.0"),
        ({"mcp_servers": [3]}, "mcp_servers.0"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"stream": 1}, "stream"),
        ({"metadata": "u"}, "metadata"),
        ({"metadata": {"user_id": 3}}, "metadata.user_id"),
    ],
)
def test_a_fault_names_its_field(fields: dict[str, Any], named_field: str) -> None:
    with pytest.raises(Unreadable) as raised:
        _call(**fields)
    assert f"Field '{named_field}' " in raised.value.refusal.message


def test_a_whole_message() -> None:
    reader = MessageReader(True)
    content = (
        {"type": "thinking", "thinking": "hm", "signature": "s"},
        {"type": "text", "text": "Hello", "citations": None},
        {"type": "tool_use", "id": "t", "name": "look", "input": {"at": "door", "n": 1234567}},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "q"}},
        {
            "type": "web_search_tool_result",
            "tool_use_id": "s",
            "content": [{"type": "web_search_result", "title": "hit"}],
        },
        {"type": "unheard_of", "novelty": 1},
    )
    usage = {"input_tokens": 10, "cache_creation_input_tokens": 20, "cache_read_input_tokens": 30, "output_tokens": 5}
    played = read_whole(reader, msgspec.json.encode(_message(*content, stop="tool_use", **usage)))
    answer = played.answer
    assert [(p.part, p.text, p.role) for p in played.besides] == [
        ("content.0.thinking", "hm", "reasoning"),
        ("content.1.text", "Hello", "assistant"),
        ("content.2.name", "look", "assistant"),
        ("content.2.input.at", "door", "assistant"),
        ("content.2.input.n", "1234567", "assistant"),
        ("content.3.name", "web_search", "assistant"),
        ("content.3.input.query", "q", "assistant"),
        ("content.4.content.0.title", "hit", "tool"),
    ]
    assert (answer.model, answer.finish, answer.tokens_in, answer.tokens_out) == ("claude-x", Finish.TOOL, 60, 5)


@pytest.mark.parametrize(
    "reason, finish",
    [
        ("end_turn", Finish.STOP),
        ("stop_sequence", Finish.STOP),
        ("max_tokens", Finish.LENGTH),
        ("model_context_window_exceeded", Finish.LENGTH),
        ("tool_use", Finish.TOOL),
        ("pause_turn", Finish.TOOL),
        ("refusal", Finish.REFUSAL),
        ("unheard_of", Finish.STOP),
    ],
)
def test_how_a_message_ends(reason: str, finish: Finish) -> None:
    reader = MessageReader(False)
    reader.whole(msgspec.json.encode(_message(stop=reason)))
    assert (reader.answer().finish, reader.answer().refusal) == (finish, finish is Finish.REFUSAL)


def test_a_stream() -> None:
    events = named(
        {"type": "message_start", "message": _message(stop=None, input_tokens=25, output_tokens=1)},
        *_block(
            0,
            {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "thinking_delta", "thinking": "hm"},
            {"type": "signature_delta", "signature": "sig"},
        ),
        {"type": "ping"},
        *_block(
            1,
            {"type": "text", "text": ""},
            {"type": "text_delta", "text": "Hel"},
            {"type": "text_delta", "text": "lo"},
            {"type": "citations_delta", "citation": {"cited_text": "x"}},
        ),
        *_block(
            2,
            {"type": "tool_use", "id": "t", "name": "look", "input": {}},
            {"type": "input_json_delta", "partial_json": ""},
            {"type": "input_json_delta", "partial_json": '{"at":'},
            {"type": "input_json_delta", "partial_json": "1}"},
        ),
        {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 15}},
        {"type": "ping"},
        {"type": "message_stop"},
    )
    played = play(MessageReader(True), events)
    marks, answer = played.marks, played.answer
    assert marks == "o" * 16 + "ccC"
    assert played.said == {
        "content.0.thinking": "hm",
        "content.1.text": "Hello",
        "content.2.partial_json": '{"at":1}',
    }
    assert [(p.part, p.text, p.role) for p in played.besides] == [
        ("content.1.citation.cited_text", "x", "assistant"),
        ("content.2.name", "look", "assistant"),
    ]
    assert [closed for closed in played.closed if closed] == [["content.0"], ["content.1"], ["content.2"]]
    assert (answer.finish, answer.tokens_in, answer.tokens_out) == (Finish.TOOL, 25, 15)
    deaf = play(MessageReader(False), events)
    assert (deaf.marks, deaf.answer, deaf.heard) == (marks, answer, 0)


def test_unknown_events_pass() -> None:
    events = named(
        {"type": "unheard_of", "index": "first", "delta": 3, "message": "m"},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "unheard_of_delta", "text": {"deep": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "unheard_of"}},
    )
    assert play(MessageReader(True), [b": comment\n\n", b"event: ping\n\n", *events]).marks == "ooooo"


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b'{"type":"error","error":' + b"[" * 100_000,
        b"[]",
        b"3",
        b'{"type":3}',
        b'{"type":{}}',
        b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
        b'{"error":{"message":"no type"}}',
        b'{"type":"message_start"}',
        b'{"type":"message_start","message":{}}',
        b'{"type":"message_start","message":{"content":[],"usage":{"input_tokens":-1}}}',
        b'{"type":"content_block_delta","index":0}',
        b'{"type":"content_block_delta","index":"0","delta":{"type":"text_delta","text":"x"}}',
        b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":1}}',
        b'{"type":"content_block_delta","index":0,"delta":{"type":["x"],"text":1}}',
        b'{"type":"content_block_start","index":0,"content_block":{"type":"text","text":1}}',
        b'{"type":"content_block_start","index":0,"content_block":{"content":{"type":"text","text":1}}}',
        b'{"type":"message_delta","delta":{"stop_reason":1}}',
    ],
)
def test_a_broken_event(data: bytes) -> None:
    with pytest.raises(AnswerBroken):
        MessageReader(True).event(b"event: x\ndata: " + data + b"\n\n")


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'{"content":"x"}', b'{"content":[1]}', b'{"type":"error","error":{"type":"api_error"}}'],
)
def test_a_broken_message(body: bytes) -> None:
    with pytest.raises(AnswerBroken):
        MessageReader(True).whole(body)


def test_the_declared_schema_is_asked_for() -> None:
    asked = MESSAGES.adapt({"output_config": {"effort": "low"}}, Wish(_SCHEMA))
    wanted = {"type": "json_schema", "schema": _SCHEMA}
    assert msgspec.json.decode(asked["output_config"]) == {"effort": "low", "format": wanted}


@pytest.mark.parametrize(
    "document",
    [
        {"tools": [{}]},
        {"mcp_servers": [{}]},
        {"output_format": {"type": "json_schema"}},
        {"output_config": {"format": {"type": "json_schema"}}},
        {"output_config": 3},
    ],
)
def test_the_callers_own_demands_stand(document: dict[str, Any]) -> None:
    assert MESSAGES.adapt(document, Wish(_SCHEMA)) == {}
    assert MESSAGES.adapt({}, Wish()) == {}
