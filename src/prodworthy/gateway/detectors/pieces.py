"""Where a long finding is told in pieces, so that a running stream need not wait for its end.

A place is a boundary by the characters before it alone, and by at most `FAR` of them:

1. after a line end, after white space that follows one of `.!?;:,`, and after such a mark of Chinese or Japanese;
2. after any white space, where no boundary of the first kind stands in the `CLAUSE` characters before (Kana and Han
   count as white space: they are written without it);
3. after any other character that is no letter or digit, where no white space stands in the `CLAUSE` characters before;
4. anywhere, where only letters and digits stand in the `CLAUSE` characters before.

Never inside a word of up to `words.LONGEST_WORD` characters. The beginning of a text is a boundary of the first kind.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from prodworthy.gateway.detectors.words import INVISIBLE, UNSPACED

CLAUSE = 200
"""Characters without a clause's end after which every word is a piece of its own."""
FAR = CLAUSE + 2
"""Characters to the left that decide whether a place is a boundary."""
APART = 3 * FAR
"""Characters between two boundaries at most: a clause without an end, then words without white space, then letters."""
_STEP = 50
_MARKS = "\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f"
_NATURAL = re.compile(rf"\n|(?<=[.!?;:,])\s|[{_MARKS}]")
_SPACE = re.compile(rf"[\s{UNSPACED}{_MARKS}]")
_OTHER = re.compile(rf"[^\w{INVISIBLE}]|_")


class Boundaries:
    """The boundaries of a stretch `[start, end]` of a text."""

    def __init__(self, text: str, start: int, end: int) -> None:
        """Read the stretch and the `FAR` characters before it."""
        first = max(0, start - FAR)
        beginning = [0] if first == 0 else []
        self._natural = beginning + [found.end() for found in _NATURAL.finditer(text, first, end)]
        self._spaces = beginning + [found.end() for found in _SPACE.finditer(text, first, end)]
        self._text, self._first, self._end = text, first, end

    @cached_property
    def _others(self) -> list[int]:
        """Needed only where white space is rare."""
        return [found.end() for found in _OTHER.finditer(self._text, self._first, self._end)]

    def last(self, low: int, high: int) -> int:
        """The greatest boundary in `[low, high]`, or -1; both lie in the stretch. None lies where `high` is less."""
        if high < low:
            return -1
        space = _nearest(self._spaces, high)
        if high - space > CLAUSE:
            other = _nearest(self._others, high)
            if high - other > CLAUSE:
                return high
            if other - space > CLAUSE:
                return other if other >= low else -1
        # Between two places after white space there is no boundary, unless the later one is a boundary itself.
        for at in range(bisect_right(self._spaces, high) - 1, -1, -1):
            place = self._spaces[at]
            if place < low:
                break
            natural = _nearest(self._natural, place)
            if natural == place or place - natural > CLAUSE:
                return place
        return -1


def last_boundary(text: str, limit: int) -> int:
    """The greatest boundary at or before `limit`: never more than `APART` characters before it."""
    natural = _last_natural(text, limit)
    if natural >= 0:
        return natural
    low = max(0, limit - APART)
    return max(0, Boundaries(text, low, limit).last(low, limit))


def _last_natural(text: str, limit: int) -> int:
    """The greatest boundary of the first kind in the `CLAUSE` characters before, where no other can follow; else -1."""
    high = limit
    while high > max(0, limit - CLAUSE):
        low = max(0, limit - CLAUSE, high - _STEP)
        ends = [found.end() for found in _NATURAL.finditer(text, low, high)]
        if ends:
            return ends[-1]
        high = low
    return 0 if limit <= CLAUSE else -1


def _nearest(places: list[int], high: int) -> int:
    """The greatest of the places up to `high`; one that is out of sight where there is none."""
    at = bisect_right(places, high)
    return places[at - 1] if at else -2 * FAR
