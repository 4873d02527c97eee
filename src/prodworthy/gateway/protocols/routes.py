"""What the gateway serves: from a request's method and path to the protocol, the operation and the vendor's path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from prodworthy.gateway.protocols.anthropic_messages import AnthropicMessages
from prodworthy.gateway.protocols.document import read_document
from prodworthy.gateway.protocols.fields import invalid
from prodworthy.gateway.protocols.mlflow_invocations import MLflowInvocations
from prodworthy.gateway.protocols.open_inference import HEADER_LENGTH, OpenInference
from prodworthy.gateway.protocols.openai_chat import OpenAIChat
from prodworthy.gateway.protocols.openai_embeddings import OpenAIEmbeddings
from prodworthy.gateway.protocols.openai_responses import OpenAIResponses
from prodworthy.gateway.protocols.protocol import ClientProtocol
from prodworthy.policy.core.exchange import Call, Operation
from prodworthy.policy.core.refusal import Code, Refusal

MAX_NAME = 200
"""Characters of a model's or version's name in a path."""

_MAX_PATH = 4_096

Headers = Iterable[tuple[bytes, bytes]]


class Route(msgspec.Struct, frozen=True):
    """One thing that is served by asking a vendor.

    `target` is the vendor's path after its configured prefix, with `{model}` where the vendor's name for the model
    belongs; `model` is the name that the caller's path gave, "" where the body gives it.
    """

    protocol: ClientProtocol
    operation: Operation
    method: str
    target: str
    model: str = ""

    def vendor_target(self, model: str) -> str:
        """The path to ask the vendor for; `model` is the vendor's name for it."""
        return self.target.replace("{model}", quote(model, safe="")) if self.model else self.target

    def read(self, body: bytes, headers: Headers) -> tuple[dict[str, Any], Call]:
        """The request's document and what it asks. Header names are lower case. Raises Unreadable."""
        if self.method == "GET":
            if body:
                raise invalid("body", "must be empty in a GET request")
            return {}, Call(self.operation, model=self.model)
        if isinstance(self.protocol, OpenInference):
            document, tail = self.protocol.read_body(body, head_length(headers))
            return document, self.protocol.read_infer(document, tail, self.model, len(body))
        document = read_document(body)
        return document, self.protocol.read_call(self.operation, document, len(body))


class Local(msgspec.Struct, frozen=True):
    """Something that the gateway answers itself: live, ready, server, ping, version, or models.

    `body` is the answer where it is always the same; `route` says in whose protocol and under which operation.
    """

    name: str
    route: Route
    body: bytes = b""


class Mismatch(msgspec.Struct, frozen=True):
    """Nothing that is served: the refusal, the protocol to render it in, and the methods that the path does allow."""

    refusal: Refusal
    protocol: ClientProtocol
    allow: tuple[str, ...] = ()


Found = Route | Local | Mismatch

CHAT = OpenAIChat()
EMBEDDINGS = OpenAIEmbeddings()
RESPONSES = OpenAIResponses()
MESSAGES = AnthropicMessages()
OPEN_INFERENCE = OpenInference()
MLFLOW = MLflowInvocations()


def match(method: str, raw_path: bytes) -> Found:
    """What serves this request. `raw_path` is the path as it was sent, without its query."""
    known = _TABLE.get(raw_path)
    if known is not None:
        return known.get(method) or _wrong_method(method, _protocol_of(raw_path), tuple(known))
    model = _MODEL.fullmatch(raw_path) if len(raw_path) <= _MAX_PATH else None
    if model is None:
        return Mismatch(Refusal(Code.UNKNOWN_ROUTE, "Nothing is served under this path."), _protocol_of(raw_path))
    return _model_route(method, model)


def route_of(protocol: str, operation: str, model: str) -> Route | None:
    """The route over which an exchange came, from what its record says; None for one that is served no more."""
    if protocol == OPEN_INFERENCE.name and operation == Operation.PREDICT.value:
        return Route(OPEN_INFERENCE, Operation.PREDICT, "POST", "/v2/models/{model}/infer", model)
    routes = (route for methods in _TABLE.values() for route in methods.values() if isinstance(route, Route))
    return next((r for r in routes if (r.protocol.name, r.operation.value) == (protocol, operation)), None)


