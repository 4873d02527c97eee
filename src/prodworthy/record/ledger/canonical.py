"""JSON in its one canonical form (RFC 8785), for what is hashed or signed, and the strict reading of any JSON here.

Written: text, whole numbers within 2^53 - 1, true, false, null, lists and objects. Numbers with a fraction are refused:
write them as text, or as a whole number of a smaller unit. Read: the same, and an object names each key once.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from prodworthy.record.ledger.faults import Malformed

LARGEST_NUMBER = (1 << 53) - 1
DEEPEST = 64
_SORTING = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
_IN_ORDER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
JsonValue = None | bool | int | str | list["JsonValue"] | dict[str, "JsonValue"]


def canonical_json(value: object) -> bytes:
    """The canonical bytes of a value.

    Raises:
        Malformed: it holds something that has no canonical form here; the message says what and where.
    """
    # With keys in order, the standard library writes what RFC 8785 section 3.2.2 asks for; a test compares.
    if _plain(value, DEEPEST):
        return _SORTING.encode(value).encode()
    return _IN_ORDER.encode(_ordered(value, "value", DEEPEST)).encode()


def parse_json(data: bytes, most: int) -> JsonValue:
    """Read JSON of at most `most` bytes. Raises Malformed for anything that `canonical_json` would not write, and for
    an object that names a key twice.
    """
    if len(data) > most:
        raise Malformed(f"JSON of {len(data):,} bytes, where {most:,} are allowed")
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_pairs, parse_float=_refuse_float, parse_constant=_refuse_float
        )
    except (ValueError, RecursionError) as error:
        raise Malformed("not JSON in UTF-8, or nested too deeply") from error
    if not _plain(value, DEEPEST):
        _ordered(value, "value", DEEPEST)
    found: JsonValue = value
    return found


def parse_canonical(data: bytes, most: int) -> JsonValue:
    """Read JSON that must stand in its canonical form. Raises Malformed."""
    value = parse_json(data, most)
    if canonical_json(value) != data:
        raise Malformed("the JSON does not stand in its canonical form (RFC 8785)")
    return value


def _plain(value: Any, depth: int) -> bool:
    """Whether a value is right as it is, with keys that any way of sorting puts into the same order.

    Most values are, and this costs a fraction of `_ordered`, which also says what is wrong.
    """
    kind = type(value)
    if not depth:
        return False
    if kind is str:
        return str.isascii(value)
    if kind is int:
        return -LARGEST_NUMBER <= int(value) <= LARGEST_NUMBER
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or not key.isascii() or not _plain(item, depth - 1):
                return False
        return True
    if kind is list:
        return all(_plain(item, depth - 1) for item in value)
    return value is None or kind is bool


def _ordered(value: object, where: str, depth: int) -> object:
    """A copy with keys in order of their UTF-16 code units (section 3.2.3), everything in it checked."""
    if not depth:
        raise Malformed(f"{where} is nested more than {DEEPEST} deep")
    kind = type(value)
    if value is None or kind is bool:
        return value
    if isinstance(value, int) and kind is int:
        if abs(value) > LARGEST_NUMBER:
            raise Malformed(f"{where} is a number beyond 2^53 - 1: write it as text")
        return value
    if isinstance(value, str) and kind is str:
        return _checked(value, where)
    if isinstance(value, list):
        return [_ordered(item, f"{where}[{at}]", depth - 1) for at, item in enumerate(value)]
    if isinstance(value, dict):
        return _ordered_object(value, where, depth)
    if kind is float:
        raise Malformed(f"{where} is a number with a fraction: write it as text, or in a smaller unit")
    raise Malformed(f"{where} is of type {kind.__name__}, which is not JSON")


def _ordered_object(value: dict[Any, Any], where: str, depth: int) -> dict[str, object]:
    for key in value:
        if type(key) is not str:
            raise Malformed(f"{where} has a key that is not text")
        _checked(key, f"a key of {where}")
    ordered = sorted(value, key=lambda key: key.encode("utf-16-be"))
    return {key: _ordered(value[key], f"{where}.{key}", depth - 1) for key in ordered}


def _checked(text: str, where: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Malformed(f"{where} holds half of a surrogate pair, which is not Unicode text") from error
    return text


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("an object names a key twice")
    return found


def _refuse_float(text: str) -> NoReturn:
    raise Malformed("a number with a fraction or an exponent: write it as text, or in a smaller unit")
