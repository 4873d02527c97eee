"""From a score to how rare it is: what share of benign texts scores at least as high.

As far as some texts of the reference score higher (a twentieth, at most MOST_EXCEEDING), its own quantiles answer;
beyond, an exponential tail that was fitted to those few, because a few thousand texts cannot say what one in a million
does (peaks over threshold, shape 0).
"""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Sequence

import msgspec
import numpy as np

BODY, TAIL = 90, 60
"""How many quantiles there are for shares from 1 down to 0.1, evenly, and below, in equal ratios."""
EXCEEDING = 0.05
FEWEST_EXCEEDING, MOST_EXCEEDING = 10, 100
FEWEST = 20
"""A calibration from fewer texts than this is not made: its quantiles would be noise."""
PRIOR = 300.0
"""How many of a workload's texts the shipped reference is worth, when both speak."""
_LEAST_SCALE = 0.2


class Calibration(msgspec.Struct, frozen=True, dict=True):
    """Of `count` benign texts the share `shares[i]` scores at least `scores[i]`; scores rise.

    `scale` is by how much those that score above the last of them exceed it, on average.
    """

    count: int
    shares: tuple[float, ...]
    scores: tuple[float, ...]
    scale: float

    def rarity(self, score: float) -> float:
        """The share of the benign texts that score at least as high; above 0, at most 1."""
        scores, logarithms = self.scores, self._logarithms
        place = bisect.bisect_right(scores, score) - 1
        if place < 0:
            return math.exp(logarithms[0])
        if place == len(scores) - 1:
            return math.exp(logarithms[-1] - (score - scores[-1]) / self.scale)
        slope = (logarithms[place + 1] - logarithms[place]) / (scores[place + 1] - scores[place])
        return math.exp(logarithms[place] + slope * (score - scores[place]))

    @functools.cached_property
    def _logarithms(self) -> tuple[float, ...]:
        return tuple(map(math.log, self.shares))


def calibrate(scores: Sequence[float]) -> Calibration:
    """A calibration from the scores of benign texts. Raises ValueError for fewer than FEWEST, or one not finite."""
    if len(scores) < FEWEST:
        raise ValueError(f"{len(scores)} texts are too few to calibrate with, at least {FEWEST} are needed")
    ordered = np.sort(np.asarray(scores, np.float64))
    if not np.isfinite(ordered).all():
        raise ValueError("a score is not finite")
    exceeding = min(max(EXCEEDING * len(ordered), FEWEST_EXCEEDING), MOST_EXCEEDING)
    least = exceeding / len(ordered)
    turn = max(0.1, least)
    shares = np.concatenate([np.linspace(1.0, turn, BODY), np.geomspace(turn, least, TAIL)[1:]])
    found = np.maximum.accumulate(np.quantile(ordered, 1.0 - shares).round(4))
    excess = ordered[ordered > found[-1]] - found[-1]
    scale = float(excess.mean()) if len(excess) else 0.0
    return Calibration(
        len(ordered),
        tuple(float(share) for share in shares.round(7)),
        tuple(float(score) for score in found),
        round(max(scale, _LEAST_SCALE), 4),
    )


def combined(shipped: float, own: Calibration | None) -> float:
    """How rare a text is, from its rarity by the shipped reference and the workload's own texts.

    Each weighs as many texts as it has; the shipped one counts as PRIOR, so that fifty texts of a workload do not give
    one in a thousand. `own` is made of `surprise(rarity)` of those texts.
    """
    if own is None:
        return shipped
    by_own = own.rarity(surprise(shipped))
    return (PRIOR * shipped + own.count * by_own) / (PRIOR + own.count)


def surprise(rarity: float) -> float:
    """A rarity as a score that rises with it: 3 for one in a thousand."""
    return -math.log10(max(rarity, 1e-12))


def of_several(rarity_of_one: float, count: float) -> float:
    """The rarity of the rarest of `count` looks at one text (Šidák): many looks find something rare by chance."""
    return -math.expm1(count * math.log1p(-min(rarity_of_one, 1.0 - 1e-12)))
