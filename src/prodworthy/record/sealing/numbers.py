"""Whole numbers beyond 2^53 in JSON that is hashed: a time in nanoseconds has 61 bits, and many readers round that.

Such a number is written as `{"int": "1795435200000000000"}`; what is smaller stays as it is. Each value has one way to
be written.

Only the standard library is used here, because the offline verifier is made of this module too.
"""

from __future__ import annotations

import re
from typing import Any

from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.ledger.canonical import LARGEST_NUMBER

TAG = "int"
LARGEST = (1 << 63) - 1
_DIGITS = re.compile(r"-?[1-9][0-9]{15,18}\Z")


def written(value: object) -> Any:
    """The value with its large numbers as they are written.

    Raises:
        EvidenceFault: a number has more than 63 bits, or a mapping looks like such a number.
    """
    if type(value) is int and abs(value) > LARGEST_NUMBER:
        if abs(value) > LARGEST:
            raise EvidenceFault("a number must have at most 63 bits")
        return {TAG: str(value)}
    if isinstance(value, dict):
        if value.keys() == {TAG}:
            raise EvidenceFault(f"a mapping of {TAG!r} alone stands for a number")
        return {name: written(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [written(item) for item in value]
    return value


def read(value: object) -> Any:
    """The value that was written. Raises EvidenceFault for a number that is written in another way."""
    if isinstance(value, dict):
        if value.keys() == {TAG}:
            return _number(value[TAG])
        return {name: read(item) for name, item in value.items()}
    if isinstance(value, list):
        return [read(item) for item in value]
    return value


def _number(said: object) -> int:
    number = int(said) if isinstance(said, str) and _DIGITS.match(said) else 0
    if not LARGEST_NUMBER < abs(number) <= LARGEST:
        raise EvidenceFault(f"a mapping of {TAG!r} alone stands for a number of 54 to 63 bits")
    return number
