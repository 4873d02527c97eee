"""Which dialect answers which path."""

from __future__ import annotations

import re
from collections.abc import Mapping

from . import (
    anthropic_messages,
    mlflow,
    open_inference,
    openai_chat,
    openai_common,
    openai_embeddings,
    openai_responses,
)
from .exchange import Answer, Ask, Refused
from .script import Dialect, Say


def _nowhere(ask: Ask, say: Say) -> Answer:
    raise Refused(404, f"Invalid URL ({ask.received.method} {ask.received.path})")


MODELS = Dialect("openai models", openai_common.models, openai_common.error, openai_common.error_event)
NOWHERE = Dialect("nowhere", _nowhere, openai_common.error, openai_common.error_event)

_FIXED: Mapping[str, tuple[str, Dialect]] = {
    "/v1/chat/completions": ("POST", openai_chat.DIALECT),
    "/v1/embeddings": ("POST", openai_embeddings.DIALECT),
    "/v1/responses": ("POST", openai_responses.DIALECT),
    "/v1/models": ("GET", MODELS),
    "/v1/messages": ("POST", anthropic_messages.DIALECT),
    "/v1/messages/count_tokens": ("POST", anthropic_messages.COUNT),
    "/v2": ("GET", open_inference.SERVER),
    "/v2/health/live": ("GET", open_inference.HEALTH),
    "/v2/health/ready": ("GET", open_inference.HEALTH),
    "/invocations": ("POST", mlflow.INVOCATIONS),
    "/ping": ("GET", mlflow.PING),
    "/health": ("GET", mlflow.PING),
    "/version": ("GET", mlflow.VERSION_OF),
}
_OPENAI_MODEL = re.compile(r"/v1/models/(?P<model>[^/]{1,200})")
_MODEL = re.compile(r"/v2/models/(?P<model>[^/]{1,200})(?:/versions/(?P<version>[^/]{1,200}))?(?P<verb>/ready|/infer)?")
_VERBS = {
    None: ("GET", open_inference.METADATA),
    "/ready": ("GET", open_inference.READY),
    "/infer": ("POST", open_inference.INFER),
}


def find(method: str, path: str) -> tuple[Dialect, Mapping[str, str]]:
    """The dialect for a request and what the path names. A wrong method gets a dialect that refuses it."""
    found, named = _FIXED.get(path), {}
    if found is None and (match := _OPENAI_MODEL.fullmatch(path)):
        found, named = ("GET", MODELS), match.groupdict()
    elif found is None and (match := _MODEL.fullmatch(path.rstrip("/"))):
        found = _VERBS[match["verb"]]
        named = {name: value for name, value in match.groupdict().items() if value is not None}
    elif found is None and path.rstrip("/") == "/v2":
        found = _FIXED["/v2"]
    if found is None:
        return NOWHERE, {}
    return (found[1] if found[0] == method else _only(*found)), named


def _only(method: str, dialect: Dialect) -> Dialect:
    """`dialect` as it answers a wrong method."""

    def refuse(ask: Ask, say: Say) -> Answer:
        raise Refused(405, f"Method {ask.received.method} is not allowed, use {method}.")

    return Dialect(dialect.name, refuse, dialect.error, dialect.error_event)
