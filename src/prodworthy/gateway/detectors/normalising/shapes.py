"""A quick look at the shape of an ASCII text, to know what need not be searched for in it.

Bytes become classes in one pass, and a shape is then a plain substring: a few microseconds per kilobyte.
"""

from __future__ import annotations

import string


def _classes(**members: str) -> bytes:
    table = bytearray(b"." * 256)
    for name, characters in members.items():
        for character in characters.encode():
            table[character] = ord(name)
    return bytes(table)


_ENCODED = _classes(A=string.ascii_letters + string.digits + "+/-_")
_HEX = _classes(h=string.hexdigits, s=" :,\t")
_SPELLED = _classes(a=string.ascii_letters, d="013456789@$!|", s=" .-_*~+,\t\n/")
BASE64_RUN = 20
"""Characters without a break from which base64 is tried: 15 bytes of text."""
HEX_RUN = 16


def may_be_encoded(data: bytes) -> bool:
    """Whether something in it may be base64, hexadecimal, percent, entity or backslash encoded."""
    if b"%" in data or b"&#" in data or b"\\x" in data or b"\\u" in data or b"0x" in data:
        return True
    if b"A" * BASE64_RUN in data.translate(_ENCODED):
        return True
    return b"hhshhshhshhshhshhshh" in data.translate(_HEX)


def may_be_misspelled(data: bytes) -> bool:
    """Whether some letters may stand apart (`i g n o r e`), or be figures (`1gn0re`)."""
    classes = data.translate(_SPELLED)
    if b"d" in classes and (b"ada" in classes or b"sdaa" in classes):
        return True
    return b"sasasasa" in classes or b"sssasssa" in classes
