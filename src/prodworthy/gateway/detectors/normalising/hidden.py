"""Characters that a reader does not see: where they stand, and which of them have good reason to.

Joiners inside emoji and after letters of scripts that join, selectors after symbols and ideographs, the three flags
that are spelled in tags, and directional marks near text that runs from right to left are how those are written.
What is found at a place depends on the found characters and on REACH characters on each side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from prodworthy.gateway.detectors.normalising.confusables import BIDI, INVISIBLE, TAGS

REACH = 32
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"  # fmt: skip
# Arabic to Samaritan, Indic, Thai, Lao, Tibetan, Burmese, Khmer, Mongolian, and the later blocks of these.
_JOINING = "\u0600-\u109f\u1700-\u18af\u1900-\u1aaf\u1b00-\u1bff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff"  # fmt: skip
_BREAKING = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u1a1f\u1a20-\u1aaf\u3000-\u9fff"
_IDEOGRAPH = "\u3000-\u9fff\uf900-\ufaff\uff00-\uff9f\uffa1-\uffef\U00020000-\U0003ffff"
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_FLAGS = "|".join("".join(chr(TAGS[0] + ord(char)) for char in name) for name in ("gbeng", "gbsct", "gbwls"))
_PLAIN_TEXT_HAS = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff\ufe0e\ufe0f\u200e\u200f\u2800")
_OVERRIDES = re.compile("[\u202d\u202e]")


def _ranges(pairs: tuple[tuple[int, int], ...]) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in pairs)


_LEGITIMATE = "|".join(
    (
        f"\U0001f3f4(?:{_FLAGS})\U000e007f",
        f"(?<=[{_EMOJI}\ufe0f])\u200d(?=[{_EMOJI}])",
        f"(?<=[{_JOINING}])[\u200c\u200d]",
        f"(?<=[{_BREAKING}])\u200b",
        f"(?<=[{_EMOJI}{_IDEOGRAPH}\u2200-\u22ff])[\ufe00-\ufe0f]",
        "(?<=[#*0-9])\ufe0f(?=\u20e3)",
        f"(?<=[{_IDEOGRAPH}])[\U000e0100-\U000e01ef]",
        "(?<=[\u1820-\u18aa])[\u180b-\u180f]",
        "[\u115f\u1160](?=[\u1100-\u11ff])|(?<=[\u1100-\u11ff])[\u115f\u1160]",
        f"\u2800{{1,{REACH}}}(?=[\u2801-\u28ff])|(?<=[\u2801-\u28ff])\u2800{{1,{REACH}}}",
    )
)
_HIDDEN = re.compile(
    f"{_LEGITIMATE}|(?P<tag>[{_ranges((TAGS,))}]+)|(?P<bidi>[{_ranges(BIDI)}]+)|(?P<invisible>[{_ranges(INVISIBLE)}]+)"
)


class Hidden(NamedTuple):
    """Characters `[start, end)` that show nothing. `kind` is tag, bidi or invisible.

    `confidence` is 0.5 for one that also occurs in ordinary text (a soft hyphen, a byte order mark), otherwise 1.
    """

    start: int
    end: int
    kind: str
    confidence: float


def hidden(text: str) -> Iterator[Hidden]:
    """Every stretch of hidden characters without good reason, in order."""
    if text.isascii():
        return
    for match in _HIDDEN.finditer(text):
        kind = match.lastgroup
        if kind is None:
            continue
        start, end = match.span()
        if kind == "bidi" and _belongs(text, start, end):
            continue
        ordinary = end - start == 1 and text[start] in _PLAIN_TEXT_HAS
        yield Hidden(start, end, kind, 0.5 if ordinary else 1.0)


def _belongs(text: str, start: int, end: int) -> bool:
    """Marks, embeddings and isolates belong near right-to-left text; an override belongs nowhere."""
    if _OVERRIDES.search(text, start, end):
        return False
    return bool(_RIGHT_TO_LEFT.search(text, max(0, start - REACH), end + REACH))
