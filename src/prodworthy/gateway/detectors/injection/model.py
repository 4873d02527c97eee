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
    LETTER_REACHES,
    WORD_FEATURES,
    Classes,
    Features,
    Group,
    features,
)
from prodworthy.gateway.detectors.injection.grams import Words
from prodworthy.gateway.detectors.injection.matching import NAMES, Phrases
from prodworthy.gateway.detectors.injection.windows import Part, Places, Spans, Windows, windows

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
        weights = self._table.take(found.buckets)
        if found.crossing:
            weights[found.crossing] = 0
        letters = letter_spans(found.words, at.spans)
        roots = np.sqrt(_counts(found.words, at)), np.sqrt(_letter_counts(found.words, at, letters))
        total = np.zeros(len(at.spans[0]))
        for weight, group in zip(self._weights.groups, found.groups, strict=True):
            before, upto = _before(weights, group)[letters if group.letters else at.spans]
            total += (weight * self._weights.scale) * (upto - before) / roots[group.letters]
        return total


def _before(weights: npt.NDArray[np.int16], group: Group) -> Places:
    """The sum of the weights of all features before each place."""
    placed = np.zeros(group.length, np.int16)
    for row in group.rows:
        placed[row.shift : row.shift + row.end - row.start] += weights[row.start : row.end]
    sums = np.zeros(group.length + 1, np.int64)
    np.add.accumulate(placed, dtype=np.int64, out=sums[1:])
    return sums


def _counts(words: Words, at: Windows) -> Places:
    """How many features of words each window has, at least FEWEST."""
    spans = at.spans
    if len(words.firsts) > 2:
        spans = spans - _of_pieces(words.firsts[:-1], at)
    before, upto = WORD_FEATURES[spans]
    counts: Places = np.maximum(upto - before, FEWEST)
    return counts


def _letter_counts(words: Words, at: Windows, letters: Spans) -> Places:
    """How many runs of letters begin in each window and end in its piece, at least FEWEST."""
    lasts = words.begins[words.firsts[1:]]
    last = _of_pieces(lasts.tolist(), at) if len(lasts) > 1 else lasts
    counts = np.zeros(len(at.spans[0]), np.int64)
    for reach in LETTER_REACHES:
        before, upto = np.minimum(letters, last - reach)
        counts += upto - before
    return np.maximum(counts, FEWEST)


def _of_pieces(values: Sequence[int], at: Windows) -> Places:
    """For each window the value of its piece."""
    found = np.zeros(len(at.spans[0]), np.int64)
    for part in at.parts:
        found[part.first : part.last] = values[part.piece]
    return found


def letter_spans(words: Words, at: Spans) -> Spans:
    """Spans of words, in letters."""
    return words.begins[at]


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
            low, high = np.searchsorted(sentences, first, "right") - 1, np.searchsorted(sentences, last)
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
