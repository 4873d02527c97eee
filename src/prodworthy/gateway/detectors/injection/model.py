"""A linear model over hashed features and families of phrases, for all windows of a piece of text at once.

A window's score is a log-odds: the sum of the weights of what is in it, each group divided by the root of its size.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.injection.features import FEWEST, Classes, Features, Group, features
from prodworthy.gateway.detectors.injection.grams import Words
from prodworthy.gateway.detectors.injection.matching import NAMES, Phrases
from prodworthy.gateway.detectors.injection.windows import Places, Spans, spans

Scores = npt.NDArray[np.float64]


class Weights(NamedTuple):
    """What was learned: a weight for each bucket (`table` times `scale`), each family of phrases, and the bias.

    `groups` weigh the groups of features against each other; they are chosen, not learned.
    """

    table: npt.NDArray[np.int8]
    scale: float
    bias: float
    groups: tuple[float, ...]
    families: npt.NDArray[np.float64]
    classes: Classes | None


class Looked(NamedTuple):
    """The windows of one size of a piece: their scores, and the families of phrases in each, as a set of bits."""

    scores: Scores
    families: Places


class Model:
    """Scores pieces of folded lower-case text. It holds nothing of what it scored."""

    def __init__(self, weights: Weights, phrases: Phrases) -> None:
        self._weights = weights
        self._phrases = phrases
        self._bits = 1 << np.arange(len(NAMES))

    def look(self, piece: bytes) -> tuple[Looked, ...]:
        """Score the windows of a piece, for each of SIZES that there are."""
        found = features(piece, self._weights.classes)
        prefixes = self._prefixes(found)
        anywhere = self._phrases.within(piece)
        looked: list[Looked] = []
        for at in spans(piece, found.words):
            scores = self._weights.bias + self._scores(found, prefixes, at)
            families = np.zeros(len(scores), np.int64)
            if anywhere:
                families = families_of(self._phrases, piece, found, at)
                scores += ((families[:, None] & self._bits) != 0) @ self._weights.families
            looked.append(Looked(scores, families))
        return tuple(looked)

    def _prefixes(self, found: Features) -> list[tuple[Places, Places]]:
        """For each group, the sum of the weights of all features before each place, and their number."""
        weights = self._weights.table[found.buckets]
        return [_before(weights, group) for group in found.groups]

    def _scores(self, found: Features, prefixes: list[tuple[Places, Places]], at: Spans) -> Scores:
        letters = letter_spans(found.words, at)
        total = np.zeros(len(at[0]))
        for weight, group, (sums, counts) in zip(self._weights.groups, found.groups, prefixes, strict=True):
            starts, ends = letters if group.letters else at
            count = np.maximum(counts[ends] - counts[starts], FEWEST)
            total += (weight * self._weights.scale) * (sums[ends] - sums[starts]) / np.sqrt(count)
        return total


def _before(weights: npt.NDArray[np.int8], group: Group) -> tuple[Places, Places]:
    sums = np.zeros(group.length + 1, np.int64)
    counts = np.zeros(group.length + 1, np.int64)
    for row in group.rows:
        first = row.shift + 1
        sums[first : first + row.end - row.start] += weights[row.start : row.end]
        counts[first : first + row.end - row.start] += 1
    return np.cumsum(sums, out=sums), np.cumsum(counts, out=counts)


def letter_spans(words: Words, at: Spans) -> Spans:
    """Spans of words, in letters."""
    begins = np.concatenate([[0], words.ends + 1])
    return begins[at[0]], begins[at[1]]


def families_of(phrases: Phrases, piece: bytes, found: Features, at: Spans) -> Places:
    """The families of phrases in each window."""
    starts, ends = at
    if len(starts) == 1:
        return np.array([phrases.within(piece)])
    words = found.words
    after = words.places[words.ends]
    begins = np.concatenate([[0], after])
    # From the end of the word before to the start of the word after: what stands around words belongs to patterns.
    stops = np.append(words.places[words.ends[:-1] + 1], len(piece))
    return np.array(
        [phrases.within(piece[begins[start] : stops[end - 1]]) for start, end in zip(starts, ends, strict=True)]
    )
