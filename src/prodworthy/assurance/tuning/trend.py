"""The trend of sampled quality (PSF-2.5): daily means, and the fall of the last day."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from prodworthy.assurance.tuning.report import Day, Trend
from prodworthy.policy.core.events import Sampled

_DAY = 86_400 * 1_000_000_000


def trend(samples: Iterable[Sampled]) -> Trend:
    """The trend of these samples, in whatever order they come."""
    sums: dict[int, tuple[float, int]] = {}
    for sample in samples:
        total, count = sums.get(sample.at // _DAY, (0.0, 0))
        sums[sample.at // _DAY] = total + sample.quality, count + 1
    numbers = sorted(sums)
    days = tuple(Day(_name(number), sums[number][0] / sums[number][1], sums[number][1]) for number in numbers)
    if len(days) < 2:
        return Trend(days)
    before = [sums[number] for number in numbers[:-1]]
    mean = sum(total for total, _ in before) / sum(count for _, count in before)
    return Trend(days, mean - days[-1].mean)


def _name(number: int) -> str:
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=number)).isoformat()
