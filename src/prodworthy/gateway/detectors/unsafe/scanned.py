"""An expression of `re` as one for hyperscan that holds wherever the first does, and in a few places more.

A text that the second does not match need not be read by the first, which takes ten times as long.
"""

from __future__ import annotations

import re

_PIECE = re.compile(r"\(\?[=:]|\(\?<!-\)|\\.|\[|\]|\s|.", re.DOTALL)
_SPACES = r"\s\?\x1c-\x1f"
_WIDER = {r"\s": _SPACES, r"\d": r"\d\?", r"\w": r"\w\?"}
"""Of what is not ASCII, a scanned text shows a question mark: it may be white space, a digit or a letter."""
_WITHOUT = {"(?=": "(?:", "(?<!-)": "", r"\#": "#"}
_FOLDING = re.compile("[\u0130\u0131\u017f\u212a]")
"""Characters beyond ASCII that equal a letter of ASCII where case does not matter."""


def folds(text: str) -> bool:
    """Whether a text holds a character that only `re` knows to be the same letter: then the scan says nothing."""
    return not text.isascii() and _FOLDING.search(text) is not None


def scanned(pattern: str, ignore_case: bool) -> bytes:
    """The wider expression of a verbose one without comments, whose back-references are digits and stand before `\\b`.

    It may look ahead, and behind for a hyphen. A text is to be scanned as a `PatternSet` does.
    """
    found: list[str] = []
    within = False
    for piece in _PIECE.findall(pattern.replace(r"\1\b", r"\d+")):
        if piece in _WIDER:
            found.append(_WIDER[piece] if within else f"[{_WIDER[piece]}]")
        elif piece in _WITHOUT:
            found.append(_WITHOUT[piece])
        elif piece.isspace():
            found.append(piece if within else "")
        else:
            within = piece == "[" or (within and piece != "]")
            found.append(piece)
    return (("(?i)" if ignore_case else "") + "".join(found)).encode("ascii")
