"""What a text hides in an encoding, decoded to be measured apart: base64, hexadecimal, escapes, percent, entities,
tag characters and variation selectors.

It refuses what does not decode to readable text. At most COUNT texts and SIZE characters come from one text, at most
DEPTH encodings deep.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import urllib.parse
from collections.abc import Callable, Iterator

import msgspec

from prodworthy.gateway.detectors.normalising.confusables import TAGS
from prodworthy.gateway.detectors.normalising.shapes import BASE64_RUN, HEX_RUN, may_be_encoded

DEPTH = 2
COUNT = 64
SIZE = 1 << 18
SHORTEST = 4
_HEAD = 32
_READABLE = 0.85
_PERCENTS = 3
_SELECTOR_BYTES = 8

_BASE64 = re.compile(rf"(?:[A-Za-z0-9+/]{{60,76}}\r?\n)*[A-Za-z0-9+/\-_]{{{BASE64_RUN},}}={{0,2}}")
_HEX = re.compile(rf"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{{{HEX_RUN},}}|[0-9a-fA-F]{{2}}(?:[ :,\t][0-9a-fA-F]{{2}}){{6,}})")
_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}){4,}|(?:0x[0-9a-fA-F]{2}[ ,;]{0,2}){6,}")
_TOKEN = re.compile(r"\S+")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}")
_ENTITY = re.compile(r"&#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});?")
_TAGGED = re.compile(f"[{chr(TAGS[0])}-{chr(TAGS[1])}]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
# How UTF-8 begins the code points of tags and of most selectors, and of the first sixteen selectors.
_BEYOND, _SELECTING = b"\xf3\xa0", b"\xef\xb8"
_DIGITS = re.compile(r"[0-9a-fA-F]{2,4}")


class Decoded(msgspec.Struct, frozen=True):
    """Readable text that stood encoded at `[start, end)` of the original (code points), and in which encoding.

    What was encoded twice is given once for each depth, both times with the place of the outer one.
    """

    start: int
    end: int
    kind: str
    text: str


def decoded(text: str) -> tuple[Decoded, ...]:
    """What is encoded in a text, in the order of the encodings. Time is linear in the length."""
    found: list[Decoded] = []
    room = SIZE
    layer = [Decoded(0, len(text), "", text)]
    for depth in range(DEPTH):
        deeper: list[Decoded] = []
        for outer in layer:
            for each in _within(outer.text):
                if len(found) == COUNT or len(each.text) > room:
                    return tuple(found)
                room -= len(each.text)
                placed = each if depth == 0 else Decoded(outer.start, outer.end, each.kind, each.text)
                found.append(placed)
                deeper.append(placed)
        layer = deeper
    return tuple(found)


def _within(text: str) -> Iterator[Decoded]:
    if not text.isascii():
        data = text.encode("utf-8", "replace")
        if _BEYOND in data:
            yield from _tagged(text)
        if _BEYOND in data or _SELECTING in data:
            yield from _selectors(text)
    if not may_be_encoded(text.encode("ascii", "replace")):
        return
    yield from _matches(text, "base64", _BASE64, _from_base64)
    yield from _matches(text, "hex", _HEX, _from_hex)
    if "\\" in text or "0x" in text:
        yield from _matches(text, "escape", _ESCAPES, _from_escapes)
    yield from _percents(text)
    yield from _entities(text)


def _matches(text: str, kind: str, shape: re.Pattern[str], decode: Callable[[str], str]) -> Iterator[Decoded]:
    for match in shape.finditer(text):
        plain = decode(match[0])
        if _readable(plain):
            yield Decoded(match.start(), match.end(), kind, plain)


def _from_base64(run: str) -> str:
    run = run.replace("-", "+").replace("_", "/")
    if not _readable(_base64(run[:_HEAD])):
        return ""
    return _base64("".join(run.split()).rstrip("="))


def _base64(run: str) -> str:
    usable = len(run) - (1 if len(run) % 4 == 1 else 0)
    try:
        return _text(base64.b64decode(run[:usable] + "=" * (-usable % 4)))
    except binascii.Error:
        return ""


def _from_hex(run: str) -> str:
    digits = run if run.isalnum() else re.sub(r"[^0-9a-fA-F]", "", run)
    return _text(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _from_escapes(run: str) -> str:
    return "".join(chr(int(digits, 16)) for digits in _DIGITS.findall(run.replace("0x", " ")))


def _percents(text: str) -> Iterator[Decoded]:
    if text.count("%") < _PERCENTS:
        return
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.count("%") >= _PERCENTS and len(_PERCENT.findall(token)) >= _PERCENTS:
            plain = urllib.parse.unquote_plus(token, errors="replace")
            if _readable(plain):
                yield Decoded(match.start(), match.end(), "percent", plain)


def _entities(text: str) -> Iterator[Decoded]:
    if text.count("&#") < _PERCENTS:
        return
    places = [match.span() for match in _ENTITY.finditer(text)]
    if len(places) >= _PERCENTS:
        start, end = places[0][0], places[-1][1]
        yield Decoded(start, end, "entity", html.unescape(text[start:end]))


def _tagged(text: str) -> Iterator[Decoded]:
    runs = [match.span() for match in _TAGGED.finditer(text)]
    plain = "".join(chr(ord(char) - TAGS[0]) for start, end in runs for char in text[start:end])
    plain = "".join(char for char in plain if char.isprintable())
    if len(plain) >= SHORTEST:
        yield Decoded(runs[0][0], runs[-1][1], "tag", plain)


def _selectors(text: str) -> Iterator[Decoded]:
    for match in _SELECTORS.finditer(text):
        if match.end() - match.start() >= _SELECTOR_BYTES:
            plain = _text(bytes(_selector_byte(ord(char)) for char in match[0]))
            if _readable(plain):
                yield Decoded(match.start(), match.end(), "selector", plain)


def _selector_byte(code: int) -> int:
    return code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _readable(text: str) -> bool:
    """Letters, digits, spaces and common punctuation make up most of it."""
    if len(text) < SHORTEST:
        return False
    head = text[: 1 << 12]
    good = sum(char.isalnum() or char in " .,;:!?'\"-\n()/" for char in head) - head.count("\ufffd")
    return good >= _READABLE * len(head)
