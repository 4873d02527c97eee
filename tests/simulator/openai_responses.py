"""OpenAI's POST /v1/responses: plain, and streamed as typed events from response.created to response.completed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .answers import Question, Told, argument_pieces, last_of_user, split, tell, texts, tokens
from .exchange import Answer, Ask, Document, Kind, Part, Refused, sse, stream, whole
from .openai_common import error, identity, limit, model_of, offered
from .script import Call, Dialect, Say

_COPIED = ("instructions", "max_output_tokens", "metadata", "previous_response_id", "temperature", "top_p", "user")
_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


def question(document: Document) -> Question:
    """Read the request. Raises `Refused` where OpenAI would."""
    model = model_of(document)
    given = document.get("input")
    if not isinstance(given, (str, list)) or not given:
        raise Refused(400, "Missing required parameter: 'input'.")
    last = given[-1] if isinstance(given, list) else None
    results_last = isinstance(last, dict) and last.get("type") == "function_call_output"
    return Question(
        prompt=given if isinstance(given, str) else last_of_user(given),
        model=model,
        prompt_tokens=sum(map(tokens, texts([document.get("instructions"), given]))),
        max_tokens=limit(document, "max_output_tokens"),
        schema=_schema(document.get("text")),
        tools=offered(document, results_last),
    )


def _schema(text: Any) -> Document | None:
    shape = text.get("format") if isinstance(text, dict) else None
    if not isinstance(shape, dict):
        return None
    if shape.get("type") == "json_object":
        return {"type": "object", "properties": {"answer": {"type": "string"}}}
    found = shape.get("schema")
    return found if isinstance(found, dict) else None


def answer(ask: Ask, say: Say) -> Answer:
    """Answer a responses request."""
    document = ask.document()
    told = tell(question(document), say)
    if document.get("stream"):
        return stream(_numbered(ask, document, told), say.interval, identity(ask))
    return whole(_response(ask, document, told, _items(ask, told)), identity(ask))


def _response(ask: Ask, document: Document, told: Told, output: list[Document] | None) -> Document:
    """The response object; `output` None means that it is still under way."""
    reason = _INCOMPLETE.get(told.finish)
    done = output is not None
    used = told.prompt_tokens + told.completion_tokens
    usage = {
        "input_tokens": told.prompt_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": told.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": used,
    }
    return {
        "id": f"resp_{ask.ident}",
        "object": "response",
        "created_at": ask.created,
        "status": ("incomplete" if reason else "completed") if done else "in_progress",
        "error": None,
        "incomplete_details": {"reason": reason} if done and reason else None,
        **{name: document.get(name) for name in _COPIED},
        "model": told.model,
        "output": output or [],
        "parallel_tool_calls": document.get("parallel_tool_calls", True),
        "store": document.get("store", True),
        "text": document.get("text") or {"format": {"type": "text"}},
        "tool_choice": document.get("tool_choice", "auto"),
        "tools": document.get("tools") or [],
        "truncation": "disabled",
        "usage": usage if done else None,
    }


def _message(ask: Ask, told: Told, content: list[Document] | None) -> Document:
    status = "in_progress" if content is None else ("incomplete" if told.finish in _INCOMPLETE else "completed")
    return {
        "id": f"msg_{ask.ident}",
        "type": "message",
        "status": status,
        "role": "assistant",
        "content": content or [],
    }


def _content(told: Told, empty: bool = False) -> Document:
    if told.refusal is not None:
        return {"type": "refusal", "refusal": "" if empty else told.refusal}
    return {"type": "output_text", "text": "" if empty else told.text, "annotations": [], "logprobs": []}


def _call(ask: Ask, position: int, call: Call, done: bool = True) -> Document:
    return {
        "id": f"fc_{ask.ident}_{position}",
        "type": "function_call",
        "status": "completed" if done else "in_progress",
        "arguments": call.text() if done else "",
        "call_id": f"call_{ask.ident}_{position}",
        "name": call.name,
    }


def _items(ask: Ask, told: Told) -> list[Document]:
    spoken = [_message(ask, told, [_content(told)])] if _speaks(told) else []
    return spoken + [_call(ask, position, call) for position, call in enumerate(told.calls)]


def _speaks(told: Told) -> bool:
    return bool(told.text) or told.refusal is not None or not told.calls


def _numbered(ask: Ask, document: Document, told: Told) -> Iterator[Part]:
    """The events with their sequence numbers."""
    for number, (kind, name, event) in enumerate(_events(ask, document, told)):
        yield Part(kind, sse({"type": name, "sequence_number": number, **event}, name))


_Event = tuple[Kind, str, Document]


def _events(ask: Ask, document: Document, told: Told) -> Iterator[_Event]:
    opening = {"response": _response(ask, document, told, None)}
    yield Kind.OPENING, "response.created", opening
    yield Kind.OPENING, "response.in_progress", opening
    if _speaks(told):
        yield from _message_events(ask, told)
    for position, call in enumerate(told.calls):
        yield from _call_events(_call(ask, position, call, done=False), call, position + _speaks(told))
    final = "response.incomplete" if told.finish in _INCOMPLETE else "response.completed"
    yield Kind.TERMINAL, final, {"response": _response(ask, document, told, _items(ask, told))}


def _message_events(ask: Ask, told: Told) -> Iterator[_Event]:
    place = {"item_id": f"msg_{ask.ident}", "output_index": 0, "content_index": 0}
    yield Kind.OPENING, "response.output_item.added", {"output_index": 0, "item": _message(ask, told, None)}
    yield Kind.OPENING, "response.content_part.added", {**place, "part": _content(told, empty=True)}
    if told.refusal is not None:
        for piece in split(told.refusal, None):
            yield Kind.DELTA, "response.refusal.delta", {**place, "delta": piece}
        yield Kind.CLOSING, "response.refusal.done", {**place, "refusal": told.refusal}
    else:
        for piece in told.pieces:
            yield Kind.DELTA, "response.output_text.delta", {**place, "delta": piece, "logprobs": []}
        yield Kind.CLOSING, "response.output_text.done", {**place, "text": told.text, "logprobs": []}
    yield Kind.CLOSING, "response.content_part.done", {**place, "part": _content(told)}
    done = {"output_index": 0, "item": _message(ask, told, [_content(told)])}
    yield Kind.CLOSING, "response.output_item.done", done


def _call_events(item: Document, call: Call, index: int) -> Iterator[_Event]:
    place = {"item_id": item["id"], "output_index": index}
    yield Kind.OPENING, "response.output_item.added", {"output_index": index, "item": item}
    for piece in argument_pieces(call.text()):
        yield Kind.DELTA, "response.function_call_arguments.delta", {**place, "delta": piece}
    done = {**place, "name": call.name, "arguments": call.text()}
    yield Kind.CLOSING, "response.function_call_arguments.done", done
    finished = {**item, "status": "completed", "arguments": call.text()}
    yield Kind.CLOSING, "response.output_item.done", {"output_index": index, "item": finished}


def error_event(status: int, message: str) -> bytes:
    """An error within a stream of typed events."""
    code = "rate_limit_exceeded" if status == 429 else "server_error"
    return sse({"type": "error", "code": code, "message": message, "param": None, "sequence_number": 0}, "error")


DIALECT = Dialect(
    "openai responses",
    answer,
    error,
    error_event,
    unknown_event=sse(
        {"type": "response.future.delta", "sequence_number": 0, "novelty": {"depth": 1}}, "response.future.delta"
    ),
)
