"""The reference that ships with the weights: scores of benign texts by models that never saw their source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from prodworthy.gateway.detectors.injection.calibration import Calibration, calibrate
from prodworthy.gateway.detectors.injection.features import Classes
from prodworthy.gateway.detectors.injection.windows import SIZES
from training.injection.fitting import Vectors, fit, linear
from training.injection.reading import PROVENANCES, Text

FOLDS = 4
SHARE = 400
"""A source gives at most so many windows to a reference: one large source must not decide what is ordinary."""


def references(
    made: Vectors, texts: Sequence[Text], groups: tuple[float, ...], classes: Classes | None
) -> dict[str, tuple[Calibration, ...]]:
    """Leave out a quarter of the benign sources at a time, learn from the rest, and score the windows left out."""
    sources = sorted({text.source for text in texts if not text.attack and not text.source.startswith("own")})
    source = np.array([text.source for text in texts])
    attack = np.array([text.attack for text in texts])
    scores: dict[str, list[list[float]]] = {each: [[] for _ in SIZES] for each in PROVENANCES}
    provenance = {text.source: text.provenance for text in texts}
    for fold in range(FOLDS):
        left = sources[fold::FOLDS]
        inside = attack | ~np.isin(source, left)
        kept = [text for text, stays in zip(texts, inside, strict=True) if stays]
        measured = linear(made, fit(made.chosen(inside), kept, groups, classes))
        for each in left:
            benign = (source[made.text] == each) & ~attack[made.text]
            for size in range(len(SIZES)):
                found = measured[benign & (made.size == size)]
                scores[provenance[each]][size] += found[:: max(1, len(found) // SHARE)].tolist()
    return {each: tuple(calibrate(of_size) for of_size in sized) for each, sized in scores.items()}
