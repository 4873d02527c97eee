"""Base64 and decimal numbers, read strictly: every value has one way to be written, so none changes unseen."""

from __future__ import annotations

import base64
import binascii
import re

from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.merkle import HASH_BYTES

_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")


def to_base64(data: bytes) -> str:
    """RFC 4648 section 4, with padding."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def from_base64(text: str, what: str) -> bytes:
    """The bytes behind canonical base64. Raises Malformed, naming `what`."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"{what} is not base64") from error
    if to_base64(data) != text:
        raise Malformed(f"{what} is not canonical base64")
    return data


def hash_from_base64(text: str, what: str) -> bytes:
    """The 32 bytes behind canonical base64. Raises Malformed, naming `what`."""
    data = from_base64(text, what)
    if len(data) != HASH_BYTES:
        raise Malformed(f"{what} has {len(data)} bytes instead of {HASH_BYTES}")
    return data


def from_decimal(text: str, what: str) -> int:
    """A number from 0 to 2^63 - 1 in ASCII digits without leading zeros. Raises Malformed, naming `what`."""
    number = int(text) if _DECIMAL.match(text) else 1 << 63
    if number >= 1 << 63:
        raise Malformed(f"{what} is not a decimal number from 0 to 2^63 - 1")
    return number


def to_text(data: bytes, what: str) -> str:
    """UTF-8 without control characters other than newline. Raises Malformed, naming `what`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"{what} is not UTF-8") from error
    if any(character < " " and character != "\n" for character in text):
        raise Malformed(f"{what} holds a control character")
    return text
