from typing import Any

import msgspec
import pytest

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.openai_chat import OpenAIChat
from prodworthy.gateway.protocols.openai_chat_answer import ChatReader
from prodworthy.gateway.protocols.protocol import Wish
from prodworthy.policy.core.exchange import Call, Finish, Operation, Passage

from .recorded import plain, play, read_whole

CHAT = OpenAIChat()
_SCHEMA = {"type": "object"}


def _call(**fields: Any) -> Call:
    document = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **fields}
    return CHAT.read_call(Operation.CHAT, document, 10)


def _chunk(delta: dict[str, Any] | None, finish: str | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    choices = [] if delta is None else [{"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-x", "choices": choices, **more}


_USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}


def test_a_call_is_read() -> None:
    call = _call(
        stream=True,
        max_tokens=5,
        max_completion_tokens=7,
        user="old",
        safety_identifier="new",
        tools=[{"type": "function", "function": {"name": "look"}}, {"type": "custom", "custom": {"name": "run"}}],
        functions=[{"name": "older"}],
        novelty={"deep": [1]},
    )
    passages = (
        Passage("messages.0.content", "user", "hi"),
        Passage("user", "user", "old"),
        Passage("safety_identifier", "user", "new"),
        Passage("tools.0.function.name", "definition", "look"),
        Passage("tools.1.custom.name", "definition", "run"),
        Passage("functions.0.name", "definition", "older"),
    )
    assert call == Call(Operation.CHAT, "m", True, 10, passages, (), ("look", "run", "older"), 7, "new")


def test_every_text_of_the_conversation_is_found() -> None:
    messages = [
        {"role": "developer", "content": "be brief"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "x"}}],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "look", "arguments": '{"at":1}'}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": "found"},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}]},
    ]
    call = _call(messages=messages)
    assert [(p.part, p.role, p.text, p.json) for p in call.passages] == [
        ("messages.0.content", "developer", "be brief", False),
        ("messages.1.content.0.text", "user", "see", False),
        ("messages.1.content.1.image_url.url", "user", "x", False),
        ("messages.2.tool_calls.0.function.name", "assistant", "look", False),
        ("messages.2.tool_calls.0.function.arguments", "assistant", '{"at":1}', True),
        ("messages.3.content", "tool", "found", False),
        ("messages.4.content.0.refusal", "assistant", "no", False),
    ]
    assert call.unread == ("image", "audio")


