"""What the model sees of pieces of text: buckets of hashed features in groups, each at the word where it ends.

Training and measuring both go through here, so that neither can see what the other does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.injection.grams import (
    Buckets,
    Hashes,
    Words,
    buckets,
    letter_features,
    word_features,
    words_of,
)

FEWEST = 4
"""A group of fewer features than this counts as this many: a single word must not shout."""
_CLASS_SALT = np.uint64(0x2545F4914F6CDD1D)
_NO_MEMBER = np.uint16(0)


class Classes(NamedTuple):
    """Words of like meaning: `words` are the sorted hashes of known words, a row of `members` their classes.

    There are several divisions, coarse and fine; class 0 is that of unknown words.
    """

    words: Hashes
    members: npt.NDArray[np.uint16]


class Row(NamedTuple):
    """Features `[start, end)` of one kind. Feature `i` of them belongs to place `i + shift` of its group."""

    start: int
    end: int
    shift: int


class Group(NamedTuple):
    """Rows over the same `length` places: words, or letters where `letters` is set.

    The groups before it have `first` places together.
    """

    rows: tuple[Row, ...]
    first: int
    length: int
    letters: bool


class Features(NamedTuple):
    """Pieces of text: their words, and the buckets of the features found in them, by group.

    The features in `crossing` belong to no piece: they begin in one and end in the next.
    """

    words: Words
    buckets: Buckets
    groups: tuple[Group, ...]
    crossing: list[int]


def features(pieces: Sequence[bytes], classes: Classes | None) -> Features:
    """All features of some pieces. Without `classes` only those of words and letters."""
    words = words_of(pieces)
    count = len(words.hashes)
    values = [word_features(words.hashes), letter_features(words.letters)]
    if classes is not None:
        known = _known(words.hashes, classes)
        values += [word_features(_classed(known, row, salt)) for salt, row in enumerate(classes.members, start=1)]
    groups: list[Group] = []
    start = first = 0
    for number, rows in enumerate(values):
        letters = number == 1
        length = len(words.letters) if letters else count
        placed: list[Row] = []
        for row in rows:
            size = len(row)
            placed.append(Row(start, start + size, 0 if letters else length - size))
            start += size
        groups.append(Group(tuple(placed), first, length, letters))
        first += length
    found = buckets([row for rows in values for row in rows])
    return Features(words, found, tuple(groups), _crossing(groups, words))


def _crossing(groups: Sequence[Group], words: Words) -> list[int]:
    """The features that begin in one piece and end in the next."""
    found: list[int] = []
    for first in words.firsts[1:-1]:
        for group in groups:
            border = int(words.begins[first]) if group.letters else first
            for start, end, _ in group.rows:
                # A row is as much shorter than its group as its features reach over more than one place.
                found += range(start + max(0, border - group.length + end - start), min(end, start + border))
    return found


def _known(hashes: Hashes, classes: Classes) -> Buckets:
    """For each word its place among the known words, or the place after all of them."""
    places = classes.words.searchsorted(hashes)
    places[places == len(classes.words)] = 0
    return np.where(classes.words[places] == hashes, places, len(classes.words))


def _classed(known: Buckets, members: npt.NDArray[np.uint16], salt: int) -> Hashes:
    padded = np.append(members, _NO_MEMBER)
    return (padded[known].astype(np.uint64) + np.uint64(salt << 32)) * _CLASS_SALT
