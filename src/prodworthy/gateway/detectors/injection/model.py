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
        places = spans(piece, found.words)
        families = families_of(self._phrases, piece, found.words, places)
        return tuple(
            Looked(self._scores(found, prefixes, at) + self._of_families(present), present)
            for at, present in zip(places, families, strict=True)
        )

    def _of_families(self, families: Places) -> Scores | float:
        if not families.any():
            return self._weights.bias
        present = ((families[:, None] & self._bits) != 0) @ self._weights.families
        return np.asarray(present + self._weights.bias, np.float64)

    def _prefixes(self, found: Features) -> list[Places]:
        """For each group, the sum of the weights of all features before each place."""
        weights = self._weights.table[found.buckets].astype(np.int64)
        return [_before(weights, group) for group in found.groups]

    def _scores(self, found: Features, prefixes: list[Places], at: Spans) -> Scores:
        letters = letter_spans(found.words, at)
        total = np.zeros(len(at[0]))
        for weight, group, sums in zip(self._weights.groups, found.groups, prefixes, strict=True):
            starts, ends = letters if group.letters else at
            count = np.maximum(group.before(ends) - group.before(starts), FEWEST)
            total += (weight * self._weights.scale) * (sums[ends] - sums[starts]) / np.sqrt(count)
        return total


def _before(weights: Places, group: Group) -> Places:
    sums = np.zeros(group.length + 1, np.int64)
    for row in group.rows:
        first = row.shift + 1
        sums[first : first + row.end - row.start] += weights[row.start : row.end]
    return np.cumsum(sums, out=sums)


def letter_spans(words: Words, at: Spans) -> Spans:
    """Spans of words, in letters."""
    begins = np.concatenate([[0], words.ends + 1])
    return begins[at[0]], begins[at[1]]


def families_of(phrases: Phrases, piece: bytes, words: Words, places: tuple[Spans, ...]) -> tuple[Places, ...]:
    """The families of phrases in each window: of a paragraph, those of its sentences, or of the whole piece.

    The piece is scanned once where there are none, as nearly always.
    """
    anywhere = phrases.within(piece)
    if not anywhere or len(places) == 1:
        return tuple(np.full(len(starts), anywhere) for starts, _ in places)
    (starts, ends), (first, last) = places
    begins = np.concatenate([[0], words.places[words.ends]])
    # From the end of the word before to the start of the word after: what stands around words belongs to patterns.
    stops = np.append(words.places[words.ends[:-1] + 1], len(piece))
    cuts = zip(begins[starts].tolist(), stops[ends - 1].tolist(), strict=True)
    sentences = np.array([phrases.within(piece[begin:stop]) for begin, stop in cuts])
    if len(first) == 1:
        return sentences, np.array([anywhere])
    low, high = np.searchsorted(starts, first, "right") - 1, np.searchsorted(starts, last)
    return sentences, np.array([np.bitwise_or.reduce(sentences[a:b]) for a, b in zip(low, high, strict=True)])