@pytest.mark.parametrize(
    "fields, named",
    [
        ({"model": None}, "model"),
        ({"model": 3}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": ["hi"]}, "messages.0"),
        ({"messages": [{"role": 1}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": [1]}]}, "messages.0.content.0"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 1}]}]}, "messages.0.content.0.text"),
        ({"stream": "yes"}, "stream"),
        ({"tools": {}}, "tools"),
        ({"tools": [1]}, "tools.0"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"max_completion_tokens": 10**30}, "max_completion_tokens"),
        ({"user": 7}, "user"),
    ],
)
def test_a_fault_names_its_field(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(Unreadable) as raised:
        _call(**fields)
    assert f"Field '{named}' " in raised.value.refusal.message


def test_a_whole_completion() -> None:
    reader = ChatReader(True, False)
    message = {
        "role": "assistant",
        "content": "Hello",
        "refusal": None,
        "annotations": [],
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"id": "b", "type": "custom", "custom": {"name": "g", "input": "ls"}},
        ],
    }
    choices = [{"index": 0, "message": message, "finish_reason": "tool_calls"}]
    body = {"id": "x", "model": "gpt-x", "choices": choices, "usage": _USAGE, "new": [1]}
    played = read_whole(reader, msgspec.json.encode(body))
    answer = played.answer
    assert reader.ended
    assert [(p.part, p.text, p.role, p.json) for p in played.besides] == [
        ("choices.0.content", "Hello", "assistant", False),
        ("choices.0.tool_calls.0.function.name", "f", "assistant", False),
        ("choices.0.tool_calls.0.function.arguments", "{}", "assistant", True),
        ("choices.0.tool_calls.1.custom.name", "g", "assistant", False),
        ("choices.0.tool_calls.1.custom.input", "ls", "assistant", False),
    ]
    assert (answer.model, answer.finish, answer.tokens_in, answer.tokens_out) == ("gpt-x", Finish.TOOL, 9, 4)


def test_a_stream_with_usage_that_nobody_but_the_gateway_asked_for() -> None:
    events = [
        *plain(_chunk({"role": "assistant", "content": ""}), _chunk({"content": "Hel"}, usage=None)),
        b": keep-alive\n\n",
        *plain(_chunk({"content": "lo"}), _chunk({}, "stop"), _chunk(None, usage=_USAGE)),
        b"data: [DONE]\n\n",
    ]
    played = play(ChatReader(True, False), events)
    answer = played.answer
    assert played.marks == "ooooCDC"
    assert (played.said, played.besides) == ({"choices.0.content": "Hello"}, [])
    assert played.closed == [[], [], [], [], ["choices.0"], [], []]
    assert (answer.finish, answer.tokens_in, answer.tokens_out, answer.refusal) == (Finish.STOP, 9, 4, False)
    deaf = play(ChatReader(False, True), events)
    assert (deaf.marks, deaf.answer, deaf.heard) == ("ooooCCC", answer, 0)


def test_two_choices_end_with_the_second() -> None:
    events = plain(
        _chunk({"content": "a"}), _chunk({"content": "b"}, index=1), _chunk({}, "stop"), _chunk({}, "length", index=1)
    )
    document = {"n": 2, "stream_options": {"include_usage": True}}
    played = play(CHAT.reader(_call(), document, True), events)
    assert played.marks == "oooC"
    assert (played.said, played.besides) == ({"choices.0.content": "a", "choices.1.content": "b"}, [])
    assert played.closed == [[], [], ["choices.0"], ["choices.1"]]
    assert played.answer.finish is Finish.LENGTH


def test_streamed_tool_calls_refusals_and_thoughts() -> None:
    def called(index: int, arguments: str) -> dict[str, Any]:
        return {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}

    events = plain(
        _chunk({"reasoning_content": "hm"}),
        _chunk(called(0, '{"a"')),
        _chunk(called(0, ":1}")),
        _chunk(called(1, "{}")),
        _chunk({"refusal": "no"}),
        _chunk({"function_call": {"name": "f", "arguments": "[]"}}, "content_filter"),
    )
    played = play(ChatReader(True, False), events)
    assert played.said == {
        "choices.0.reasoning_content": "hm",
        "choices.0.tool_calls.0.arguments": '{"a":1}',
        "choices.0.tool_calls.1.arguments": "{}",
        "choices.0.refusal": "no",
        "choices.0.function_call.name": "f",
        "choices.0.function_call.arguments": "[]",
    }
    assert played.besides_texts == []
    assert (played.answer.finish, played.answer.refusal) == (Finish.REFUSAL, True)
    assert play(ChatReader(False, False), events).answer.refusal


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b'{"type":"error","error":' + b"[" * 100_000,
        b"[]",
        b'{"choices":{}}',
        b'{"choices":[{"delta":[]}]}',
        b'{"choices":[{"delta":{"content":4111111111111111}}]}',
        b'{"error":{"message":"x"}}',
        b'{"error":"x"}',
        b"\xff",
        b'{"choices":[],"usage":{"prompt_tokens":-1}}',
        b'{"usage":{"prompt_tokens":%d}}' % 10**20,
    ],
)
def test_a_broken_chunk(data: bytes) -> None:
    with pytest.raises(AnswerBroken):
        ChatReader(True, False).event(b"data: " + data + b"\n\n")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"choices":[]}', b'{"error":{}}', b"<html>", b"[" * 100_000])
def test_a_broken_completion(body: bytes) -> None:
    with pytest.raises(AnswerBroken):
        ChatReader(True, False).whole(body)


def test_a_null_error_is_none() -> None:
    assert play(ChatReader(True, False), plain(_chunk({"content": "x"}, error=None))).marks == "o"


def test_what_the_gateway_wishes_besides() -> None:
    wish = Wish(schema=_SCHEMA)
    asked = CHAT.adapt({"stream": True, "stream_options": {"other": 1}}, wish)
    assert msgspec.json.decode(asked["stream_options"]) == {"other": 1, "include_usage": True}
    wanted = {"name": "answer", "schema": _SCHEMA, "strict": True}
    assert msgspec.json.decode(asked["response_format"]) == {"type": "json_schema", "json_schema": wanted}


@pytest.mark.parametrize(
    "document",
    [
        {"tools": [{}], "stream": False},
        {"response_format": {"type": "json_object"}},
        {"tools": [{}], "stream": True, "stream_options": {"include_usage": True}},
    ],
)
def test_the_callers_own_demands_stand(document: dict[str, Any]) -> None:
    assert CHAT.adapt(document, Wish(schema=_SCHEMA)) == {}
    assert CHAT.adapt(document, Wish(usage=False)) == {}
