"""What OpenAI's endpoints share: error objects, headers, reading of models, tools and limits; and GET /v1/models."""

from __future__ import annotations

import msgspec

from .answers import Tool
from .exchange import Answer, Ask, Document, Headers, Refused, sse, whole
from .script import Say

MODELS = ("gpt-sim", "gpt-sim-mini", "text-embedding-sim")
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "requests"}
_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


def error_object(status: int, message: str) -> Document:
    """The `error` member for `status`."""
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"message": message, "type": kind, "param": None, "code": _CODES.get(status)}


def error(status: int, message: str) -> bytes:
    """The error body for `status`."""
    return msgspec.json.encode({"error": error_object(status, message)})


def error_event(status: int, message: str) -> bytes:
    """An error within a stream."""
    return sse({"error": error_object(status, message)})


def identity(ask: Ask) -> Headers:
    """The headers that OpenAI puts on every answer."""
    return (
        ("x-request-id", f"req_{ask.ident}"),
        ("openai-version", "2020-10-01"),
        ("openai-processing-ms", "1"),
        ("x-ratelimit-limit-requests", "10000"),
        ("x-ratelimit-remaining-requests", "9999"),
    )


def model_of(document: Document) -> str:
    """The model that the request names. Raises `Refused`: 400 without one, 404 for a name like `missing...`."""
    model = document.get("model")
    if not isinstance(model, str) or not model:
        raise Refused(400, "you must provide a model parameter")
    if model.startswith("missing"):
        raise Refused(404, f"The model `{model}` does not exist or you do not have access to it.")
    return model


def offered(document: Document, results_last: bool) -> tuple[Tool, ...]:
    """The tools that the model would call: none once their results came back, or where the request forbids or names
    others.
    """
    choice = document.get("tool_choice", "auto")
    tools = []
    for entry in document.get("tools") or ():
        function = entry.get("function", entry) if isinstance(entry, dict) else {}
        if function.get("name"):
            tools.append(Tool(function["name"], function.get("parameters") or {}))
    if choice == "none" or (choice == "auto" and results_last):
        return ()
    if isinstance(choice, dict):
        wanted = choice.get("function", choice).get("name")
        return tuple(tool for tool in tools if tool.name == wanted)
    return tuple(tools)


def limit(document: Document, *names: str) -> int | None:
    """The first of the members `names` that is set, as a number of tokens. Raises `Refused` (400) for a wrong type."""
    for name in names:
        value = document.get(name)
        if value is not None:
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise Refused(400, f"Invalid type for '{name}': expected an integer of at least 1.")
            return value
    return None


def models(ask: Ask, say: Say) -> Answer:
    """GET /v1/models and /v1/models/{model}."""
    wanted = ask.path.get("model")
    if wanted is not None:
        return whole(_entry(model_of({"model": wanted})), identity(ask))
    return whole({"object": "list", "data": [_entry(say.model or name) for name in MODELS]}, identity(ask))


def _entry(name: str) -> Document:
    return {"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "simulator"}