def head_length(headers: Headers) -> int | None:
    """The length of the JSON part of an Open Inference body, or None. Raises Unreadable for one that is no number."""
    values = {value for name, value in headers if name == HEADER_LENGTH}
    if not values:
        return None
    value = values.pop()
    if values or not value.isdigit() or len(value) > 12:
        raise invalid("Inference-Header-Content-Length", "must be one whole number")
    return int(value)


def _model_route(method: str, model: re.Match[bytes]) -> Found:
    name, version, last = _name(model[1]), _name(model[2] or b"-"), (model[3] or b"").decode()
    if not name or not version:
        text = f"A name in the path is empty, too long (over {MAX_NAME} characters) or has characters that no name has."
        return Mismatch(Refusal(Code.INVALID_REQUEST, text), OPEN_INFERENCE)
    allowed = "POST" if last == "/infer" else "GET"
    if method != allowed:
        return _wrong_method(method, OPEN_INFERENCE, (allowed,))
    operation = Operation.PREDICT if allowed == "POST" else Operation.READ
    versioned = f"/versions/{quote(version, safe='')}" if model[2] else ""
    return Route(OPEN_INFERENCE, operation, method, f"/v2/models/{{model}}{versioned}{last}", name)


def _name(encoded: bytes) -> str:
    """The name behind a segment of the path, or "" for one that could lead elsewhere."""
    try:
        name = unquote(encoded.decode("ascii"), errors="strict")
    except UnicodeError:
        return ""
    tricky = name in (".", "..") or len(name) > MAX_NAME or not name.isprintable() or set(name) & set("/\\")
    return "" if tricky else name


def _wrong_method(method: str, protocol: ClientProtocol, allow: tuple[str, ...]) -> Mismatch:
    return Mismatch(Refusal(Code.WRONG_METHOD, f"This path takes {' or '.join(allow)}."), protocol, allow)


def _protocol_of(raw_path: bytes) -> ClientProtocol:
    """Whose error body a caller of this path most likely reads."""
    for prefix, protocol in _PREFIXES:
        if raw_path == prefix or raw_path.startswith(prefix + b"/"):
            return protocol
    return CHAT


_PREFIXES: tuple[tuple[bytes, ClientProtocol], ...] = (
    (b"/v2", OPEN_INFERENCE),
    (b"/v1/messages", MESSAGES),
    (b"/invocations", MLFLOW),
    (b"/ping", MLFLOW),
    (b"/health", MLFLOW),
    (b"/version", MLFLOW),
)

_MODEL = re.compile(rb"/v2/models/([^/]+)(?:/versions/([^/]+))?(/ready|/infer)?")


def _local(name: str, protocol: ClientProtocol, path: str, body: bytes) -> Mapping[str, Route | Local]:
    return {"GET": Local(name, Route(protocol, Operation.READ, "GET", path), body)}


def _post(protocol: ClientProtocol, operation: Operation, target: str) -> Mapping[str, Route | Local]:
    return {"POST": Route(protocol, operation, "POST", target)}


_SERVER = b'{"name":"prodworthy","version":"2","extensions":["binary_tensor_data"]}'

_TABLE: Mapping[bytes, Mapping[str, Route | Local]] = {
    # An OpenAI vendor is configured with its version in the prefix (https://host/v1), the others without.
    b"/v1/chat/completions": _post(CHAT, Operation.CHAT, "/chat/completions"),
    b"/v1/responses": _post(RESPONSES, Operation.RESPOND, "/responses"),
    b"/v1/embeddings": _post(EMBEDDINGS, Operation.EMBED, "/embeddings"),
    b"/v1/models": _local("models", CHAT, "/models", b""),
    b"/v1/messages": _post(MESSAGES, Operation.CHAT, "/v1/messages"),
    b"/v2": _local("server", OPEN_INFERENCE, "/v2", _SERVER),
    b"/v2/health/live": _local("live", OPEN_INFERENCE, "/v2/health/live", b'{"live":true}'),
    b"/v2/health/ready": _local("ready", OPEN_INFERENCE, "/v2/health/ready", b""),
    b"/invocations": _post(MLFLOW, Operation.PREDICT, "/invocations"),
    b"/ping": _local("ping", MLFLOW, "/ping", b"\n"),
    b"/health": _local("ping", MLFLOW, "/health", b"\n"),
    b"/version": _local("version", MLFLOW, "/version", b'"prodworthy"'),
}
