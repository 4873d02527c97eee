"""Answers and their description: both come from our own types, so that neither can disagree with the other."""

from __future__ import annotations

import http
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from prodworthy.interfaces.api.errors import ErrorAnswer

_REF = "#/components/schemas/{name}"
_BEARER = "token"


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A value of ours as JSON."""
    return Response(msgspec.json.encode(value), status, headers, "application/json")


def returns(
    kind: type[msgspec.Struct], *refusals: int, status: int = 200, said: str = "Done."
) -> dict[int | str, dict[str, Any]]:
    """The responses of a route: `kind` on success, and the shape of errors with each of `refusals`."""
    responses: dict[int | str, dict[str, Any]] = {status: {"description": said, "content": _content(kind)}}
    for refused in (401, 413, *refusals):
        responses[refused] = {"description": http.HTTPStatus(refused).phrase, "content": _content(ErrorAnswer)}
    return dict(sorted(responses.items(), key=lambda item: int(item[0])))


def yaml_body() -> dict[str, Any]:
    """The description of a manifest as a request's body."""
    schema = {"type": "string", "description": "A workload manifest, at most 256 KB; /v1/schema describes it."}
    return {"requestBody": {"required": True, "content": {"application/yaml": {"schema": schema}}}}


def describe(app: FastAPI, kinds: tuple[Any, ...]) -> dict[str, Any]:
    """The OpenAPI document. `kinds` are the types that `returns` was given."""
    found = get_openapi(title=app.title, version=app.version, routes=app.routes, description=app.description)
    _, parts = msgspec.json.schema_components((ErrorAnswer, *kinds), ref_template=_REF)
    components = found.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **parts}
    components["securitySchemes"] = {_BEARER: {"type": "http", "scheme": "bearer"}}
    for path, methods in found["paths"].items():
        for operation in methods.values():
            operation["security"] = [] if path == "/health" else [{_BEARER: []}]
    return found


def _content(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(name=kind.__name__)}}}
