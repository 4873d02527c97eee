"""JSON documents, read strictly: what could mean two things to two parsers is refused, and edits keep the rest as is.

A body that encodes back to the very bytes that came in is unambiguous (one key each, plain numbers); this is what the
official clients send, and costs one comparison. Any other body is read a second time by a parser that sees every pair.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from prodworthy.policy.core.refusal import Code, Refusal

MAX_DEPTH = 128
"""Levels of nesting; deeper documents are refused (no client nests deeper than a JSON Schema does)."""

_decode = msgspec.json.Decoder().decode
_decode_raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class Unreadable(Exception):
    """The document cannot be read; `refusal` says why to the caller."""

    def __init__(self, code: Code, message: str) -> None:
        """Keep the refusal that the edge renders."""
        super().__init__(message)
        self.refusal = Refusal(code, message)


def read_document(body: bytes) -> dict[str, Any]:
    """Decode one JSON object.

    Raises Unreadable: not JSON, not UTF-8, not an object, a key twice in one object, nested deeper than MAX_DEPTH,
    a number whose exponent no double can hold, NaN or Infinity, a lone surrogate. Whole numbers are exact.
    """
    document = read_json(body)
    if not isinstance(document, dict):
        raise Unreadable(Code.BAD_JSON, "The body must be a JSON object.")
    return document


def read_json(body: bytes) -> Any:
    """Decode one JSON value under the same rules."""
    try:
        document = _decode(body)
        plain = _encode(document) == body
    except RecursionError:
        raise Unreadable(Code.TOO_DEEP, "The JSON is nested too deeply.") from None
    except (msgspec.DecodeError, UnicodeError) as fault:
        raise Unreadable(Code.BAD_JSON, f"The body is not well-formed JSON: {_place(fault)}.") from None
    if not plain:
        _inspect(body)
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth(document) > MAX_DEPTH:
        raise Unreadable(Code.TOO_DEEP, f"The JSON is nested deeper than {MAX_DEPTH} levels.")
    return document


def edit_document(body: bytes, changes: Mapping[str, bytes]) -> bytes:
    """Set top-level fields to given JSON; every other field keeps its bytes and its place."""
    fields = _decode_raw(body)
    fields.update((name, msgspec.Raw(value)) for name, value in changes.items())
    return _encode(fields)


def _place(fault: Exception) -> str:
    """The parser's words without any of the body's; a position is enough to find the place."""
    return str(fault).split(":", 1)[-1].strip() if isinstance(fault, msgspec.DecodeError) else "it is not UTF-8"


def _inspect(body: bytes) -> None:
    try:
        json.loads(body, object_pairs_hook=_unique)
    except Unreadable:
        raise
    except RecursionError:
        raise Unreadable(Code.TOO_DEEP, "The JSON is nested too deeply.") from None
    except ValueError:
        raise Unreadable(Code.BAD_JSON, "The body is not well-formed JSON.") from None


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise Unreadable(Code.DUPLICATE_KEY, "An object in the body has the same key twice.")


def _depth(document: object) -> int:
    """Levels of nesting, without recursion and without a look at every number of a long list."""
    level = 0
    layer: list[Any] = [document]
    while layer:
        level += 1
        below: list[Any] = []
        for node in layer:
            children = node.values() if type(node) is dict else node
            if not _NESTING.isdisjoint(map(type, children)):
                below.extend(child for child in children if type(child) in _NESTING)
        layer = below
    return level


_NESTING = frozenset({dict, list})
