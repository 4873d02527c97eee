"""Telephone numbers where there are very many candidates: what `Numbering.find` says, for all of them at once."""

from __future__ import annotations

import numpy as np

from prodworthy.gateway.detectors.personal_data.figures import Figures, Places
from prodworthy.gateway.detectors.personal_data.phones import LONGEST, SHORTER, TRUNK, Numbering, extended
from prodworthy.gateway.detectors.personal_data.rule import ends_alone

FEWEST, MOST = 7, 15
"""Figures of a number, its country code and trunk prefix among them."""

Found = tuple[int, int, float]


class Rows:
    """Candidates of one shape in one text: places where a number may begin, and how many figures it would have."""

    def __init__(self, numbering: Numbering, text: str, figures: Figures, shape: int) -> None:
        """`figures` are those of the text."""
        self._numbering, self._text, self._figures, self._shape = numbering, text, figures, shape

    def find(self, starts: list[int]) -> list[Found]:
        """(start, end, confidence) of each number that begins at one of these places, as the shape says."""
        figures, places = self._figures, np.array(starts, np.int64)
        places = places[figures.opens(places)]
        first = figures.first(places)
        if self._shape == TRUNK:
            free = ~(figures.tables(first) & (figures.at[first] == places))
            places, first = places[free], first[free]
        last = figures.last(first, places + LONGEST)
        found, left = self._numbers(places, first, last)
        for turn in range(SHORTER):
            places, first = places[left], first[left]
            last = figures.group(last[left]) - 1
            some = (last >= first) & (figures.at[np.maximum(last, 0)] + 1 > places + FEWEST - 1)
            if not turn:
                some[some] = self._may_open(places[some], first[some], last[some])
            places, first, last = places[some], first[some], last[some]
            more, left = self._numbers(places, first, last)
            found += more
        return found

    def _may_open(self, places: Places, first: Places, last: Places) -> list[bool]:
        digits, stops = self._figures.digits, np.minimum(last + 1, first + MOST)
        rows = zip(places.tolist(), first.tolist(), stops.tolist(), strict=True)
        return [self._numbering.may_open(self._text, start, self._shape, digits[a:b]) for start, a, b in rows]

    def _numbers(self, places: Places, first: Places, last: Places) -> tuple[list[Found], Places]:
        """The numbers that begin at these places and end with figure `last`, and which of the places begin none."""
        figures, text, sure_of = self._figures, self._text, self._numbering.sure
        ends, counts = figures.at[last] + 1, last - first + 1
        closed, extends = figures.closes(ends)
        possible = np.flatnonzero((counts >= FEWEST) & (counts <= MOST) & (closed | extends))
        none, found = np.ones(len(places), np.bool_), []
        rows = (each[possible].tolist() for each in (places, ends, first, last + 1, extends))
        for which, start, end, begin, stop, extending in zip(possible.tolist(), *rows, strict=True):
            beyond = extended(text, end) if extending else end
            if not beyond and ends_alone(text, end):
                beyond = end
            if beyond and (sure := sure_of(text, start, end, self._shape, figures.digits[begin:stop])):
                found.append((start, beyond, sure))
                none[which] = False
        return found, np.flatnonzero(none)
