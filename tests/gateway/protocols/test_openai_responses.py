from typing import Any

import msgspec
import pytest

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.openai_responses import OpenAIResponses
from prodworthy.gateway.protocols.openai_responses_answer import ResponseReader
from prodworthy.gateway.protocols.protocol import Wish
from prodworthy.policy.core.exchange import Call, Finish, Operation

from .recorded import named, play, read_whole

RESPONSES = OpenAIResponses()
_SCHEMA = {"type": "object"}
_USAGE = {"input_tokens": 36, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 8, "total_tokens": 44}


def _call(**fields: Any) -> Call:
    return RESPONSES.read_call(Operation.RESPOND, {"model": "m", **fields}, 10)


def _response(*output: dict[str, Any], status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "status": status, "model": "gpt-x", "output": list(output), **more}


def _message(*content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": list(content),
        **more,
    }


def _text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}


_PLACE = {"item_id": "msg_1", "output_index": 0, "content_index": 0}


def _told(text: str, index: int = 0, **item: Any) -> list[dict[str, Any]]:
    """The events of one message with one text, in two deltas."""
    place = {**_PLACE, "output_index": index}
    return [
        {"type": "response.output_item.added", "output_index": index, "item": _message(**item)},
        {"type": "response.content_part.added", **place, "part": _text("")},
        {"type": "response.output_text.delta", **place, "delta": text[:2], "logprobs": []},
        {"type": "response.output_text.delta", **place, "delta": text[2:], "logprobs": []},
        {"type": "response.output_text.done", **place, "text": text},
        {"type": "response.content_part.done", **place, "part": _text(text)},
        {"type": "response.output_item.done", "output_index": index, "item": _message(_text(text), **item)},
    ]


_CREATED = {"type": "response.created", "response": _response(status="in_progress")}


def test_a_call_is_read() -> None:
    call = _call(
        instructions="be brief",
        input="hi",
        stream=True,
        max_output_tokens=7,
        safety_identifier="s",
        user="u",
        tools=[{"type": "function", "name": "look"}, {"type": "web_search"}, {"type": "mcp", "server_label": "crm"}],
        novelty=[1],
    )
    assert [(p.part, p.role, p.text) for p in call.passages] == [
        ("instructions", "system", "be brief"),
        ("input", "user", "hi"),
        ("safety_identifier", "user", "s"),
        ("user", "user", "u"),
        ("tools.0.name", "definition", "look"),
        ("tools.2.server_label", "definition", "crm"),
    ]
    assert (call.unread, call.json) == ((), False)
    assert (call.stream, call.max_tokens, call.end_user, call.tools) == (True, 7, "s", ("look", "web_search", "crm"))


def test_every_text_of_the_items_is_found() -> None:
    items = [
        {"role": "user", "content": "hi"},
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "see"}, {"type": "input_image"}],
        },
        {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "x"},
        {"type": "function_call", "call_id": "c", "name": "look", "arguments": '{"at":1}'},
        {"type": "function_call_output", "call_id": "c", "output": "found"},
        {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "more"}]},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "ran"},
        {"type": "shell_call_output", "output": [{"stdout": "out", "stderr": "err"}]},
        {"type": "mcp_call", "arguments": "{}", "output": "answer"},
        {"type": "image_generation_call", "result": "aGVsbG8="},
        {"type": "additional_tools", "role": "developer", "tools": [{"type": "function", "name": "extra"}]},
        {"type": "unheard_of", "content": [{"text": "future"}]},
    ]
    call = _call(
        input=items, prompt={"id": "p", "variables": {"city": "Paris", "x": {"type": "input_text", "text": "y"}}}
    )
    assert [(p.part, p.role, p.text) for p in call.passages] == [
        ("input.0.content", "user", "hi"),
        ("input.1.content.0.text", "user", "see"),
        ("input.2.summary.0.text", "assistant", "hm"),
        ("input.3.name", "assistant", "look"),
        ("input.3.arguments", "assistant", '{"at":1}'),
        ("input.4.output", "tool", "found"),
        ("input.5.output.0.text", "tool", "more"),
        ("input.6.output", "tool", "ran"),
        ("input.7.output.0.stdout", "tool", "out"),
        ("input.7.output.0.stderr", "tool", "err"),
        ("input.8.arguments", "assistant", "{}"),
        ("input.8.output", "tool", "answer"),
        ("input.10.tools.0.name", "definition", "extra"),
        ("input.11.content.0.text", "assistant", "future"),
        ("prompt.variables.city", "user", "Paris"),
        ("prompt.variables.x.text", "user", "y"),
    ]
    assert [p.part for p in call.passages if p.json] == ["input.3.arguments", "input.8.arguments"]
    assert set(call.unread) == {"reference", "image"}
    assert call.tools == ("extra",)


