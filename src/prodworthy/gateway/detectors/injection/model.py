"""A linear model over hashed features and families of phrases, for all windows of some pieces of text at once.

A window's score is a log-odds: the sum of the weights of what is in it, each group divided by the root of its size.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.injection.features import (
    FEWEST,
    Classes,
    Features,
    features,
)
from prodworthy.gateway.detectors.injection.grams import Words
from prodworthy.gateway.detectors.injection.matching import NAMES, Phrases
from prodworthy.gateway.detectors.injection.windows import Part, Places, Windows, windows

Scores = npt.NDArray[np.float64]
_FEATURES = np.array([[4], [2]])
WORDS_LESS, LETTERS_LESS = 5, 7


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

    piece: int
    size: int
    scores: Scores
    families: list[int]


class Model:
    """Scores pieces of folded lower-case text. It holds nothing of what it scored."""

    def __init__(self, weights: Weights, phrases: Phrases) -> None:
        self._weights = weights
        self._phrases = phrases
        self._bits = 1 << np.arange(len(NAMES))
        # Four of these in one sum stay within 16 bits.
        self._table = weights.table.astype(np.int16)

    def look(self, pieces: Sequence[bytes]) -> list[Looked]:
        """Score the windows of some pieces, for each of SIZES that there are, in the order of the pieces.

        Most of the cost is that of the calls, not of the letters: many short pieces at once cost little more than one.
        """
        found = features(pieces, self._weights.classes)
        at = windows(found.words)
        families = families_of(self._phrases, pieces, found.words, at)
        scores = self._scores(found, at) + self._of_families(families, at)
        return [
            Looked(part.piece, part.size, scores[part.first : part.last], present)
            for part, present in zip(at.parts, families, strict=True)
        ]

    def _of_families(self, families: list[list[int]], at: Windows) -> Scores | float:
        if not any(map(any, families)):
            return self._weights.bias
        present = np.zeros(len(at.spans[0]), np.int64)
        for part, found in zip(at.parts, families, strict=True):
            present[part.first : part.last] = found
        return np.asarray(((present[:, None] & self._bits) != 0) @ self._weights.families + self._weights.bias)

    def _scores(self, found: Features, at: Windows) -> Scores:
        upto = self._upto(found)
        spans = np.array([at.spans, found.words.begins[at.spans]])
        roots = np.sqrt(_counts(at, spans))
        total = np.zeros(len(roots[0]))
        for weight, group in zip(self._weights.groups, found.groups, strict=True):
            before, after = upto[spans[int(group.letters)] + group.first]
            total += (weight * self._weights.scale) * (after - before) / roots[int(group.letters)]
        return total

    def _upto(self, found: Features) -> Places:
        """The sum of the weights of all features before each place, the groups one after the other."""
        weights = self._table.take(found.buckets)
        if found.crossing:
            weights[found.crossing] = 0
        placed = np.zeros(found.groups[-1].first + found.groups[-1].length, np.int16)
        for group in found.groups:
            for start, end, shift in group.rows:
                placed[group.first + shift : group.first + shift + end - start] += weights[start:end]
        sums = np.zeros(len(placed) + 1, np.int64)
        np.add.accumulate(placed, dtype=np.int64, out=sums[1:])
        return sums


def _counts(at: Windows, spans: Places) -> Places:
    """How many features of words each window has, and how many of letters, at least FEWEST.

    A word brings four, but the first word of a piece one and the second two; a letter brings two, but the last four
    letters of a piece one and thrice none. No window begins at a second word or ends within the last four letters.
    """
    counts = (spans[:, 1] - spans[:, 0]) * _FEATURES
    counts[0, [part.first for part in at.parts]] -= WORDS_LESS
    counts[1, [part.last - 1 for part in at.parts]] -= LETTERS_LESS
    least: Places = np.maximum(counts, FEWEST, out=counts)
    return least


def families_of(phrases: Phrases, pieces: Sequence[bytes], words: Words, at: Windows) -> list[list[int]]:
    """The families of phrases in each window of each part: of a paragraph, those of its sentences, or of the whole
    piece.

    All is scanned once where there are none, as nearly always.
    """
    if not phrases.within(words.text):
        return [[0] * (part.last - part.first) for part in at.parts]
    found: list[list[int]] = []
    for part in at.parts:
        if part.size == 0:
            anywhere = phrases.within(pieces[part.piece])
        single = part.last - part.first == 1
        if single or not anywhere:
            found.append([anywhere] * (part.last - part.first))
        elif part.size == 0:
            found.append([phrases.within(cut) for cut in _cuts(words, at, part)])
        else:
            sentences = at.of(at.parts[len(found) - 1])[0]
            first, last = at.of(part)
            low, high = sentences.searchsorted(first, "right") - 1, sentences.searchsorted(last)
            of = found[-1]
            found.append([functools.reduce(operator.or_, of[a:b]) for a, b in zip(low, high, strict=True)])
    return found


def _cuts(words: Words, at: Windows, part: Part) -> Iterator[bytes]:
    """The sentences of a piece with what stands around them, which belongs to patterns too."""
    first, last = words.firsts[part.piece], words.firsts[part.piece + 1]
    # From the end of the word before to the start of the word after.
    begins = [words.offsets[part.piece], *words.stops[first:last].tolist()]
    nexts = words.places[words.begins[first + 1 : last]].tolist()
    stops = [*nexts, words.offsets[part.piece + 1] - 1]
    starts, ends = at.of(part)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield words.text[begins[start - first] : stops[end - first - 1]]
