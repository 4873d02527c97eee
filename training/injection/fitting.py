"""From texts to weights: logistic regression over the features that the detector computes, quantised to bytes.

Deterministic: sorted input, a fixed seed, one thread (set OMP_NUM_THREADS and OPENBLAS_NUM_THREADS to 1).
"""

from __future__ import annotations

import collections
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse
from sklearn.linear_model import LogisticRegression

from prodworthy.gateway.detectors.injection.features import FEWEST, Classes, Features, features
from prodworthy.gateway.detectors.injection.grams import SPACE
from prodworthy.gateway.detectors.injection.matching import NAMES, Phrases
from prodworthy.gateway.detectors.injection.model import Weights, families_of
from prodworthy.gateway.detectors.injection.windows import SIZES, Spans, pieces, windows
from prodworthy.gateway.detectors.normalising.normal import normalise
from training.injection.reading import LOOKALIKES, Text

GROUPS = {"fast": (1.0, 0.5), "default": (1.0, 0.8, 0.5, 0.5)}
STRENGTH = 3.0
"""Inverse of the penalty."""
MOST_WINDOWS = 8
"""A long text gives at most so many windows to train on, together as heavy as one text."""
_LOUDNESS = 1.0
LOOKALIKE_WEIGHT = 24.0
"""Texts that only look like orders are few, and each is worth several ordinary ones."""


class Vectors(NamedTuple):
    """One row per window: the number of the text that it came from, and the place of its size in SIZES."""

    matrix: sparse.csr_matrix
    text: npt.NDArray[np.int64]
    size: npt.NDArray[np.int64]

    def chosen(self, texts: npt.NDArray[np.bool_]) -> Vectors:
        """The windows of some of the texts, numbered anew."""
        keep = texts[self.text]
        return Vectors(self.matrix[keep], (np.cumsum(texts) - 1)[self.text[keep]], self.size[keep])


Row = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]


def vectors(texts: Sequence[Text], classes: Classes | None, phrases: Phrases, groups: tuple[float, ...]) -> Vectors:
    """The windows of texts, as the model will see them."""
    columns, values, ends = [np.zeros(0, np.int64)], [np.zeros(0)], [0]
    owner: list[int] = []
    sizes: list[int] = []
    for number, text in enumerate(texts):
        for size, (column, value) in _windows(text, classes, phrases, groups):
            columns.append(column)
            values.append(value)
            ends.append(ends[-1] + len(column))
            owner.append(number)
            sizes.append(size)
    shape = (len(owner), SPACE + len(NAMES))
    matrix = sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), np.array(ends)), shape=shape)
    return Vectors(matrix, np.array(owner, np.int64), np.array(sizes, np.int64))


def _windows(
    text: Text, classes: Classes | None, phrases: Phrases, groups: tuple[float, ...]
) -> Iterator[tuple[int, Row]]:
    """At most MOST_WINDOWS windows of each size, spread over the first piece of the text."""
    first = [next(pieces(normalise(text.text).text.lower().encode("utf-8", "replace")))]
    seen = features(first, classes)
    at = windows(seen.words)
    found = families_of(phrases, first, seen.words, at)
    for part, families in zip(at.parts, found, strict=True):
        spans = at.of(part)
        for one in np.unique(np.linspace(0, spans.shape[1] - 1, MOST_WINDOWS).astype(np.int64)):
            yield part.size, _row(seen, spans[:, one : one + 1], int(families[one]), groups)


def _row(seen: Features, at: Spans, families: int, groups: tuple[float, ...]) -> Row:
    letters = seen.words.begins[at]
    columns, values = [], []
    for weight, group in zip(groups, seen.groups, strict=True):
        (first,), (last,) = letters if group.letters else at
        inside = []
        for row in group.rows:
            start, end = max(0, first - row.shift), min(row.end - row.start, last - row.shift)
            inside.append(seen.buckets[row.start + start : row.start + max(start, end)])
        found, counts = np.unique(np.concatenate(inside), return_counts=True)
        columns.append(found)
        values.append(weight * counts / np.sqrt(max(counts.sum(), FEWEST)))
    present = np.array([place for place in range(len(NAMES)) if families >> place & 1], np.int64)
    columns.append(SPACE + present)
    values.append(np.full(len(present), _LOUDNESS))
    return np.concatenate(columns), np.concatenate(values)


def weigh(texts: Sequence[Text], made: Vectors) -> npt.NDArray[np.float64]:
    """A source counts by the root of its size, and the windows of one size of a text count as one.

    Sentences of a long attack count nothing: which of its sentences give the order is not known.
    """
    sizes = collections.Counter((text.source, text.attack) for text in texts)
    attack = np.array([text.attack for text in texts])[made.text]
    large = np.zeros(len(texts), dtype=np.bool_)
    large[made.text[made.size > 0]] = True
    counts = ~(attack & (made.size == 0) & large[made.text])
    alike = made.text * len(SIZES) + made.size
    windows_of = np.bincount(alike, minlength=len(texts) * len(SIZES))[alike]
    weights = np.array([sizes[text.source, text.attack] ** -0.5 for text in texts])[made.text]
    alike_source = np.array([text.source == LOOKALIKES for text in texts])[made.text]
    weights = counts * weights / windows_of * np.where(alike_source, LOOKALIKE_WEIGHT, 1.0)
    return np.asarray(weights / weights.mean(), np.float64)


def fit(made: Vectors, texts: Sequence[Text], groups: tuple[float, ...], classes: Classes | None) -> Weights:
    """Learn the weights from windows and the texts they came from."""
    weights = weigh(texts, made)
    labels = np.array([text.attack for text in texts])[made.text]
    learned = LogisticRegression(C=STRENGTH, solver="liblinear", random_state=0, max_iter=300)
    learned.fit(made.matrix[weights > 0], labels[weights > 0], sample_weight=weights[weights > 0])
    found = learned.coef_[0]
    table, scale = _quantised(found[:SPACE])
    families = (found[SPACE:] * _LOUDNESS).round(4)
    return Weights(table, scale, round(float(learned.intercept_[0]), 4), groups, families, classes)


def _quantised(weights: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int8], float]:
    """Weights as bytes; the few largest are cut off, so that the many small ones keep their shape."""
    most = float(np.quantile(np.abs(weights[weights != 0]), 0.9995))
    scale = round(most / 127, 8)
    return np.clip(np.rint(weights / scale), -127, 127).astype(np.int8), scale


def linear(made: Vectors, weights: Weights) -> npt.NDArray[np.float64]:
    """The score of each window, from the vectors that were made of it."""
    learned = np.concatenate([weights.table * weights.scale, weights.families / _LOUDNESS])
    return np.asarray(made.matrix @ learned + weights.bias, np.float64)
