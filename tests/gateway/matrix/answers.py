"""Every place of an answer in which text can stand, protocol by protocol, whole and streamed piece by piece."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.gateway.matrix.places import Document, address, escaped, quoted
from tests.simulator.exchange import EVENTS, JSON, Answer, Kind, Part, sse
from tests.simulator.script import Behaviour, Dialect

PIECE = 9
"""Characters of one piece of a streamed text: less than a detector's word."""

TURNS = 2
"""Turns of the event loop between two events: what was sent has been read."""

Whole = Callable[[str], Document]
Streamed = Callable[[str], Iterable[Document]]


class Spot(NamedTuple):
    """Where a text stands in an answer: the whole answer, and the events of a streamed one (None: never streamed).

    `editable`: an edit can be made there. `status`: of the vendor's answer. `unread`: what stands beside it that no
    detector reads.
    """

    whole: Whole | None
    streamed: Streamed | None = None
    editable: bool = True
    status: int = 200
    unread: str = ""


class Given(Behaviour):
    """The vendor answers with exactly this: a document, or a stream of events."""

    __slots__ = ("_answer",)

    def __init__(self, status: int, body: bytes | Sequence[bytes]) -> None:
        self._answer = (status, body)

    def bend(self, answer: Answer, dialect: Dialect) -> Answer:
        """The answer."""
        status, body = self._answer
        if isinstance(body, bytes):
            return Answer(status, JSON, body)
        return Answer(status, EVENTS, iter(_paced(body)), streamed=True)


def _paced(events: Iterable[bytes]) -> Iterable[Part]:
    for event in events:
        yield Part(Kind.DELTA, event)
        for _ in range(TURNS):
            yield Part(Kind.DELTA, 0.0)


def pieces(text: str) -> list[str]:
    """The text as a vendor streams it."""
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)]


def as_json(text: str) -> str:
    """Structured output that holds the text."""
    return json.dumps({"answer": text, "more": [1, None]})


def picture(text: str) -> str:
    """Markdown with the text as a picture's words."""
    return f"See ![{text}](https://pictures.example/a) here."


def pictured(text: str) -> str:
    """Markdown with the text in a picture's address."""
    return f"See ![a]({address(text)}) here."


def one(*events: Document) -> list[Document]:
    """A stream's events."""
    return list(events)


# ---------------------------------------------------------------------------------------------------- chat completions

_CHUNK = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-sim"}


def _completion(message: Document, finish: str = "stop", **more: Any) -> Document:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "logprobs": None, "finish_reason": finish}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {**_CHUNK, "object": "chat.completion", "choices": [choice], "usage": usage, **more}


