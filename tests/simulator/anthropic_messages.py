"""Anthropic's POST /v1/messages, plain and streamed, with text and tool_use blocks; and count_tokens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from .answers import Question, Told, Tool, argument_pieces, last_of_user, split, tell, texts, tokens
from .exchange import Answer, Ask, Document, Headers, Kind, Part, Refused, sse, stream, whole
from .script import Call, Dialect, Say

_STOPS = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def _error_object(status: int, message: str) -> Document:
    kind = _TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_sim"}


def error(status: int, message: str) -> bytes:
    """The error body for `status`."""
    return msgspec.json.encode(_error_object(status, message))


def error_event(status: int, message: str) -> bytes:
    """An `error` event within a stream."""
    return sse(_error_object(status, message), "error")


def question(ask: Ask, document: Document, limited: bool = True) -> Question:
    """Read the request. Raises `Refused` where Anthropic would; `limited` requests must give max_tokens."""
    if ask.received.header("anthropic-version") is None:
        raise Refused(400, "anthropic-version: header is required")
    model, messages, most = document.get("model"), document.get("messages"), document.get("max_tokens")
    if not isinstance(model, str) or not model:
        raise Refused(400, "model: Field required")
    if model.startswith("missing"):
        raise Refused(404, f"model: {model}")
    if limited and (not isinstance(most, int) or isinstance(most, bool) or most < 1):
        raise Refused(
            400, "max_tokens: Field required" if most is None else "max_tokens: Input should be a valid integer"
        )
    if not isinstance(messages, list) or not messages:
        raise Refused(400, "messages: at least one message is required")
    used = sum(map(tokens, texts([document.get("system"), messages])))
    return Question(last_of_user(messages), model, used, most, _schema(document), _offered(document, messages))


def _schema(document: Document) -> Document | None:
    config = document.get("output_config")
    shape = config.get("format") if isinstance(config, dict) else document.get("output_format")
    found = shape.get("schema") if isinstance(shape, dict) else None
    return found if isinstance(found, dict) else None


def _offered(document: Document, messages: list[Any]) -> tuple[Tool, ...]:
    choice = document.get("tool_choice") or {"type": "auto"}
    kind = choice.get("type") if isinstance(choice, dict) else "auto"
    content = messages[-1].get("content") if isinstance(messages[-1], dict) else None
    results_last = isinstance(content, list) and any(
        isinstance(block, dict) and block.get("type") == "tool_result" for block in content
    )
    if kind == "none" or (kind == "auto" and results_last):
        return ()
    entries = [entry for entry in document.get("tools") or () if isinstance(entry, dict) and entry.get("name")]
    if kind == "tool":
        entries = [entry for entry in entries if entry["name"] == choice.get("name")]
    return tuple(Tool(entry["name"], entry.get("input_schema") or {}) for entry in entries)


def answer(ask: Ask, say: Say) -> Answer:
    """Answer a messages request."""
    document = ask.document()
    told = tell(question(ask, document), say)
    if document.get("stream"):
        return stream(_events(ask, told), say.interval, _identity(ask))
    return whole(_message(ask, told, done=True), _identity(ask))


def count(ask: Ask, say: Say) -> Answer:
    """Answer POST /v1/messages/count_tokens."""
    return whole({"input_tokens": question(ask, ask.document(), limited=False).prompt_tokens}, _identity(ask))


def _identity(ask: Ask) -> Headers:
    return (
        ("request-id", f"req_{ask.ident}"),
        ("anthropic-ratelimit-requests-limit", "10000"),
        ("anthropic-ratelimit-requests-remaining", "9999"),
    )


def _usage(told: Told, spoken: int) -> Document:
    return {
        "input_tokens": told.prompt_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": spoken,
        "service_tier": "standard",
    }


def _message(ask: Ask, told: Told, done: bool) -> Document:
    """The message object, whole or as it stands at message_start."""
    blocks = [block for block, _ in _blocks(ask, told)] if done else []
    return {
        "id": f"msg_{ask.ident}",
        "type": "message",
        "role": "assistant",
        "model": told.model,
        "content": blocks,
        "stop_reason": _STOPS.get(told.finish, told.finish) if done else None,
        "stop_sequence": None,
        "usage": _usage(told, told.completion_tokens if done else 1),
    }


def _blocks(ask: Ask, told: Told) -> Iterator[tuple[Document, Call | None]]:
    spoken = told.refusal if told.refusal is not None else told.text
    if spoken or not told.calls:
        yield {"type": "text", "text": spoken}, None
    for position, call in enumerate(told.calls):
        ident = f"toolu_{ask.ident}_{position}"
        yield {"type": "tool_use", "id": ident, "name": call.name, "input": _input(call)}, call


def _input(call: Call) -> Any:
    """The arguments as an object; a script's broken text cannot be one, and goes out as the text that it is."""
    if not isinstance(call.arguments, str):
        return dict(call.arguments)
    try:
        return msgspec.json.decode(call.arguments)
    except msgspec.DecodeError:
        return call.arguments


def _event(kind: Kind, name: str, document: Document) -> Part:
    return Part(kind, sse({"type": name, **document}, name))


def _events(ask: Ask, told: Told) -> Iterator[Part]:
    yield _event(Kind.OPENING, "message_start", {"message": _message(ask, told, done=False)})
    for index, (block, call) in enumerate(_blocks(ask, told)):
        empty = {**block, "text": ""} if call is None else {**block, "input": {}}
        yield _event(Kind.OPENING, "content_block_start", {"index": index, "content_block": empty})
        if index == 0:
            yield _event(Kind.OPENING, "ping", {})
        if call is None:
            pieces = told.pieces if told.refusal is None else split(told.refusal, None)
            deltas: Iterator[Document] = ({"type": "text_delta", "text": piece} for piece in pieces)
        else:
            arguments = argument_pieces(call.text())
            deltas = ({"type": "input_json_delta", "partial_json": piece} for piece in ["", *arguments])
        for delta in deltas:
            yield _event(Kind.DELTA, "content_block_delta", {"index": index, "delta": delta})
        yield _event(Kind.CLOSING, "content_block_stop", {"index": index})
    final = {"stop_reason": _STOPS.get(told.finish, told.finish), "stop_sequence": None}
    yield _event(Kind.CLOSING, "message_delta", {"delta": final, "usage": _usage(told, told.completion_tokens)})
    yield _event(Kind.TERMINAL, "message_stop", {})


DIALECT = Dialect(
    "anthropic messages",
    answer,
    error,
    error_event,
    unknown_event=sse({"type": "future_event", "novelty": {"depth": 1}}, "future_event"),
)
COUNT = Dialect("anthropic count tokens", count, error, error_event)
