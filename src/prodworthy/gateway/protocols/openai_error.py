"""The OpenAI error body, shared by its chat, responses and embeddings APIs."""

from __future__ import annotations

from typing import Any

import msgspec

from prodworthy.gateway.protocols.protocol import Rendered, refusal_headers
from prodworthy.policy.core.refusal import Refusal

_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def error_object(refusal: Refusal, exchange: str) -> dict[str, Any]:
    """The `error` object that the official SDK turns into its exceptions."""
    status = refusal.code.status
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    error = {"message": refusal.text, "type": kind, "param": None, "code": refusal.code.value}
    return {**error, "exchange": exchange} if exchange else error


def render(refusal: Refusal, exchange: str) -> Rendered:
    """The refusal as an OpenAI error answer; the SDK takes its request id from the header."""
    headers = refusal_headers(refusal)
    if exchange:
        headers = (*headers, (b"x-request-id", exchange.encode()))
    return Rendered(refusal.code.status, headers, msgspec.json.encode({"error": error_object(refusal, exchange)}))
