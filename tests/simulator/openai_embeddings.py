"""OpenAI's POST /v1/embeddings, as numbers and as base64 of little-endian float32."""

from __future__ import annotations

import base64
import struct
from typing import Any

import msgspec

from .answers import texts, tokens, vector
from .exchange import Answer, Ask, Document, Refused, whole
from .openai_common import error, error_event, identity, model_of
from .script import Dialect, Say

DIMENSIONS = 64
"""Length of a vector where the request does not say; short, to keep load tests about the gateway."""
_MOST_DIMENSIONS = 8192
_MOST_INPUTS = 2048


def answer(ask: Ask, say: Say) -> Answer:
    """Answer an embeddings request."""
    document = ask.document()
    model = model_of(document)
    inputs = _inputs(document.get("input"))
    dimensions = document.get("dimensions") or DIMENSIONS
    if not isinstance(dimensions, int) or not 1 <= dimensions <= _MOST_DIMENSIONS:
        raise Refused(400, f"Invalid 'dimensions': expected an integer between 1 and {_MOST_DIMENSIONS}.")
    encoding = document.get("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise Refused(400, "Invalid 'encoding_format': expected 'float' or 'base64'.")
    used = sum(map(tokens, inputs))
    data = [_entry(index, vector(text, dimensions), encoding) for index, text in enumerate(inputs)]
    usage = {"prompt_tokens": used, "total_tokens": used}
    return whole({"object": "list", "data": data, "model": say.model or model, "usage": usage}, identity(ask))


def _inputs(given: Any) -> list[str]:
    """The inputs as texts; token arrays count as the text of their numbers."""
    if isinstance(given, str):
        return [given]
    if isinstance(given, list) and given and len(given) <= _MOST_INPUTS:
        if all(isinstance(entry, int) for entry in given):
            return [msgspec.json.encode(given).decode()]
        if all(isinstance(entry, str) for entry in given):
            return list(texts(given))
        if all(isinstance(entry, list) for entry in given):
            return [msgspec.json.encode(entry).decode() for entry in given]
    raise Refused(400, "'$.input' is invalid. Please check the API reference.")


def _entry(index: int, values: list[float], encoding: str) -> Document:
    packed = struct.pack(f"<{len(values)}f", *values)
    rounded = struct.unpack(f"<{len(values)}f", packed)
    embedding = base64.b64encode(packed).decode() if encoding == "base64" else rounded
    return {"object": "embedding", "index": index, "embedding": embedding}


DIALECT = Dialect("openai embeddings", answer, error, error_event)
