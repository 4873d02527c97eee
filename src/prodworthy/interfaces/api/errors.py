"""What a refusal looks like: `{"error": {"code", "message", "faults"?}}`, with codes that keep their meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from prodworthy.operations.errors import OperationRefused, PersonMissing, UnknownWorkload
from prodworthy.operations.keys.errors import KeyNotInForce, KeyTermsRefused, UnknownKey
from prodworthy.operations.killswitch.errors import KillFailed, ReasonMissing, RestoreIncomplete
from prodworthy.operations.roster.faults import Fault, ManifestRefused
from prodworthy.record.faults import FlagsUnreadable, RecordFault, StoreFault

ACTOR = "X-Prodworthy-Actor"
MOST_FAULTS = 20

STATUSES: dict[type[Exception], tuple[int, str]] = {
    UnknownWorkload: (404, "unknown_workload"),
    UnknownKey: (404, "unknown_key"),
    KeyNotInForce: (409, "key_not_in_force"),
    KeyTermsRefused: (422, "key_terms_refused"),
    ManifestRefused: (422, "manifest_refused"),
    PersonMissing: (422, "person_missing"),
    ReasonMissing: (422, "reason_missing"),
    KillFailed: (503, "kill_failed"),
    RestoreIncomplete: (409, "restore_incomplete"),
    OperationRefused: (409, "refused"),
    StoreFault: (503, "store_unavailable"),
    FlagsUnreadable: (503, "flags_unreadable"),
    RecordFault: (503, "record_unavailable"),
}
"""Status and code of what operations raise; a class that is not here takes its nearest ancestor's."""

_HTTP = {401: "unauthorized", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_SAID = {
    404: "There is nothing here. Read /openapi.json for what there is.",
    405: "This method is not possible here. Read /openapi.json for those that are.",
}


class Error(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why it was refused. Each of `faults` names a field of what was sent (and a manifest's line), and a remedy."""

    code: str
    message: str
    faults: tuple[Fault, ...] = ()


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The one shape of everything that is not a success."""

    error: Error


def refusal(status: int, error: Error, headers: dict[str, str] | None = None) -> Response:
    """An error as an answer."""
    return Response(msgspec.json.encode(ErrorAnswer(error)), status, headers, "application/json")


def install(app: FastAPI) -> None:
    """Let everything that goes wrong leave in the one shape."""
    app.add_exception_handler(OperationRefused, _of_ours)
    app.add_exception_handler(RecordFault, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_a_request)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_nobody)


async def _of_ours(_request: Request, raised: Exception) -> Response:
    status, code = next(STATUSES[kind] for kind in type(raised).__mro__ if kind in STATUSES)
    if isinstance(raised, RestoreIncomplete) and raised.__cause__ is not None:
        status = 503  # something is away; without a cause, a flag that stops everything stands in the way
    faults = raised.faults if isinstance(raised, ManifestRefused) else ()
    message = "The manifest has faults; nothing was changed." if faults else str(raised)
    return refusal(status, Error(code, message, faults))


async def _of_a_request(_request: Request, raised: Exception) -> Response:
    assert isinstance(raised, RequestValidationError)
    faults = tuple(_faults(raised))
    if any(fault.field == f"header.{ACTOR}" for fault in faults):
        message = f"Say who does this: send the header {ACTOR} with 1 to 300 characters."
        return refusal(422, Error("person_missing", message))
    return refusal(422, Error("invalid_request", "The request does not fit; each fault names a field.", faults))


async def _of_http(_request: Request, raised: Exception) -> Response:
    assert isinstance(raised, HTTPException)
    if raised.status_code == 400:  # what the framework says of a body that it cannot read as JSON
        return refusal(422, Error("invalid_request", "The body cannot be read as JSON."))
    message = _SAID.get(raised.status_code, str(raised.detail))
    error = Error(_HTTP.get(raised.status_code, "invalid_request"), message)
    return refusal(raised.status_code, error, dict(raised.headers or {}))


async def _of_nobody(_request: Request, _raised: Exception) -> Response:
    return refusal(500, Error("internal_error", "This is a fault of ours; the control API's log has the details."))


def _faults(raised: RequestValidationError) -> Iterator[Fault]:
    """What the framework found, without repeating any value: it may be a secret."""
    for error in raised.errors()[:MOST_FAULTS]:
        where: tuple[Any, ...] = error["loc"]
        field = ".".join(str(part)[:80] for part in where)
        problem = "It is missing." if error["type"] == "missing" else f"{str(error['msg'])[:300]}."
        yield Fault(0, field, problem, "Read /openapi.json for what fits.")
