"""Shares and areas with their intervals, and rows of data."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from bench.accuracy.interval import wilson


def share(hits: Iterable[bool]) -> tuple[float, float, float]:
    """The share of hits with its 95 % interval (Wilson 1927)."""
    all_of_them = list(hits)
    return wilson(sum(all_of_them), len(all_of_them))


def area(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Area under the ROC curve: how often a row with the label scores above one without, ties count half."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks, at = 0.0, 0
    while at < len(order):
        end = at
        while end < len(order) and scores[order[end]] == scores[order[at]]:
            end += 1
        ranks += sum(labels[row] for row in order[at:end]) * (at + 1 + end) / 2
        at = end
    good = sum(labels)
    return (ranks - good * (good + 1) / 2) / (good * (len(labels) - good))


def area_with_interval(scores: Sequence[float], labels: Sequence[bool]) -> tuple[float, float, float]:
    """The area with its 95 % interval from 200 resamples, seeded."""
    source, n, found = random.Random(7), len(scores), []
    for _ in range(200):
        drawn = [source.randrange(n) for _ in range(n)]
        found.append(area([scores[row] for row in drawn], [labels[row] for row in drawn]))
    found.sort()
    return area(scores, labels), found[4], found[195]