@pytest.mark.parametrize(
    "fields, named_field",
    [
        ({"model": None}, "model"),
        ({"input": 1}, "input"),
        ({"input": [1]}, "input.0"),
        ({"input": [{"role": 1}]}, "input.0.role"),
        ({"input": [{"content": [{"type": "input_text"}]}]}, "input.0.content.0.text"),
        ({"instructions": 1}, "instructions"),
        ({"tools": [None]}, "tools.0"),
        ({"input": [{"tools": [1]}]}, "input.0.tools.0"),
        ({"max_output_tokens": -1}, "max_output_tokens"),
        ({"background": True}, "background"),
        ({"prompt": "p"}, "prompt"),
    ],
)
def test_a_fault_names_its_field(fields: dict[str, Any], named_field: str) -> None:
    with pytest.raises(Unreadable) as raised:
        _call(**fields)
    assert f"Field '{named_field}' " in raised.value.refusal.message


def test_a_whole_response() -> None:
    reader = ResponseReader(True, False)
    output = (
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
        _message(_text("Hello"), {"type": "refusal", "refusal": "no"}),
        {"type": "function_call", "arguments": "{}", "name": "f", "status": "completed"},
        {"type": "tool_search_call", "arguments": {"q": 1234567}},
        {"type": "web_search_call", "action": {"query": "x"}},
        {"type": "shell_call_output", "output": [{"stdout": "out"}]},
    )
    body = _response(*output, usage=_USAGE, error=None, incomplete_details=None)
    played = read_whole(reader, msgspec.json.encode(body))
    answer = played.answer
    assert [(p.part, p.text, p.role, p.json) for p in played.besides] == [
        ("output.0.summary.0.text", "hm", "reasoning", False),
        ("output.1.content.0.text", "Hello", "assistant", False),
        ("output.1.content.1.refusal", "no", "assistant", False),
        ("output.2.arguments", "{}", "assistant", True),
        ("output.2.name", "f", "assistant", False),
        ("output.3.arguments.q", "1234567", "assistant", False),
        ("output.4.action.query", "x", "assistant", False),
        ("output.5.output.0.stdout", "out", "tool", False),
    ]
    assert (answer.model, answer.finish, answer.refusal) == ("gpt-x", Finish.TOOL, True)
    assert (answer.tokens_in, answer.tokens_out) == (36, 8)


@pytest.mark.parametrize(
    "status, reason, finish",
    [
        ("completed", None, Finish.STOP),
        ("incomplete", "max_output_tokens", Finish.LENGTH),
        ("incomplete", "content_filter", Finish.REFUSAL),
        ("incomplete", "steered", Finish.CUT),
        ("failed", None, Finish.CUT),
        ("cancelled", None, Finish.CUT),
    ],
)
def test_how_a_response_ends(status: str, reason: str | None, finish: Finish) -> None:
    reader = ResponseReader(True, False)
    details = {"reason": reason} if reason else None
    reader.whole(msgspec.json.encode(_response(_message(_text("x")), status=status, incomplete_details=details)))
    assert reader.answer().finish is finish


def test_a_stream_of_one_message_closes_when_its_text_is_done() -> None:
    final = _response(_message(_text("Hello")), usage=_USAGE)
    events = named(_CREATED, *_told("Hello"), {"type": "response.completed", "response": final})
    played = play(RESPONSES.reader(_call(), {}, True), events)
    marks, answer = played.marks, played.answer
    assert marks == "oooooccc" + "C"
    assert (played.said, played.besides) == ({"output.0.content.0.text": "Hello"}, [])
    assert played.closed == [[]] * 5 + [["output.0.content.0"]] * 2 + [["output.0"], []]
    assert (answer.finish, answer.tokens_in, answer.tokens_out, answer.model) == (Finish.STOP, 36, 8, "gpt-x")
    deaf = play(ResponseReader(False, False), events)
    assert (deaf.marks, deaf.answer, deaf.heard) == (marks, answer, 0)


