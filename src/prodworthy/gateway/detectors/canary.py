"""Canaries: strings that stand in a system prompt and nowhere else, found however they are spelled out."""

from __future__ import annotations

import base64
import re
from bisect import bisect_left
from collections.abc import Iterator

from prodworthy.gateway.detectors.words import INVISIBLE

SHORTEST, LONGEST = 8, 32
"""Characters of a canary without its separators; with them it has at most `WHOLE`."""
WHOLE = 48
_GAP = 3
"""Separators allowed between two characters of a canary."""
SPAN = LONGEST * (1 + _GAP)
"""The most characters of text that one canary can take."""
_SEPARATORS = rf"\s\-_\u2010-\u2015{INVISIBLE}"
_SEPARATOR = re.compile(f"[{_SEPARATORS}]++")
_KEPT = re.compile(f"[^{_SEPARATORS}]++")


class Canaries:
    """Finds canaries in any case: as they are, backwards (both also with up to three spaces, hyphens, underscores or
    invisible characters between any two of their characters), and within base64. Not in other codes."""

    def __init__(self, canaries: tuple[str, ...]) -> None:
        """Prepare the spellings. Raises ValueError for a canary of under 8 or over 32 characters to look for."""
        self._spaced: list[str] = []
        self._exact: list[str] = []
        for canary in canaries:
            plain = _SEPARATOR.sub("", _lower(canary))
            if not SHORTEST <= len(plain) <= LONGEST or len(canary) > WHOLE:
                raise ValueError(
                    f"a canary has {SHORTEST} to {LONGEST} characters besides spaces and hyphens, {WHOLE} with them"
                )
            self._spaced += [plain, plain[::-1]]
            self._exact += _in_base64(canary)

    def find(self, text: str) -> Iterator[tuple[int, int]]:
        """Where canaries stand, `[start, end)`, in no order."""
        for spelling in self._exact:
            at = text.find(spelling)
            while at >= 0:
                yield at, at + len(spelling)
                at = text.find(spelling, at + len(spelling))
        squeezed = _SEPARATOR.sub("", _lower(text)) if self._spaced else ""
        present = [spelling for spelling in self._spaced if spelling in squeezed]
        if present:
            yield from _spelled_out(present, squeezed, text)


def _spelled_out(present: list[str], squeezed: str, text: str) -> Iterator[tuple[int, int]]:
    kept: list[int] = []
    for run in _KEPT.finditer(text):
        kept.extend(range(*run.span()))
    wide = [at for at in range(len(kept) - 1) if kept[at + 1] - kept[at] > 1 + _GAP]
    for spelling in present:
        at = squeezed.find(spelling)
        while at >= 0:
            last = at + len(spelling) - 1
            gap = bisect_left(wide, at)
            if gap == len(wide) or wide[gap] >= last:
                yield kept[at], kept[last] + 1
                at = squeezed.find(spelling, last + 1)
            else:
                at = squeezed.find(spelling, at + 1)


def _lower(text: str) -> str:
    # The only character that becomes two in lower case.
    return text.replace("\u0130", "i").lower()


def _in_base64(canary: str) -> Iterator[str]:
    """What base64 shows of the canary at each of the three places where it can begin within a group of three bytes."""
    raw = canary.encode("utf-8", "surrogatepass")
    for before in range(3):
        shown = base64.b64encode(bytes(before) + raw)
        first = -(-before * 8 // 6)
        yield shown[first : (before + len(raw)) * 8 // 6].decode()
