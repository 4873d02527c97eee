"""A second reading of a folded text, for letters set apart (`i g n o r e`) and figures for letters (`1gn0r3`).

It is a guess, so it stands beside the first reading and never in its place.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.normalising.normal import Codes, Normal, Places, codes_of, text_of
from prodworthy.gateway.detectors.normalising.shapes import may_be_misspelled

SHORTEST = 5
"""Letters in a row, each standing alone, from which they are drawn together."""
WIDEST = 4
"""Characters between two letters that may still belong to one word."""
_MOSTLY = 0.6
_WORDS = 2
_OFTEN = 0.2

_FIGURES = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "!": "i", "|": "l", "+": "t"}  # fmt: skip
_LETTER_OF = np.arange(128, dtype=np.uint32)
_LETTER_OF[[ord(figure) for figure in _FIGURES]] = [ord(letter) for letter in _FIGURES.values()]
_ASCII = [chr(code) for code in range(128)]
# Whatever is not ASCII counts as a letter here: it was not folded to one, so it is of another script.
_IS_LETTER = np.array([char.isalpha() for char in _ASCII] + [True])
_IS_SIGN = np.array([char.isalnum() for char in _ASCII] + [True])
_IS_FIGURE = np.array([char in _FIGURES for char in _ASCII] + [False])
_IS_BLANK = np.array([char.isspace() for char in _ASCII] + [False])
_ENDS_A_WORD = np.array([char.isspace() or char in ",;:()[]{}<>\"'" for char in _ASCII] + [False])

Flags = npt.NDArray[np.bool_]


def respelled(normal: Normal) -> Normal | None:
    """The text with letters drawn together and figures read as letters, or None where there are neither.

    Places lead to the original text, like those of `normal`. Time is linear in the length.
    """
    if not may_be_misspelled(normal.text.encode("ascii", "replace")):
        return None
    codes = codes_of(normal.text)
    kept = _drawn_together(np.minimum(codes, 128))
    read = _figures_read(codes if kept is None else codes[kept])
    if kept is None and read is None:
        return None
    places = normal.places
    if kept is not None:
        places = kept if places is None else places[kept]
        codes = codes[kept]
    return Normal(text_of(codes if read is None else read), places)


class _Gaps(NamedTuple):
    """What stands between two letters that each stand alone: `[start, end)`, and the row of letters it is in."""

    start: Places
    end: Places
    row: Places


def _drawn_together(plain: Codes) -> Places | None:
    """The places to keep, or None for all: gaps inside a row of single letters go, one sign of a wider gap stays."""
    edges = np.diff(_IS_SIGN[plain].astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    gaps = _gaps(plain, starts, ends)
    if not len(gaps.start):
        return None
    width = gaps.end - gaps.start
    usual = np.full(gaps.row.max() + 1, WIDEST)
    np.minimum.at(usual, gaps.row, width)
    blanks = np.concatenate([[0], np.cumsum(_IS_BLANK[plain])])
    blank = blanks[gaps.end] > blanks[gaps.start]
    dotted = np.zeros(len(usual), dtype=np.bool_)
    dotted[gaps.row[~blank]] = True
    border = (width > usual[gaps.row]) | (blank & dotted[gaps.row])
    change = np.zeros(len(plain) + 1, dtype=np.int64)
    change[gaps.start] += 1
    change[gaps.end - border] -= 1
    return np.flatnonzero(np.cumsum(change[:-1]) == 0)


def _gaps(plain: Codes, starts: Places, ends: Places) -> _Gaps:
    single = ends - starts == 1
    linked = single[:-1] & single[1:] & (starts[1:] - ends[:-1] <= WIDEST)
    rows = np.concatenate([[0], np.cumsum(~linked)]) if len(starts) else starts
    count = np.bincount(rows)
    letters = np.bincount(rows, weights=_IS_LETTER[plain[starts]])
    good = (count >= SHORTEST) & (letters >= _MOSTLY * count)
    chosen = np.flatnonzero(linked & good[rows[:-1]])
    return _Gaps(ends[chosen], starts[chosen + 1], rows[chosen])


def _figures_read(codes: Codes) -> Codes | None:
    plain = np.minimum(codes, 128)
    letter, figure = _IS_LETTER[plain], _IS_FIGURE[plain]
    starts = np.flatnonzero(np.diff(_ENDS_A_WORD[plain].astype(np.int8), prepend=0))
    starts = np.concatenate([[0], starts]) if not len(starts) or starts[0] else starts
    mixed = _mixed(letter, figure, starts)
    if mixed.sum() < _WORDS:
        return None
    if mixed.sum() > _OFTEN * len(starts) / 2:
        mixed = np.logical_or.reduceat(letter, starts) & np.logical_or.reduceat(figure, starts)
    chosen = figure & np.repeat(mixed, np.diff(starts, append=len(codes)))
    return _read(codes, chosen, plain)


def _mixed(letter: Flags, figure: Flags, starts: Places) -> Flags:
    """Words in which a figure stands before a letter: `h3llo`, `4ll`, but not `utf8`, `v2` or `10`."""
    before = np.zeros(len(letter), dtype=np.bool_)
    before[:-1] = figure[:-1] & letter[1:]
    mixed: Flags = np.logical_or.reduceat(before, starts)
    return mixed


def _read(codes: Codes, chosen: Flags, plain: Codes) -> Codes:
    """Figures as letters; a doubled 1 is a doubled l."""
    one = codes == ord("1")
    twice = np.zeros(len(codes), dtype=np.bool_)
    twice[1:] = one[1:] & one[:-1]
    twice[:-1] |= twice[1:]
    read = np.where(chosen, _LETTER_OF[np.minimum(plain, 127)], codes)
    return np.where(chosen & twice, np.uint32(ord("l")), read)
