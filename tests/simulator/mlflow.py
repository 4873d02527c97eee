"""MLflow's scoring server: POST /invocations with its four JSON forms, GET /ping, /health and /version.

A row's prediction is the logistic function of the mean of its numbers; what is no number is left out.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .exchange import Answer, Ask, Refused, whole
from .open_inference import logistic
from .script import Dialect, Say

VERSION = "3.4.0"
_FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")


def error(status: int, message: str) -> bytes:
    """The error body for `status`."""
    code = {400: "BAD_REQUEST", 404: "RESOURCE_DOES_NOT_EXIST", 429: "REQUEST_LIMIT_EXCEEDED"}.get(
        status, "INTERNAL_ERROR"
    )
    return msgspec.json.encode({"error_code": code, "message": message})


def invocations(ask: Ask, say: Say) -> Answer:
    """Answer a scoring request."""
    kind = (ask.received.header("content-type") or "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/json+pandas-split"):
        raise Refused(415, "This predictor only supports the content type application/json.")
    document = ask.document()
    given = [form for form in _FORMS if form in document]
    if len(given) != 1:
        fields = ", ".join(_FORMS)
        raise Refused(400, f"The input must be a JSON dictionary with exactly one of the input fields {fields}.")
    rows = _split(document[given[0]]) if given[0] == "dataframe_split" else _rows(document[given[0]])
    return whole({"predictions": [logistic(_numbers(row)) for row in rows]})


def _split(frame: Any) -> list[Any]:
    if not isinstance(frame, dict) or not isinstance(frame.get("data"), list):
        raise Refused(400, "dataframe_split must be an object with 'columns' and 'data'.")
    columns = frame.get("columns")
    if columns is not None and any(not isinstance(row, list) or len(row) != len(columns) for row in frame["data"]):
        raise Refused(400, f"Failed to parse the data: rows do not have {len(columns)} columns.")
    return list(frame["data"])


def _rows(given: Any) -> list[Any]:
    """Rows as they are, or built from a mapping of names to columns."""
    if isinstance(given, list):
        return given
    if isinstance(given, dict) and given and all(isinstance(column, list) for column in given.values()):
        if len({len(column) for column in given.values()}) != 1:
            raise Refused(400, "The columns differ in their number of rows.")
        return [list(row) for row in zip(*given.values(), strict=True)]
    raise Refused(400, "The input must be a list of rows or an object of columns.")


def _numbers(row: Any) -> list[float]:
    pending, found = [row], []
    while pending:
        value = pending.pop()
        if isinstance(value, (list, dict)):
            pending.extend(value.values() if isinstance(value, dict) else value)
        elif isinstance(value, (int, float)):
            found.append(float(value))
    return found


def ping(ask: Ask, say: Say) -> Answer:
    """GET /ping and /health."""
    return Answer(200, (("content-type", "application/json"),), b"\n")


def version(ask: Ask, say: Say) -> Answer:
    """GET /version."""
    return Answer(200, (("content-type", "text/html; charset=utf-8"),), VERSION.encode())


INVOCATIONS = Dialect("mlflow invocations", invocations, error, error)
PING = Dialect("mlflow ping", ping, error, error)
VERSION_OF = Dialect("mlflow version", version, error, error)
