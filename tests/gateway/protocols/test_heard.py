"""What answers say, piece by piece: each stands where its path leads, so that an edit reaches it and nothing else."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.heard import Heard, Piece, forget_logprobs, read_object, without
from prodworthy.gateway.protocols.protocol import AnswerReader, ClientProtocol
from prodworthy.gateway.protocols.routes import CHAT, EMBEDDINGS, MESSAGES, MLFLOW, OPEN_INFERENCE, RESPONSES
from prodworthy.gateway.protocols.texts import editable, put
from prodworthy.policy.core.exchange import Call, Operation

from .recorded import check_places, plain, play, read_whole

_ALL = (CHAT, RESPONSES, MESSAGES, OPEN_INFERENCE, MLFLOW)
_STREAMED = (CHAT, RESPONSES, MESSAGES)


def _name(value: object) -> str | None:
    return getattr(value, "name", None)


def _reader(protocol: ClientProtocol, listen: bool = True) -> AnswerReader:
    return protocol.reader(Call(Operation.PREDICT), {}, listen)


def _heard(protocol: ClientProtocol, event: dict[str, Any]) -> Heard:
    reader = _reader(protocol)
    reader.event(plain(event)[0])
    assert reader.heard is not None
    check_places(reader.heard)
    return reader.heard


def _delta(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish, **more}]}


def _block(**delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 3, "delta": delta}


def _call_delta(index: int, arguments: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}


def _done(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}.done", "output_index": 2, "item_id": "i", **more}


@pytest.mark.parametrize(
    "protocol, event, piece",
    [
        (CHAT, _delta({"content": "x"}), Piece("choices.0.content", "choices.0.delta.content", "x", append=True)),
        (CHAT, _delta({"refusal": "x"}), Piece("choices.0.refusal", "choices.0.delta.refusal", "x", append=True)),
        (
            CHAT,
            {"choices": [{"index": 7, "delta": {"reasoning": "x"}}]},
            Piece("choices.7.reasoning", "choices.0.delta.reasoning", "x", "reasoning", append=True),
        ),
        (
            CHAT,
            _delta(_call_delta(4, "{")),
            Piece(
                "choices.0.tool_calls.4.arguments",
                "choices.0.delta.tool_calls.0.function.arguments",
                "{",
                append=True,
                json=True,
            ),
        ),
        (
            CHAT,
            _delta({"tool_calls": [{"index": None, "function": {"arguments": "{"}}]}),
            Piece(
                "choices.0.tool_calls.0.arguments",
                "choices.0.delta.tool_calls.0.function.arguments",
                "{",
                append=True,
                json=True,
            ),
        ),
        (
            CHAT,
            _delta({"content": [{"type": "text", "text": "x"}]}),
            Piece("choices.0.content.0.text", "choices.0.delta.content.0.text", "x", append=True),
        ),
        (
            CHAT,
            _delta({"audio": {"id": "a", "transcript": "x"}}),
            Piece("choices.0.audio.transcript", "choices.0.delta.audio.transcript", "x", append=True),
        ),
        (MESSAGES, _block(type="text_delta", text="x"), Piece("content.3.text", "delta.text", "x", append=True)),
        (
            MESSAGES,
            _block(type="thinking_delta", thinking="x"),
            Piece("content.3.thinking", "delta.thinking", "x", "reasoning", append=True),
        ),
        (
            MESSAGES,
            _block(type="input_json_delta", partial_json="{"),
            Piece("content.3.partial_json", "delta.partial_json", "{", append=True, json=True),
        ),
        (
            MESSAGES,
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "x"}},
            Piece("content.0.text", "content_block.text", "x", append=True),
        ),
        *(
            (
                RESPONSES,
                {"type": f"response.{kind}.delta", "output_index": 2, number: 1, "item_id": "i", "delta": "x"},
                Piece(f"output.2.{part}", "delta", "x", role, append=True, json=part == "arguments"),
            )
            for kind, number, part, role in (
                ("output_text", "content_index", "content.1.text", "assistant"),
                ("refusal", "content_index", "content.1.refusal", "assistant"),
                ("reasoning_text", "content_index", "content.1.reasoning", "reasoning"),
                ("reasoning_summary_text", "summary_index", "summary.1.reasoning", "reasoning"),
                ("function_call_arguments", "sequence_number", "arguments", "assistant"),
                ("mcp_call_arguments", "sequence_number", "arguments", "assistant"),
                ("custom_tool_call_input", "sequence_number", "input", "assistant"),
                ("code_interpreter_call_code", "sequence_number", "code", "assistant"),
                ("shell_call_command", "command_index", "commands.1.command", "assistant"),
                ("apply_patch_call_operation_diff", "n", "response.apply_patch_call_operation_diff.delta", "assistant"),
            )
        ),
    ],
)
def test_a_delta_continues_its_part(protocol: ClientProtocol, event: dict[str, Any], piece: Piece) -> None:
    assert _heard(protocol, event).pieces == [piece]


@pytest.mark.parametrize(
    "protocol, event, closed",
    [
        (CHAT, _delta({"content": "x"}), []),
        (CHAT, _delta({"content": "x"}, "stop"), ["choices.0"]),
        (CHAT, {"choices": [{"index": 3, "delta": {}, "finish_reason": "length"}]}, ["choices.3"]),
        (MESSAGES, _block(type="text_delta", text="x"), []),
        (MESSAGES, {"type": "content_block_stop", "index": 3}, ["content.3"]),
        (MESSAGES, {"type": "message_stop"}, []),
        (RESPONSES, _done("output_text", content_index=0, text="x"), ["output.2.content.0"]),
        (RESPONSES, _done("refusal", content_index=1, refusal="x"), ["output.2.content.1"]),
        (RESPONSES, _done("content_part", content_index=1, part={}), ["output.2.content.1"]),
        (RESPONSES, _done("reasoning_text", content_index=0, text="x"), ["output.2.content.0"]),
        (RESPONSES, _done("reasoning_summary_text", summary_index=4, text="x"), ["output.2.summary.4"]),
        (RESPONSES, _done("reasoning_summary_part", summary_index=4, part={}), ["output.2.summary.4"]),
        (RESPONSES, _done("shell_call_command", command_index=1, command="x"), ["output.2.commands.1"]),
        (RESPONSES, _done("function_call_arguments", arguments="{}"), ["output.2"]),
        (RESPONSES, _done("custom_tool_call_input", input="x"), ["output.2"]),
        (RESPONSES, _done("code_interpreter_call_code", code="x"), ["output.2"]),
        (RESPONSES, _done("output_item", item={}), ["output.2"]),
        (RESPONSES, {"type": "response.output_item.added", "output_index": 2, "item": {}}, []),
        (RESPONSES, {"type": "response.completed", "response": {"output": []}}, []),
    ],
)
def test_what_an_event_closes(protocol: ClientProtocol, event: dict[str, Any], closed: list[str]) -> None:
    assert _heard(protocol, event).closed == closed


def test_another_part_of_a_choice_closes_the_one_before() -> None:
    events = plain(
        _delta({"reasoning_content": "a"}),
        _delta({"reasoning_content": "b"}),
        _delta({"content": "c"}),
        {"choices": [{"index": 1, "delta": {"content": "d"}}, {"index": 0, "delta": {"content": "e"}}]},
        _delta(_call_delta(0, "{")),
        _delta({"tool_calls": [{"index": 0, "function": {"arguments": "}"}}, {"index": 1, "custom": {"input": "x"}}]}),
        _delta({}, "tool_calls"),
        {"choices": [{"index": 1, "delta": {}, "finish_reason": "stop"}]},
    )
    played = play(CHAT.reader(Call(Operation.CHAT), {"n": 2}, True), events)
    assert played.closed == [
        [],
        [],
        ["choices.0.reasoning_content"],
        [],
        ["choices.0.content"],
        ["choices.0.tool_calls.0.arguments"],
        ["choices.0"],
        ["choices.1"],
    ]
    assert played.said == {
        "choices.0.reasoning_content": "ab",
        "choices.0.content": "ce",
        "choices.1.content": "d",
        "choices.0.tool_calls.0.arguments": "{}",
        "choices.0.tool_calls.1.input": "x",
    }


_NOTE = {"note": "a text", "deep": [{"er": "more", "n": 3}], "type": "new"}


@pytest.mark.parametrize(
    "protocol, event, path",
    [
        (CHAT, {"choices": [], "vendor_notes": _NOTE}, "vendor_notes"),
        (CHAT, {"choices": [{"index": 0, "delta": {}, "vendor_notes": _NOTE}]}, "choices.0.vendor_notes"),
        (CHAT, _delta({"vendor_notes": _NOTE}), "choices.0.delta.vendor_notes"),
        (CHAT, _delta({"tool_calls": [{"index": 0, "vendor": _NOTE}]}), "choices.0.delta.tool_calls.0.vendor"),
        (CHAT, _delta({"tool_calls": [{"index": 0, "v": [_NOTE]}]}), "choices.0.delta.tool_calls.0.v.0"),
        (MESSAGES, {"type": "ping", "vendor_notes": _NOTE}, "vendor_notes"),
        (MESSAGES, {"type": "unheard_of", "index": "first", "vendor_notes": _NOTE}, "vendor_notes"),
        (MESSAGES, _block(type="text_delta", text="", vendor_notes=_NOTE), "delta.vendor_notes"),
        (MESSAGES, _block(type="unheard_of_delta", vendor_notes=_NOTE), "delta.vendor_notes"),
        (MESSAGES, _block(vendor_notes=_NOTE), "delta.vendor_notes"),
        (MESSAGES, {"type": "content_block_start", "index": 0, "content_block": {"n": _NOTE}}, "content_block.n"),
        (MESSAGES, {"type": "message_delta", "delta": {"n": _NOTE}}, "delta.n"),
        (MESSAGES, {"type": "message_start", "message": {"content": [], "n": _NOTE}}, "message.n"),
        (RESPONSES, {"type": "response.unheard_of", "vendor_notes": _NOTE}, "vendor_notes"),
        (RESPONSES, {"type": "response.unheard_of", "delta": _NOTE, "output_index": "first"}, "delta"),
        (RESPONSES, {"type": "response.output_item.added", "output_index": 0, "item": {"n": _NOTE}}, "item.n"),
        (RESPONSES, {"type": "response.completed", "response": {"output": [{"n": _NOTE}]}}, "response.output.0.n"),
        (RESPONSES, {"type": "response.completed", "response": {"output": [], "n": _NOTE}}, "response.n"),
    ],
)
def test_what_a_vendor_says_in_fields_of_its_own_is_heard(
    protocol: ClientProtocol, event: dict[str, Any], path: str
) -> None:
    pieces = [piece for piece in _heard(protocol, event).pieces if piece.text != "first"]
    assert [(piece.path, piece.text) for piece in pieces] == [
        (f"{path}.note", "a text"),
        (f"{path}.deep.0.er", "more"),
    ]


@pytest.mark.parametrize(
    "delta",
    [
        {"content": ["a text", {"type": "text", "text": "more"}]},
        {"content": [["a text", "more"]]},
        {"function_call": {"arguments": {"to": "a text", "type": "more text"}}},
        {"tool_calls": [{"function": {"arguments": {"card": 4111111111111111, "to": "more"}}}]},
        {"new field": "more"},
        {"a.b": "more"},
    ],
)
def test_nothing_in_a_delta_of_a_chat_is_missed(delta: dict[str, Any]) -> None:
    texts = [piece.text for piece in _heard(CHAT, _delta(delta)).pieces]
    assert set(_leaves(delta)) <= set(texts)


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return [
            leaf for key, each in inner if key not in ("type", "index") or " " in str(each) for leaf in _leaves(each)
        ]
    return [str(value)]


@pytest.mark.parametrize(
    "protocol, event",
    [
        (CHAT, _delta({"thought_signature": "c2VhbGVk"})),
        (CHAT, _delta({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {}}]})),
        (
            CHAT,
            {"id": "c-1", "object": "chat.completion.chunk", "model": "m-1", "system_fingerprint": "fp", **_delta({})},
        ),
        (MESSAGES, _block(type="signature_delta", signature="c2VhbGVk")),
        (
            MESSAGES,
            {"type": "content_block_start", "index": 0, "content_block": {"type": "redacted_thinking", "data": "c"}},
        ),
        (
            RESPONSES,
            {"type": "response.output_item.added", "output_index": 0, "item": {"encrypted_content": "c2VhbGVk"}},
        ),
        (
            RESPONSES,
            {"type": "response.in_progress", "response": {"output": [], "instructions": "be brief", "tools": [_NOTE]}},
        ),
    ],
)
def test_what_is_sealed_a_word_of_the_protocol_or_the_callers_own_is_not_heard(
    protocol: ClientProtocol, event: dict[str, Any]
) -> None:
    assert _heard(protocol, event).pieces == []


@pytest.mark.parametrize(
    "protocol, event, kind",
    [
        (CHAT, _delta({"audio": {"id": "a", "data": "UklG"}}), "audio"),
        (CHAT, _delta({"images": [{"image_url": {"url": "data:image/png;base64,i"}}]}), "image"),
        (RESPONSES, {"type": "response.audio.delta", "delta": "UklG"}, "audio"),
        (
            RESPONSES,
            {"type": "response.image_generation_call.partial_image", "output_index": 0, "partial_image_b64": "iVBO"},
            "image",
        ),
        (
            RESPONSES,
            {"type": "response.output_item.done", "item": {"type": "image_generation_call", "result": "iVBO"}},
            "image",
        ),
    ],
)
def test_what_is_no_text_is_counted(protocol: ClientProtocol, event: dict[str, Any], kind: str) -> None:
    heard = _heard(protocol, event)
    assert (list(heard.unread), heard.pieces) == ([kind], [])


_LOGPROBS = [{"token": "Hel", "logprob": -0.1, "bytes": [72], "top_logprobs": [{"token": "Hal"}]}]
_PART = {"type": "output_text", "text": "Hello", "annotations": [], "logprobs": _LOGPROBS}
_ITEM = {"type": "message", "role": "assistant", "content": [_PART]}


@pytest.mark.parametrize(
    "protocol, event",
    [
        (CHAT, _delta({"content": "Hello"}, logprobs={"content": _LOGPROBS, "refusal": None})),
        (RESPONSES, {"type": "response.output_text.delta", "output_index": 0, "delta": "Hello", "logprobs": _LOGPROBS}),
        (RESPONSES, _done("output_text", content_index=0, text="Hello", logprobs=_LOGPROBS)),
        (RESPONSES, _done("content_part", content_index=0, part=_PART)),
        (RESPONSES, _done("output_item", item=_ITEM)),
        (RESPONSES, {"type": "response.completed", "response": {"output": [_ITEM]}}),
    ],
)
def test_log_probabilities_are_no_texts_of_their_own(protocol: ClientProtocol, event: dict[str, Any]) -> None:
    assert [piece.text for piece in _heard(protocol, event).pieces] == ["Hello"]


def test_log_probabilities_are_forgotten() -> None:
    event = {
        "a": [{"logprobs": {"content": _LOGPROBS}}],
        "part": {"logprobs": _LOGPROBS, "text": "x"},
        "logprobs": None,
    }
    changed = copy.deepcopy(event)
    forget_logprobs(changed)
    assert changed == {"a": [{"logprobs": None}], "part": {"logprobs": [], "text": "x"}, "logprobs": None}


_BODIES: tuple[tuple[ClientProtocol, dict[str, Any]], ...] = (
    (
        CHAT,
        {
            "id": "c",
            "choices": [
                {"index": 1, "message": {"role": "assistant", "content": "one"}, "logprobs": {"content": _LOGPROBS}},
                {
                    "index": 0,
                    "message": {
                        "content": [{"type": "text", "text": "two"}],
                        "reasoning_content": "hm",
                        "tool_calls": [{"id": "t", "function": {"name": "f", "arguments": '{"a":"b"}'}}],
                        "a.b~c": "odd",
                        "annotations": [{"type": "url_citation", "url_citation": {"title": "T", "url": "https://e"}}],
                    },
                    "text": "legacy",
                },
            ],
            "vendor": _NOTE,
        },
    ),
    (
        RESPONSES,
        {
            "output": [
                {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
                {"type": "message", "content": [{"type": "output_text", "text": "Hello"}, {"refusal": "no"}]},
                {"type": "mcp_call", "name": "f", "arguments": '{"a":1}', "output": "said"},
                {"type": "computer_call", "action": {"type": "type", "text": "typed", "n": 41111111}},
            ],
            "vendor": _NOTE,
        },
    ),
    (
        MESSAGES,
        {
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {"type": "text", "text": "Hello", "citations": [{"cited_text": "c"}]},
                {"type": "tool_use", "name": "f", "input": {"card": 4111111111111111, "a b": "x"}},
                {"type": "web_search_tool_result", "content": [{"title": "T", "encrypted_content": "s"}]},
            ],
            "stop_sequence": "THE END",
            "vendor": _NOTE,
        },
    ),
    (OPEN_INFERENCE, {"outputs": [{"name": "y", "datatype": "BYTES", "data": [["a"], ["b"]]}], "vendor": _NOTE}),
    (MLFLOW, {"predictions": {"choices": [{"message": {"content": "a"}}], "vendor": _NOTE}}),
)


@pytest.mark.parametrize("protocol, body", _BODIES, ids=_name)
def test_every_text_of_a_body_can_be_edited_alone(protocol: ClientProtocol, body: dict[str, Any]) -> None:
    played = read_whole(_reader(protocol), msgspec.json.encode(body))
    assert {"a text", "more"} <= {piece.text for piece in played.besides}
    for number, piece in enumerate(played.besides):
        changed = copy.deepcopy(body)
        if not editable(piece.path):
            with pytest.raises(LookupError):
                put(changed, piece.path, "new")
            continue
        put(changed, piece.path, "new")
        again = read_whole(_reader(protocol), msgspec.json.encode(changed)).besides
        assert [after for after in again if after.text != "new"] == played.besides[:number] + played.besides[
            number + 1 :
        ]


@pytest.mark.parametrize("protocol, body", _BODIES, ids=_name)
def test_nobody_listens(protocol: ClientProtocol, body: dict[str, Any]) -> None:
    deaf, listening = _reader(protocol, listen=False), _reader(protocol)
    for reader in (deaf, listening):
        reader.whole(msgspec.json.encode(body))
    assert deaf.heard is None
    assert deaf.answer() == listening.answer()


@pytest.mark.parametrize("protocol", _STREAMED, ids=_name)
def test_what_says_nothing_is_not_heard(protocol: ClientProtocol) -> None:
    told = b'data: {"type":"ping","n":"a text"}\n\n'
    silences = [b": ping\n\n", b"event: ping\n\n", *([b"data: [DONE]\n\n"] if protocol is CHAT else [])]
    assert _reader(protocol).heard is None
    for nothing in silences:
        reader = _reader(protocol)
        played = play(reader, [told, nothing])
        assert (played.heard, played.besides_texts[-1][1], reader.heard) == (1, "a text", None)


def test_vectors_are_not_heard() -> None:
    reader = _reader(EMBEDDINGS)
    reader.whole(b'{"data":[{"embedding":[0.5,1]},{"embedding":"AAAA"},{"embedding":["a word"]}],"x":"more"}')
    assert reader.heard is not None
    assert [piece.text for piece in reader.heard.pieces] == ["a word", "more"]
    assert list(reader.heard.unread) == ["tokens"]


_KEYS = st.sampled_from(["text", "a", "a.b", "c~d", "e f", "", "thinking", "arguments", "output", "0"])
_TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers(0, 10**8) | st.text("xy", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("protocol", _STREAMED, ids=_name)
@given(tree=_TREES)
def test_paths_lead_to_the_pieces_of_any_event(protocol: ClientProtocol, tree: Any) -> None:
    wrapped = {"v": tree} if not isinstance(tree, dict) else tree
    for event in (
        {"type": "unheard_of", "vendor": tree, "x.y": tree},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "new", "vendor": tree, **wrapped}},
        {"type": "response.unheard_of", "output_index": 0, "delta": wrapped, "item": wrapped},
        _delta({"vendor": tree, "x~y": [tree], "reasoning_details": tree}, vendor=tree),
    ):
        paths = [piece.path for piece in _heard(protocol, event).pieces if editable(piece.path)]
        assert len(paths) == len(set(paths))


@pytest.mark.parametrize("protocol", _ALL, ids=_name)
@pytest.mark.parametrize("body", [b"[]", b"3", b"{", b"\xff", b"[" * 100_000, b'{"a":"\\ud800"}'])
def test_what_is_no_object_is_broken(protocol: ClientProtocol, body: bytes) -> None:
    with pytest.raises(AnswerBroken):
        _reader(protocol).whole(body)
    with pytest.raises(AnswerBroken):
        read_object(body)


def test_a_text_block_without_a_text_is_broken() -> None:
    heard = Heard({})
    with pytest.raises(AnswerBroken, match="not well formed"):
        heard.take({"content": [{"type": "text", "text": 1}]}, "", "")


@pytest.mark.parametrize("block", ['"type":"text","text":1', '"type":"thinking","thinking":1', '"type":"thinking"'])
def test_a_block_of_a_message_without_its_text_is_broken(block: str) -> None:
    with pytest.raises(AnswerBroken):
        _reader(MESSAGES).whole(b'{"content":[{%s}]}' % block.encode())


def test_an_item_that_is_broken_breaks_the_answer_where_somebody_listens() -> None:
    item = {"type": "message", "content": [{"type": "output_text", "text": 1}]}
    with pytest.raises(AnswerBroken):
        _reader(RESPONSES).whole(msgspec.json.encode({"output": [item]}))


def test_arguments_may_have_a_type() -> None:
    """A tool's own argument named `type` makes no block of content of its arguments."""
    use = {"type": "tool_use", "name": "f", "input": {"type": "text", "value": "v"}}
    pieces = read_whole(_reader(MESSAGES), msgspec.json.encode({"content": [use]})).besides
    assert ("content.0.input.value", "v") in [(piece.part, piece.text) for piece in pieces]


def test_what_the_vendors_tools_returned_is_told_from_what_the_model_says() -> None:
    items = [
        {"type": "mcp_call", "output": "a"},
        {"type": "code_interpreter_call", "outputs": [{"type": "logs", "logs": "b"}]},
        {"type": "function_call_output", "output": "c"},
        {"type": "message", "content": [{"type": "output_text", "text": "d"}]},
        {"type": "file_search_call", "results": [{"text": "e"}]},
    ]
    pieces = read_whole(_reader(RESPONSES), msgspec.json.encode({"output": items})).besides
    roles = ("tool", "tool", "tool", "assistant", "retrieval")
    assert [(piece.text, piece.role) for piece in pieces] == list(zip("abcde", roles, strict=True))


def test_without() -> None:
    document = {"a": 1, "b": 2}
    assert (without(document, "b", "c"), document) == ({"a": 1}, {"a": 1, "b": 2})
