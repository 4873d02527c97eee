"""Looks for texts in data of any size, however a program may have written them down without meaning to hide them.

Forms: UTF-8, UTF-16 in both orders, base64 at each of its three alignments and in both alphabets, hexadecimal in both
cases, percent-encoding, the escapes of JSON. Encryption, compression and hashes are not undone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

import hyperscan

SHORTEST = 8
"""Bytes of a form that is looked for; a shorter one would be found by chance."""


def forms(text: str) -> frozenset[bytes]:
    """The forms of one text."""
    plain = text.encode()
    quoted = {quote(text, safe=""), quote_plus(text), quote(text, safe="").lower()}
    escaped = "".join(char if char.isalnum() and char.isascii() else f"\\u{ord(char):04x}" for char in text)
    texts = {plain.hex(), plain.hex().upper(), *quoted, json.dumps(text)[1:-1], escaped, _upper_escapes(escaped)}
    return frozenset(
        {plain, text.encode("utf-16-le"), text.encode("utf-16-be"), *_base64(plain), *(one.encode() for one in texts)}
    )


class ClearText:
    """Texts to look for, all forms of them at once, in linear time and bounded memory."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Compile. Raises ValueError for a text that is too short to be looked for."""
        wanted = sorted({form for text in texts for form in forms(text)})
        if not wanted or len(wanted[0]) == 0 or min(map(len, wanted)) < SHORTEST:
            raise ValueError(f"a text to look for must have at least {SHORTEST} bytes in every form")
        self._overlap = max(map(len, wanted)) - 1
        # every byte as its code: what is looked for is never read as a pattern
        patterns = [b"".join(b"\\x%02x" % byte for byte in form) for form in wanted]
        flag = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(expressions=patterns, ids=list(range(len(patterns))), flags=[flag] * len(patterns))

    def within(self, pieces: Iterable[bytes]) -> bool:
        """Whether any of the texts is in the data that these pieces make up, however it is cut. Reads until found."""
        return any(self._in(window) for window in self._windows(pieces))

    def _windows(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Each piece with the end of what came before it."""
        before = b""
        for piece in pieces:
            window = before + piece
            yield window
            before = window[-self._overlap :]

    def _in(self, window: bytes) -> bool:
        found: list[int] = []

        def keep(index: int, _start: int, _end: int, _flags: int, _context: object) -> bool:
            found.append(index)
            return True  # the first is enough

        try:
            self._database.scan(window, keep)
        except hyperscan.ScanTerminated:
            return True
        return bool(found)


def _base64(plain: bytes) -> set[bytes]:
    """What of the encoded text does not depend on the bytes around it, for each place at which it can begin."""
    found = set()
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + plain)
        certain = encoded[(shift * 8 + 5) // 6 : (shift + len(plain)) * 8 // 6]
        found |= {certain, certain.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


def _upper_escapes(escaped: str) -> str:
    return "\\u".join(part[:4].upper() + part[4:] if index else part for index, part in enumerate(escaped.split("\\u")))
