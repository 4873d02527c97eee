"""A text's figures as arrays: where runs of them end and what adjoins them, for thousands of places at once.

It answers what `rule` and the expressions of `phones` answer for one place, and the same. It pays where a text is a
table of figures; for a handful of places it costs more than it saves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_PAD = 4


def _class(characters: str) -> Flags:
    table = np.zeros(256, np.bool_)
    table[list(characters.encode("latin-1"))] = True
    return table


_DIGIT = _class("0123456789")
_ALNUM = _DIGIT | _class("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_PARTS, _BRACKETS, _SPACE = _class(" .-/\u00a0"), _class("()"), _class(" ")
_IN_TABLES = _class(" .-/")
_GLUED_BEFORE, _GLUED_AFTER = _ALNUM | _class("_$#\\"), _ALNUM | _class("_@%")
_JOINS_BEFORE, _JOINS_AFTER, _POINT, _HYPHENS = _class("-/+@%"), _class("-/"), _class("."), _class("-/")
_DOUBLED = np.array([0, 2, 4, 6, 8, 1, 3, 5, 7, 9])
_OPENING, _EXTENDS = _class("+("), _class("x#e")
IN_A_TABLE = 5
"""Groups in a row that begin with 0, behind which one more makes a table."""


class Figures:
    """The figures of a text, by their number: figure `k` stands at `at[k]`, and `digits` holds all of them."""

    def __init__(self, text: str) -> None:
        """Read the text once: about 20 nanoseconds for a character."""
        # What Latin-1 lacks stands as `?`, which is neither letter, digit nor part of a number.
        raw = b"\0" * _PAD + text.encode("latin-1", "replace") + b"\0" * _PAD
        self._raw = np.frombuffer(raw, np.uint8)
        self.at: Places = np.flatnonzero(_DIGIT[self._raw]) - _PAD
        self.digits = self._raw[self.at + _PAD].tobytes().decode("ascii")
        self._values = self._raw[self.at + _PAD] - ord("0")
        gaps = np.diff(self.at) - 1
        self._groups: Places = np.concatenate(([0], np.flatnonzero(gaps) + 1))
        self._breaks: Places = np.concatenate((np.flatnonzero(~self._linked(gaps)), [len(self.at) - 1]))

    def _byte(self, places: Places) -> npt.NDArray[np.uint8]:
        return self._raw[places + _PAD]

    def _linked(self, gaps: Places) -> Flags:
        """Whether a figure and its successor belong to one run: at most a separator, a bracket and a space between."""
        here = self.at[:-1]
        one, two, three = self._byte(here + 1), self._byte(here + 2), self._byte(here + 3)
        parts, bracket = _PARTS[one], _BRACKETS[one]
        pair = (parts & (_BRACKETS[two] | _SPACE[two])) | (bracket & _SPACE[two])
        triple = parts & _BRACKETS[two] & _SPACE[three]
        linked: Flags = (gaps == 0) | ((gaps == 1) & (parts | bracket)) | ((gaps == 2) & pair) | ((gaps == 3) & triple)
        return linked

    def first(self, starts: Places) -> Places:
        """The number of the first figure from each place on."""
        return np.searchsorted(self.at, starts)

    def last(self, first: Places, limits: Places) -> Places:
        """The number of the last figure of the run that figure `first` begins, before the limit."""
        run: Places = self._breaks[np.searchsorted(self._breaks, first)]
        return np.minimum(run, np.searchsorted(self.at, limits) - 1)

    def group(self, figures: Places) -> Places:
        """The number of the first figure of the unbroken group in which each of these stands."""
        opening: Places = self._groups[np.searchsorted(self._groups, figures, "right") - 1]
        return opening

    def luhn(self, first: Places, size: int) -> Flags:
        """Whether Luhn's sum holds for `size` figures from each of these on."""
        total = np.zeros(len(first), np.int64)
        for place in range(size):
            value = self._values[first + place]
            total += _DOUBLED[value] if (size - place) % 2 == 0 else value
        holds: Flags = total % 10 == 0
        return holds

    def number(self, first: Places, size: int) -> Places:
        """What `size` figures from each of these on say as a number."""
        total = np.zeros(len(first), np.int64)
        for place in range(size):
            total = total * 10 + self._values[first + place]
        return total

    def same(self, first: Places, size: int) -> Places:
        """How many of `size` figures from each of these on are as the first."""
        total = np.zeros(len(first), np.int64)
        for place in range(size):
            total += self._values[first + place] == self._values[first]
        return total

    def tables(self, figures: Places) -> Flags:
        """Whether a table begins at these: groups of up to four figures that begin with 0, one more than IN_A_TABLE."""
        groups = self._groups
        zero = self._byte(self.at[groups]) == ord("0")
        ends = self.at[np.concatenate((groups[1:], [len(self.at)])) - 1]
        sizes, gaps = np.diff(np.append(groups, len(self.at))), np.append(self.at[groups[1:]] - ends[:-1] - 1, 0)
        parted = _IN_TABLES[self._byte(ends + 1)] & ((gaps == 1) | ((gaps == 2) & _IN_TABLES[self._byte(ends + 2)]))
        row = np.append(zero & (sizes <= 4) & parted, np.zeros(IN_A_TABLE, np.bool_))
        table = np.append(zero, np.zeros(IN_A_TABLE, np.bool_))[IN_A_TABLE:]
        for further in range(IN_A_TABLE):
            table = table & row[further : further + len(groups)]
        place = np.searchsorted(groups, figures, "right") - 1
        begins: Flags = table[place] & (groups[place] == figures)
        return begins

    def opens(self, starts: Places) -> Flags:
        """Whether a number may begin here: nothing before belongs to it."""
        here, before, second = self._byte(starts), self._byte(starts - 1), self._byte(starts - 2)
        joined = (_JOINS_BEFORE[before] & _ALNUM[second]) | (_POINT[before] & _DIGIT[second])
        within = _HYPHENS[before] & _DIGIT[second] & _DIGIT[here]
        free = np.where(_OPENING[here], ~_ALNUM[before], ~(_GLUED_BEFORE[before] | joined))
        opens: Flags = free & ~within
        return opens

    def closes(self, ends: Places) -> tuple[Flags, Flags]:
        """Whether nothing from here on belongs to what ends here; and whether an extension may begin here."""
        after, second = self._byte(ends), self._byte(ends + 1)
        joined = (_JOINS_AFTER[after] & _ALNUM[second]) | (_POINT[after] & _DIGIT[second])
        return ~(_GLUED_AFTER[after] | joined), _EXTENDS[after] | (_SPACE[after] & _EXTENDS[second])
