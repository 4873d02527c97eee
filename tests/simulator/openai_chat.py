"""OpenAI's POST /v1/chat/completions: plain and streamed, tools, structured output, several choices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .answers import Question, Told, argument_pieces, last_of_user, split, tell, texts, tokens
from .exchange import Answer, Ask, Document, Kind, Part, Refused, sse, stream, whole
from .openai_common import error, error_event, identity, limit, model_of, offered
from .script import Dialect, Say

_MOST_CHOICES = 128


def question(document: Document) -> Question:
    """Read the request. Raises `Refused` where OpenAI would."""
    model = model_of(document)
    messages = document.get("messages")
    if not isinstance(messages, list) or not messages:
        raise Refused(400, "Missing required parameter: 'messages'.")
    last = messages[-1]
    results_last = isinstance(last, dict) and last.get("role") in ("tool", "function")
    return Question(
        prompt=last_of_user(messages),
        model=model,
        prompt_tokens=sum(map(tokens, texts(messages))),
        max_tokens=limit(document, "max_completion_tokens", "max_tokens"),
        schema=_schema(document.get("response_format")),
        tools=offered(document, results_last),
    )


def _schema(response_format: Any) -> Document | None:
    if not isinstance(response_format, dict):
        return None
    if response_format.get("type") == "json_object":
        return {"type": "object", "properties": {"answer": {"type": "string"}}}
    found = response_format.get("json_schema")
    return found.get("schema") if isinstance(found, dict) else None


def answer(ask: Ask, say: Say) -> Answer:
    """Answer a chat completion request."""
    document = ask.document()
    asked = question(document)
    count = document.get("n") or 1
    if not isinstance(count, int) or not 1 <= count <= _MOST_CHOICES:
        raise Refused(400, f"Invalid 'n': expected an integer between 1 and {_MOST_CHOICES}.")
    told = [tell(asked, say, variant) for variant in range(count)]
    if document.get("stream"):
        options = document.get("stream_options")
        with_usage = isinstance(options, dict) and bool(options.get("include_usage"))
        return stream(_events(ask, told, with_usage), say.interval, identity(ask))
    envelope = _envelope(ask, told[0], "chat.completion")
    envelope["choices"] = [_choice(index, one, ask.ident) for index, one in enumerate(told)]
    envelope["usage"] = _usage(told)
    return whole(envelope, identity(ask))


def _envelope(ask: Ask, told: Told, kind: str) -> Document:
    return {
        "id": f"chatcmpl-{ask.ident}",
        "object": kind,
        "created": ask.created,
        "model": told.model,
        "service_tier": "default",
        "system_fingerprint": "fp_simulator",
    }


def _choice(index: int, told: Told, ident: str) -> Document:
    silent = told.refusal is not None or (bool(told.calls) and not told.text)
    content = None if silent else told.text
    message: Document = {"role": "assistant", "content": content, "refusal": told.refusal, "annotations": []}
    if told.calls:
        message["tool_calls"] = [
            {
                "id": f"call_{ident}_{index}_{position}",
                "type": "function",
                "function": {"name": call.name, "arguments": call.text()},
            }
            for position, call in enumerate(told.calls)
        ]
    return {"index": index, "message": message, "logprobs": None, "finish_reason": told.finish}


def _usage(told: list[Told]) -> Document:
    spoken = sum(one.completion_tokens for one in told)
    asked = told[0].prompt_tokens
    return {
        "prompt_tokens": asked,
        "completion_tokens": spoken,
        "total_tokens": asked + spoken,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _events(ask: Ask, told: list[Told], with_usage: bool) -> Iterator[Part]:
    base = _envelope(ask, told[0], "chat.completion.chunk")
    extra: Document = {"usage": None} if with_usage else {}

    def chunk(index: int, delta: Document, finish: str | None = None) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
        return sse({**base, "choices": [choice], **extra})

    for index, one in enumerate(told):
        content = None if one.calls and not one.text else ""
        yield Part(Kind.OPENING, chunk(index, {"role": "assistant", "content": content, "refusal": None}))
        for piece in one.pieces:
            yield Part(Kind.DELTA, chunk(index, {"content": piece}))
        for piece in split(one.refusal, None) if one.refusal else ():
            yield Part(Kind.DELTA, chunk(index, {"refusal": piece}))
        for delta in _call_deltas(one, f"call_{ask.ident}_{index}"):
            yield Part(Kind.DELTA, chunk(index, {"tool_calls": [delta]}))
        yield Part(Kind.CLOSING, chunk(index, {}, one.finish))
    if with_usage:
        yield Part(Kind.CLOSING, sse({**base, "choices": [], "usage": _usage(told)}))
    yield Part(Kind.TERMINAL, b"data: [DONE]\n\n")


def _call_deltas(told: Told, prefix: str) -> Iterator[Document]:
    for position, call in enumerate(told.calls):
        function = {"name": call.name, "arguments": ""}
        yield {"index": position, "id": f"{prefix}_{position}", "type": "function", "function": function}
        for piece in argument_pieces(call.text()):
            yield {"index": position, "function": {"arguments": piece}}


DIALECT = Dialect(
    "openai chat",
    answer,
    error,
    error_event,
    unknown_event=sse(
        {"id": "chatcmpl-future", "object": "chat.completion.future", "choices": [], "novelty": {"depth": 1}}
    ),
)
