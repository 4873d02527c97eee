"""What the model sees of a piece of text: buckets of hashed features in groups, each at the word where it ends.

Training and measuring both go through here, so that neither can see what the other does not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.injection.grams import (
    LONGEST,
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


WORD_FEATURES = np.cumsum(np.concatenate([[0, 1, 2], np.full(LONGEST, 4)]))
"""How many features the first so many words have: a word, then a pair too, then a triple and a pair with a gap."""


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
    """Rows over the same `length` places: words, or letters where `letters` is set."""

    rows: tuple[Row, ...]
    length: int
    letters: bool

    def before(self, places: Buckets) -> Buckets:
        """How many features belong to places before each of these."""
        if not self.letters:
            return WORD_FEATURES[places]
        four, five = (max(0, row.end - row.start) for row in self.rows)
        return np.minimum(places, four) + np.minimum(places, five)


class Features(NamedTuple):
    """A piece of text: its words, and the buckets of the features found in it, by group."""

    words: Words
    buckets: Buckets
    groups: tuple[Group, ...]


def features(piece: bytes, classes: Classes | None) -> Features:
    """All features of a piece. Without `classes` only those of words and letters."""
    words = words_of(piece)
    count = len(words.hashes)
    values = [word_features(words.hashes), letter_features(words.letters)]
    if classes is not None:
        known = _known(words.hashes, classes)
        values += [word_features(_classed(known, row, salt)) for salt, row in enumerate(classes.members, start=1)]
    groups: list[Group] = []
    start = 0
    for number, rows in enumerate(values):
        letters = number == 1
        length = len(words.letters) if letters else count
        placed: list[Row] = []
        for row in rows:
            placed.append(Row(start, start + len(row), 0 if letters else length - len(row)))
            start += len(row)
        groups.append(Group(tuple(placed), length, letters))
    return Features(words, buckets([row for rows in values for row in rows]), tuple(groups))


def _known(hashes: Hashes, classes: Classes) -> Buckets:
    """For each word its place among the known words, or the place after all of them."""
    places = np.searchsorted(classes.words, hashes)
    places[places == len(classes.words)] = 0
    return np.where(classes.words[places] == hashes, places, len(classes.words))


def _classed(known: Buckets, members: npt.NDArray[np.uint16], salt: int) -> Hashes:
    padded = np.append(members, _NO_MEMBER)
    return (padded[known].astype(np.uint64) + np.uint64(salt << 32)) * _CLASS_SALT
