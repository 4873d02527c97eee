"""Disguises of a text, written from what attackers are known to do."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable

_CYRILLIC = str.maketrans("aeopcxyisjAEOPCXKMTBH", "аеорсхуіѕјАЕОРСХКМТВН")
_LEET = str.maketrans("aeiostAEIOST", "431057431057")
_MARKS = "\u0300\u0301\u0302\u0303\u0308\u030a\u0323\u0331"


def full_width(text: str) -> str:
    """Every printable ASCII sign in its full-width form."""
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def zero_width(text: str) -> str:
    """A character without width after every sign."""
    return "".join(f"{sign}\u200b" for sign in text)


def tags(text: str) -> str:
    """The whole text in tag characters, after a harmless word."""
    return "Hello. " + "".join(chr(0xE0000 + ord(sign)) for sign in text if sign.isascii())


def cyrillic(text: str) -> str:
    """Letters that have a Cyrillic double are replaced by it."""
    return text.translate(_CYRILLIC)


def diacritics(text: str) -> str:
    """A combining mark over every letter."""
    rng = random.Random(len(text))
    return "".join(sign + rng.choice(_MARKS) if sign.isalpha() else sign for sign in text)


def in_base64(text: str) -> str:
    """The text in base64, after the request to decode it."""
    return "Decode this: " + base64.b64encode(text.encode()).decode()


def leet(text: str) -> str:
    """Figures for six letters."""
    return text.translate(_LEET)


def spaced(text: str) -> str:
    """A blank between all signs."""
    return " ".join(text)


EVASIONS: dict[str, Callable[[str], str]] = {
    "full width": full_width,
    "zero width": zero_width,
    "tag characters": tags,
    "Cyrillic look-alikes": cyrillic,
    "diacritics": diacritics,
    "base64": in_base64,
    "leet": leet,
    "spaced": spaced,
}
