"""MLflow's scoring protocol: POST /invocations with one of its four JSON forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.columns import (
    columns_of_inputs,
    columns_of_instances,
    columns_of_records,
    columns_of_split,
)
from prodworthy.gateway.protocols.fields import invalid, optional
from prodworthy.gateway.protocols.heard import Heard, read_object
from prodworthy.gateway.protocols.protocol import NO_CALLS, Mark, Rendered, Wish, refusal_headers
from prodworthy.gateway.protocols.texts import Texts
from prodworthy.policy.core.exchange import Answer, Call, Finish, Operation
from prodworthy.policy.core.refusal import Code, Refusal

_FORMS = {
    "dataframe_split": columns_of_split,
    "dataframe_records": columns_of_records,
    "instances": columns_of_instances,
    "inputs": columns_of_inputs,
}

_ERRORS = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "ENDPOINT_NOT_FOUND",
    429: "REQUEST_LIMIT_EXCEEDED",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""MLflow's own error codes by status; other statuses below 500 are BAD_REQUEST, others INTERNAL_ERROR."""


class _Predicted(msgspec.Struct):
    predictions: msgspec.Raw


_read = msgspec.json.Decoder(_Predicted).decode


class MLflowInvocations:
    """The scoring API."""

    name = "mlflow"
    vendor = "mlflow"

    def read_call(self, operation: Operation, document: Mapping[str, Any], size: int) -> Call:
        """Read a scoring request; the server has one model, so the request names none. Raises Unreadable."""
        given = [form for form in _FORMS if form in document]
        if len(given) != 1:
            raise invalid("dataframe_split", f"or exactly one other of {', '.join(_FORMS)} is required")
        optional(document, "params", dict)
        form = given[0]
        texts = Texts(own=True)
        texts.rest(document, frozenset())
        passages, unread = tuple(texts.found), tuple(texts.unread)
        tensors = _FORMS[form](document[form], form)
        return Call(operation, size=size, tensors=tensors, passages=passages, unread=unread)

    def reader(self, call: Call, document: Mapping[str, Any], listen: bool) -> PredictionsReader:
        """A reader for the answer."""
        return PredictionsReader(listen)

    def refuse(self, refusal: Refusal, exchange: str) -> Rendered:
        """MLflow's error body, and our code beside its own."""
        status = refusal.code.status
        kind = _ERRORS.get(status, "BAD_REQUEST" if status < 500 else "INTERNAL_ERROR")
        error = {"error_code": kind, "message": refusal.text, "code": refusal.code.value}
        body = msgspec.json.encode({**error, "exchange": exchange} if exchange else error)
        return Rendered(status, refusal_headers(refusal), body)

    def refuse_in_stream(self, refusal: Refusal, exchange: str) -> bytes:
        """Predictions are never streamed; the error body is all there is to say."""
        return self.refuse(refusal, exchange).body

    def adapt(self, document: Mapping[str, Any], wish: Wish) -> dict[str, bytes]:
        """Nothing to ask for."""
        return {}

    def safe_answer(self, call: Call, text: str, exchange: str) -> Rendered:
        """No text can stand in for a prediction: a refusal."""
        return self.refuse(Refusal(Code.OUTPUT_INVALID, "No text can stand in for a prediction."), exchange)


class PredictionsReader:
    """Reads a scoring answer; the predictions themselves are passed on unread."""

    def __init__(self, listen: bool) -> None:
        """Start with nothing read."""
        self._listens = listen
        self.heard: Heard | None = None
        self.called = NO_CALLS
        self.ended = False

    def whole(self, body: bytes) -> None:
        """Read the answer's frame."""
        try:
            _read(body)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise AnswerBroken("predictions that are not well formed") from None
        if self._listens:
            self.heard = Heard(read_object(body))
            self.heard.take(self.heard.document, "", "")
        self.ended = True

    def event(self, event: bytes) -> Mark:
        """Predictions are never streamed."""
        raise AnswerBroken("a stream where one answer was due")

    def answer(self) -> Answer:
        """What was answered."""
        return Answer(finish=Finish.STOP if self.ended else Finish.UNKNOWN)
