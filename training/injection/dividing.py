"""Points divided into classes of near ones (k-means), in whole numbers: the same classes on any machine.

Sums and products of whole numbers below 2**53 are exact in float64, so their order does not matter.
"""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt

MOST_ROUNDS = 40
LARGEST = 10_000
"""No coordinate may be further from 0: 64 squares of such numbers, times 30,000 points, stay below 2**53."""

Whole = npt.NDArray[np.float64]


def divide(points: Whole, count: int, seed: int) -> npt.NDArray[np.int64]:
    """The class of each point, 0 to `count` - 1. Raises ValueError for points that are not whole or too far out."""
    if not np.array_equal(points, np.rint(points)) or np.abs(points).max() > LARGEST:
        raise ValueError("points must be whole numbers, none further from 0 than LARGEST")
    centres = _first(points, count, random.Random(seed))
    classes = _nearest(points, centres)
    for _ in range(MOST_ROUNDS):
        sizes = np.bincount(classes, minlength=count)
        sums = np.array([np.bincount(classes, column, minlength=count) for column in points.T]).T
        # A class that lost all its points keeps its centre.
        centres = np.where(sizes[:, None] > 0, np.rint(sums / np.maximum(sizes, 1)[:, None]), centres)
        before, classes = classes, _nearest(points, centres)
        if np.array_equal(before, classes):
            break
    return classes


def _first(points: Whole, count: int, draw: random.Random) -> Whole:
    """Centres to begin with: each a point, drawn by the square of its distance from those before (k-means++)."""
    chosen = [int(draw.random() * len(points))]
    away = ((points - points[chosen[0]]) ** 2).sum(1)
    while len(chosen) < count:
        upto = np.cumsum(away)
        place = int(np.searchsorted(upto, np.floor(draw.random() * upto[-1]), side="right"))
        chosen.append(place)
        away = np.minimum(away, ((points - points[place]) ** 2).sum(1))
    return points[chosen]


def _nearest(points: Whole, centres: Whole) -> npt.NDArray[np.int64]:
    """The nearest centre of each point, the first of several."""
    return np.asarray(((centres**2).sum(1) - 2 * (points @ centres.T)).argmin(1), np.int64)