def test_where_more_may_follow_only_the_end_closes() -> None:
    call_item = {"id": "fc_1", "type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"}
    events = named(
        _CREATED,
        {"type": "response.reasoning_summary_text.delta", "output_index": 0, "summary_index": 0, "delta": "hm"},
        {"type": "response.reasoning_summary_text.done", "output_index": 0, "summary_index": 0, "text": "hm"},
        *_told("Wait", 1),
        {"type": "response.output_item.added", "output_index": 2, "item": {**call_item, "arguments": ""}},
        {"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 2, "delta": "{}"},
        {"type": "response.function_call_arguments.done", "item_id": "fc_1", "output_index": 2, "arguments": "{}"},
        {"type": "response.output_item.done", "output_index": 2, "item": call_item},
        {"type": "response.completed", "response": _response(call_item)},
    )
    played = play(RESPONSES.reader(_call(tools=[{"type": "function", "name": "f"}]), {}, True), events)
    assert played.marks == "o" * 14 + "C"
    assert played.said == {
        "output.0.summary.0.reasoning": "hm",
        "output.1.content.0.text": "Wait",
        "output.2.arguments": "{}",
    }
    assert played.besides_texts == [
        ("output.2.item.name", "f"),
        ("output.2.item.name", "f"),
        ("response.output.0.name", "f"),
    ]
    assert played.closed == [
        *([], [], ["output.0.summary.0"]),
        *([], [], [], [], ["output.1.content.0"], ["output.1.content.0"], ["output.1"]),
        *([], [], ["output.2"], ["output.2"], []),
    ]
    assert played.answer.finish is Finish.TOOL


def test_the_phase_of_a_message_decides_where_it_is_told() -> None:
    commented = named(_CREATED, *_told("Wait", 0, phase="commentary"), *_told("Done", 1, phase="final_answer"))
    for offered in ([], [{"type": "web_search"}]):
        played = play(RESPONSES.reader(_call(tools=offered), {}, False), commented)
        assert played.marks == "o" + "o" * 7 + "oooo" + "ccc"


def test_parts_that_never_came_as_deltas_are_read_at_the_end() -> None:
    final = _response(_message(_text("Hello")), {"type": "function_call", "arguments": "{}"})
    played = play(ResponseReader(True, False), named({"type": "response.completed", "response": final}))
    assert [(p.part, p.text, p.json) for p in played.besides] == [
        ("response.output.0.content.0.text", "Hello", False),
        ("response.output.1.arguments", "{}", True),
    ]
    assert played.said == {}


def test_unknown_events_pass() -> None:
    events = named(
        {"type": "response.unheard_of", "delta": {"deep": 1}, "output_index": "first", "item": 3},
        {"type": "response.shell_call_output_content.delta", "delta": {"stdout": "x"}, "output_index": 0},
        {"type": "response.keepalive"},
    )
    assert play(ResponseReader(True, False), [b": ping\n\n", *events]).marks == "oooo"


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b'{"type":"error","error":' + b"[" * 100_000,
        b"[]",
        b'"x"',
        b'{"type":3}',
        b'{"type":["x"]}',
        b'{"type":"error","code":null,"message":"x","param":null,"sequence_number":1}',
        b'{"type":"response.new","error":{"message":"x"}}',
        b'{"type":"response.output_text.delta"}',
        b'{"type":"response.output_text.delta","delta":1}',
        b'{"type":"response.output_text.delta","delta":"x","output_index":"0"}',
        b'{"type":"response.completed"}',
        b'{"type":"response.completed","response":{}}',
        b'{"type":"response.completed","response":{"output":[{"type":"output_text","text":1}]}}',
        b'{"type":"response.completed","response":{"output":[],"usage":{"input_tokens":-1}}}',
    ],
)
def test_a_broken_event(data: bytes) -> None:
    with pytest.raises(AnswerBroken):
        ResponseReader(True, False).event(b"event: x\ndata: " + data + b"\n\n")


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"output":{}}', b'{"output":[1]}', b'{"error":{"message":"x"}}'])
def test_a_broken_response(body: bytes) -> None:
    with pytest.raises(AnswerBroken):
        ResponseReader(True, False).whole(body)


def test_the_declared_schema_is_asked_for() -> None:
    asked = RESPONSES.adapt({"text": {"verbosity": "low"}}, Wish(_SCHEMA))
    wanted = {"type": "json_schema", "name": "answer", "schema": _SCHEMA, "strict": True}
    assert msgspec.json.decode(asked["text"]) == {"verbosity": "low", "format": wanted}


@pytest.mark.parametrize(
    "document", [{"tools": [{}]}, {"text": {"format": {"type": "json_object"}}}, {"text": 3}, {"prompt": {"id": "p"}}]
)
def test_the_callers_own_demands_stand(document: dict[str, Any]) -> None:
    assert RESPONSES.adapt(document, Wish(_SCHEMA)) == {}
    assert RESPONSES.adapt({}, Wish()) == {}