def _chunks(deltas: Iterable[Document], finish: str = "stop", **more: Any) -> Iterable[Document]:
    first = {"role": "assistant", "content": ""}
    for delta in (first, *deltas):
        yield {**_CHUNK, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
    if more:
        yield {**_CHUNK, "choices": [], **more}
    yield {**_CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}


def _chat_said(field: str, form: Callable[[str], str] = str, **more: Any) -> Spot:
    """A field of the message whose text goes on from chunk to chunk."""
    return Spot(
        lambda text: _completion({"content": None, field: form(text), **more}),
        lambda text: _chunks({field: piece} for piece in pieces(form(text))),
    )


def _chat_field(field: str, value: Callable[[str], Any], editable: bool = True) -> Spot:
    """A field of the message that comes in one chunk."""
    return Spot(
        lambda text: _completion({"content": "Yes.", field: value(text)}),
        lambda text: _chunks([{"content": "Yes."}, {field: value(text)}]),
        editable,
    )


def _chat_called(arguments: Callable[[str], str]) -> Spot:
    call = {"id": "c1", "type": "function"}
    return Spot(
        lambda text: _completion(
            {"content": None, "tool_calls": [{**call, "function": {"name": "look", "arguments": arguments(text)}}]},
            "tool_calls",
        ),
        lambda text: _chunks(
            [
                {"tool_calls": [{"index": 0, **call, "function": {"name": "look", "arguments": ""}}]},
                *(
                    {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
                    for piece in pieces(arguments(text))
                ),
            ],
            "tool_calls",
        ),
    )


_CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}


def _chat_named(text: str) -> list[Document]:
    return [{"index": 0, "id": "c1", "type": "function", "function": {"name": text, "arguments": "{}"}}]


def _openai_error(text: str) -> Document:
    return {"error": {"message": text, "type": "invalid_request_error", "param": None, "code": None}}


def _failing(text: str) -> Iterable[Document]:
    yield from list(_chunks([{"content": "Yes, "}]))[:-1]
    yield _openai_error(text)


def _tokens(text: str) -> list[Document]:
    """The text once more, token by token, each with what else might have been said."""
    return [
        {"token": piece, "logprob": -0.1, "bytes": list(piece.encode()), "top_logprobs": [{"token": piece}]}
        for piece in pieces(text)
    ]


def _weighed(text: str) -> Document:
    document = _completion({"content": text})
    document["choices"][0]["logprobs"] = {"content": _tokens(text), "refusal": None}
    return document


def _weighing(text: str) -> Iterable[Document]:
    opening, *chunks, ending = _chunks({"content": piece} for piece in pieces(text))
    for chunk, token in zip(chunks, _tokens(text), strict=True):
        chunk["choices"][0]["logprobs"] = {"content": [token], "refusal": None}
    return [opening, *chunks, ending]


def _with_id(text: str) -> str:
    """A word that can be an id."""
    return text[-60:].replace(" ", "-")


CHAT: dict[str, Spot] = {
    "text": _chat_said("content"),
    "probabilities of tokens": Spot(_weighed, _weighing),
    "id": Spot(lambda text: {**_completion({"content": "Yes."}), "id": _with_id(text)}),
    "structured output": _chat_said("content", as_json),
    "picture's words": _chat_said("content", picture),
    "picture's address": _chat_said("content", pictured),
    "image": _chat_field("images", lambda text: [{"type": "image_url", "image_url": {"url": address(text)}}])._replace(
        unread="image"
    ),
    "reasoning": _chat_said("reasoning_content"),
    "refusal": _chat_said("refusal"),
    "tool arguments": _chat_called(quoted),
    "tool arguments, escaped": _chat_called(escaped),
    "tool's name": _chat_field("tool_calls", _chat_named),
    "citation": _chat_field(
        "annotations",
        lambda text: [{"type": "url_citation", "url_citation": {"url": "https://a.example/", "title": text}}],
    ),
    "metadata": Spot(
        lambda text: _completion({"content": "Yes."}, metadata={"note": text}),
        lambda text: _chunks([{"content": "Yes."}], metadata={"note": text}),
    ),
    "unknown field": _chat_field("x_new", lambda text: {"deep": [text]}),
    "unknown field, piece by piece": _chat_said("x_new"),
    "unknown field, at the top": Spot(
        lambda text: _completion({"content": "Yes."}, x_new={"deep": [text]}),
        lambda text: _chunks([{"content": "Yes."}], x_new={"deep": [text]}),
    ),
    "unknown field of a call, piece by piece": Spot(
        lambda text: _completion({"content": None, "tool_calls": [{**_CALL, "x_new": text}]}, "tool_calls"),
        lambda text: _chunks(
            [
                {"tool_calls": [{"index": 0, **_CALL}]},
                *({"tool_calls": [{"index": 0, "x_new": piece}]} for piece in pieces(text)),
            ],
            "tool_calls",
        ),
    ),
    "name of a field": _chat_field("x_new", lambda text: {text: 1}, editable=False),
    "vendor's error": Spot(_openai_error, _failing, status=400),
}

# ----------------------------------------------------------------------------------------------------------- responses


def _response(output: Sequence[Document], **more: Any) -> Document:
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    head = {"id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "gpt-sim"}
    return {**head, "error": None, "incomplete_details": None, "output": list(output), "usage": usage, **more}


def _events(output: Sequence[Document], *said: tuple[str, Document], **more: Any) -> Iterable[Document]:
    """A response's events: `said` in the middle, then every item once more when it is done, then the whole."""
    opening = {**_response([]), "status": "in_progress", "usage": None}
    middle = [(name, {"output_index": 0, "content_index": 0, "item_id": "i1", **event}) for name, event in said]
    ended = [("response.output_item.done", {"output_index": at, "item": item}) for at, item in enumerate(output)]
    events = [
        ("response.created", {"response": opening}),
        *middle,
        *ended,
        ("response.completed", {"response": _response(output, **more)}),
    ]
    for number, (name, event) in enumerate(events):
        yield {"type": name, "sequence_number": number, **event}


def _message(*content: Document) -> Document:
    return {"id": "i1", "type": "message", "status": "completed", "role": "assistant", "content": list(content)}


def _added(item: Document) -> tuple[str, Document]:
    return "response.output_item.added", {"item": {**item, "status": "in_progress"}}


def _text_block(text: str, *annotations: Document) -> Document:
    return {"type": "output_text", "text": text, "annotations": list(annotations), "logprobs": []}


def _responses_said(kind: str, field: str, form: Callable[[str], str] = str) -> Spot:
    """A text of a message: deltas, then the whole of it again and again."""

    def block(text: str) -> Document:
        return _text_block(text) if kind == "output_text" else {"type": kind, field: text}

    def streamed(text: str) -> Iterable[Document]:
        said = form(text)
        return _events(
            [_message(block(said))],
            _added(_message()),
            ("response.content_part.added", {"part": block("")}),
            *((f"response.{kind}.delta", {"delta": piece}) for piece in pieces(said)),
            (f"response.{kind}.done", {field: said}),
            ("response.content_part.done", {"part": block(said)}),
        )

    return Spot(lambda text: _response([_message(block(form(text)))]), streamed)


def _responses_item(item: Callable[[str], Document], editable: bool = True) -> Spot:
    """An item that comes complete."""
    return Spot(lambda text: _response([item(text)]), lambda text: _events([item(text)]), editable)


def _reasoned(text: str) -> Document:
    return {"type": "reasoning", "id": "i1", "summary": [{"type": "summary_text", "text": text}]}


def _reasoning(text: str) -> Iterable[Document]:
    place = {"summary_index": 0}
    return _events(
        [_reasoned(text)],
        *(("response.reasoning_summary_text.delta", {**place, "delta": piece}) for piece in pieces(text)),
        ("response.reasoning_summary_text.done", {**place, "text": text}),
    )


def _responses_called(kind: str, field: str, form: Callable[[str], str]) -> Spot:
    def item(said: str) -> Document:
        return {"type": kind, "id": "i1", "call_id": "c1", "name": "look", "status": "completed", field: said}

    event = "function_call_arguments" if field == "arguments" else "custom_tool_call_input"

    def streamed(text: str) -> Iterable[Document]:
        said = form(text)
        return _events(
            [item(said)],
            _added(item("")),
            *((f"response.{event}.delta", {"delta": piece}) for piece in pieces(said)),
            (f"response.{event}.done", {field: said}),
        )

    return Spot(lambda text: _response([item(form(text))]), streamed)


def _annotated(text: str) -> Document:
    return {"type": "url_citation", "start_index": 0, "end_index": 3, "url": "https://a.example/", "title": text}


def _annotating(text: str) -> Iterable[Document]:
    return _events(
        [_message(_text_block("Yes.", _annotated(text)))],
        ("response.output_text.delta", {"delta": "Yes."}),
        ("response.output_text.annotation.added", {"annotation_index": 0, "annotation": _annotated(text)}),
        ("response.output_text.done", {"text": "Yes."}),
    )


def _responses_failing(text: str) -> Iterable[Document]:
    yield from list(_events([], ("response.output_text.delta", {"delta": "Yes, "})))[:-1]
    yield {"type": "error", "code": "server_error", "message": text, "param": None, "sequence_number": 9}


def _interpreted(*outputs: Document) -> Document:
    head = {"type": "code_interpreter_call", "id": "i1", "status": "completed", "code": "1", "container_id": "c"}
    return {**head, "outputs": list(outputs)}


def _unknown_deltas(text: str) -> Iterable[Document]:
    item = {"type": "x_new_call", "id": "i1", "x_text": text}
    return _events([item], *(("response.x_new.delta", {"delta": piece}) for piece in pieces(text)))


def _responses_weighed(text: str) -> Document:
    return {**_text_block(text), "logprobs": _tokens(text)}


def _responses_weighing(text: str) -> Iterable[Document]:
    deltas = [{"delta": token["token"], "logprobs": [token]} for token in _tokens(text)]
    return _events(
        [_message(_responses_weighed(text))],
        *(("response.output_text.delta", delta) for delta in deltas),
        ("response.output_text.done", {"text": text, "logprobs": _tokens(text)}),
    )


RESPONSES: dict[str, Spot] = {
    "probabilities of tokens": Spot(lambda text: _response([_message(_responses_weighed(text))]), _responses_weighing),
    "id": Spot(lambda text: {**_response([_message(_text_block("Yes."))]), "id": _with_id(text)}),
    "text": _responses_said("output_text", "text"),
    "structured output": _responses_said("output_text", "text", as_json),
    "picture's words": _responses_said("output_text", "text", picture),
    "picture's address": _responses_said("output_text", "text", pictured),
    "image": _responses_item(lambda text: _interpreted({"type": "image", "url": address(text)}))._replace(
        unread="image"
    ),
    "reasoning": Spot(lambda text: _response([_reasoned(text)]), _reasoning),
    "refusal": _responses_said("refusal", "refusal"),
    "tool arguments": _responses_called("function_call", "arguments", quoted),
    "tool arguments, escaped": _responses_called("function_call", "arguments", escaped),
    "tool input, free": _responses_called("custom_tool_call", "input", str),
    "tool's name": _responses_item(
        lambda text: {"type": "function_call", "id": "i1", "call_id": "c1", "name": text, "arguments": "{}"}
    ),
    "citation": Spot(lambda text: _response([_message(_text_block("Yes.", _annotated(text)))]), _annotating),
    "vendor's tool result": _responses_item(lambda text: _interpreted({"type": "logs", "logs": text})),
    "unknown field": _responses_item(lambda text: {"type": "x_new_call", "id": "i1", "x_text": {"deep": [text]}}),
    "unknown field, piece by piece": Spot(
        lambda text: _response([{"type": "x_new_call", "id": "i1", "x_text": text}]), _unknown_deltas
    ),
    "unknown field, at the top": Spot(
        lambda text: _response([_message(_text_block("Yes."))], x_new={"deep": [text]}),
        lambda text: _events([_message(_text_block("Yes."))], x_new={"deep": [text]}),
    ),
    "name of a field": _responses_item(lambda text: {"type": "x_new_call", "id": "i1", "x": {text: 1}}, False),
    "vendor's error": Spot(_openai_error, _responses_failing, status=400),
}

# ------------------------------------------------------------------------------------------------------------ messages


def _claude(content: Sequence[Document], stop: str = "end_turn", **more: Any) -> Document:
    usage = {"input_tokens": 1, "output_tokens": 1}
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sim"}
    return {**head, "content": list(content), "stop_reason": stop, "stop_sequence": None, "usage": usage, **more}


def _blocks(
    started: Document, deltas: Iterable[Document] = (), stop: str = "end_turn", **more: Any
) -> Iterable[Document]:
    """A message of one block, as events."""
    yield {"type": "message_start", "message": {**_claude([], **more), "stop_reason": None}}
    yield {"type": "content_block_start", "index": 0, "content_block": started}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    final = {"stop_reason": stop, "stop_sequence": None}
    yield {"type": "message_delta", "delta": final, "usage": {"output_tokens": 2}}
    yield {"type": "message_stop"}


def _claude_said(kind: str, field: str, form: Callable[[str], str] = str, stop: str = "end_turn", **more: Any) -> Spot:
    return Spot(
        lambda text: _claude([{"type": kind, field: form(text), **more}], stop),
        lambda text: _blocks(
            {"type": kind, field: "", **more},
            ({"type": f"{kind}_delta", field: piece} for piece in pieces(form(text))),
            stop,
        ),
    )


def _claude_called(form: Callable[[str], str]) -> Spot:
    call = {"type": "tool_use", "id": "t1", "name": "look"}
    return Spot(
        lambda text: _claude([{**call, "input": json.loads(form(text))}], "tool_use"),
        lambda text: _blocks(
            {**call, "input": {}},
            ({"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces(form(text)))),
            "tool_use",
        ),
    )


def _claude_block(block: Callable[[str], Document], editable: bool = True) -> Spot:
    """A block that comes complete with its start."""
    return Spot(lambda text: _claude([block(text)]), lambda text: _blocks(block(text)), editable)


def _cited(text: str) -> Document:
    head = {"type": "char_location", "cited_text": text, "document_index": 0, "document_title": "a"}
    return {**head, "start_char_index": 0, "end_char_index": 9}


def _claude_error(text: str) -> Document:
    return {"type": "error", "error": {"type": "invalid_request_error", "message": text}, "request_id": "req_1"}


def _claude_failing(text: str) -> Iterable[Document]:
    yield from list(_blocks({"type": "text", "text": ""}, [{"type": "text_delta", "text": "Yes, "}]))[:3]
    yield _claude_error(text)


MESSAGES: dict[str, Spot] = {
    "id": Spot(lambda text: {**_claude([{"type": "text", "text": "Yes."}]), "id": _with_id(text)}),
    "sealed by the vendor": Spot(lambda text: _claude([{"type": "thinking", "thinking": "Yes.", "signature": text}])),
    "text": _claude_said("text", "text"),
    "structured output": _claude_said("text", "text", as_json),
    "picture's words": _claude_said("text", "text", picture),
    "picture's address": _claude_said("text", "text", pictured),
    "image": _claude_block(lambda text: {"type": "image", "source": {"type": "url", "url": address(text)}})._replace(
        unread="image"
    ),
    "reasoning": _claude_said("thinking", "thinking", signature="c2lnbmVk"),
    "refusal": _claude_said("text", "text", stop="refusal"),
    "tool arguments": _claude_called(quoted),
    "tool arguments, escaped": _claude_called(escaped),
    "tool's name": _claude_block(lambda text: {"type": "tool_use", "id": "t1", "name": text, "input": {}}),
    "citation": Spot(
        lambda text: _claude([{"type": "text", "text": "Yes.", "citations": [_cited(text)]}]),
        lambda text: _blocks(
            {"type": "text", "text": "", "citations": []},
            [{"type": "text_delta", "text": "Yes."}, {"type": "citations_delta", "citation": _cited(text)}],
        ),
    ),
    "vendor's tool result": _claude_block(
        lambda text: {
            "type": "code_execution_tool_result",
            "tool_use_id": "s1",
            "content": {"type": "code_execution_result", "stdout": text, "stderr": "", "return_code": 0, "content": []},
        }
    ),
    "unknown field": _claude_block(lambda text: {"type": "x_new", "x_text": {"deep": [text]}}),
    "unknown field, piece by piece": Spot(
        lambda text: _claude([{"type": "x_new", "x_text": text}]),
        lambda text: _blocks(
            {"type": "x_new", "x_text": ""}, ({"type": "x_new_delta", "x_text": piece} for piece in pieces(text))
        ),
    ),
    "unknown field, at the top": Spot(
        lambda text: _claude([{"type": "text", "text": "Yes."}], x_new={"deep": [text]}),
        lambda text: _blocks({"type": "text", "text": "Yes."}, x_new={"deep": [text]}),
    ),
    "name of a field": _claude_block(lambda text: {"type": "x_new", "x": {text: 1}}, editable=False),
    "vendor's error": Spot(_claude_error, _claude_failing, status=400),
}

# ------------------------------------------------------------------------------------------ embeddings, classic models


def _embedded(**more: Any) -> Document:
    vector = {"object": "embedding", "index": 0, "embedding": [0.5, -0.25]}
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "data": [vector], "model": "gpt-sim", "usage": usage, **more}


EMBEDDINGS: dict[str, Spot] = {
    "unknown field, at the top": Spot(lambda text: _embedded(x_new={"deep": [text]})),
    "name of a field": Spot(lambda text: _embedded(x_new={text: 1}), editable=False),
    "vendor's error": Spot(_openai_error, status=400),
}


def _inferred(*outputs: Document, **more: Any) -> Document:
    return {"model_name": "score-sim", "model_version": "2", "outputs": list(outputs), **more}


_SCORE = {"name": "score", "shape": [1], "datatype": "FP32", "data": [0.5]}

INFER: dict[str, Spot] = {
    "scorer's outputs": Spot(
        lambda text: _inferred(_SCORE, {"name": "label", "shape": [1], "datatype": "BYTES", "data": [text]})
    ),
    "metadata": Spot(lambda text: _inferred(_SCORE, parameters={"note": text})),
    "unknown field, at the top": Spot(lambda text: _inferred(_SCORE, x_new={"deep": [text]})),
    "name of a field": Spot(lambda text: _inferred(_SCORE, parameters={text: 1}), editable=False),
    "vendor's error": Spot(lambda text: {"error": text}, status=400),
}

MLFLOW: dict[str, Spot] = {
    "scorer's outputs": Spot(lambda text: {"predictions": [{"label": text, "score": 0.5}]}),
    "metadata": Spot(lambda text: {"predictions": [0.5], "metadata": {"note": text}}),
    "unknown field, at the top": Spot(lambda text: {"predictions": [0.5], "x_new": {"deep": [text]}}),
    "name of a field": Spot(lambda text: {"predictions": [{text: 1}]}, editable=False),
    "vendor's error": Spot(lambda text: {"error_code": "BAD_REQUEST", "message": text}, status=400),
}

ANSWERS: Mapping[str, Mapping[str, Spot]] = {
    "chat": CHAT,
    "responses": RESPONSES,
    "embeddings": EMBEDDINGS,
    "messages": MESSAGES,
    "infer": INFER,
    "mlflow": MLFLOW,
}


def given(protocol: str, spot: Spot, text: str, stream: bool) -> Given:
    """The vendor's answer with the text in its place."""
    if not stream or spot.streamed is None:
        assert spot.whole is not None
        return Given(spot.status, json.dumps(spot.whole(text)).encode())
    named = protocol != "chat"
    events = [sse(event, str(event["type"]) if named else None) for event in spot.streamed(text)]
    return Given(200, events if named else [*events, b"data: [DONE]\n\n"])
