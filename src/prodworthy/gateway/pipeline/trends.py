"""How the quality of each workload's sampled answers goes, in this process."""

from __future__ import annotations

from collections import OrderedDict, deque

from prodworthy.policy.controls.output_validation.sampled_quality import Settings

MOST_WORKLOADS = 1_000
"""Workloads whose last samples are remembered; the longest unused is forgotten first."""


class Trends:
    """The last sampled qualities of each workload in this process."""

    def __init__(self) -> None:
        """Nothing is sampled yet."""
        self._last: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()
        self._low: set[tuple[str, str]] = set()

    def add(self, workload: tuple[str, str], quality: float, settings: Settings) -> float | None:
        """Take one more; the mean of the window when it has just fallen below the floor, else None."""
        last = self._last.setdefault(workload, deque(maxlen=settings.window))
        if last.maxlen != settings.window:
            last = self._last[workload] = deque(last, maxlen=settings.window)
        self._last.move_to_end(workload)
        if len(self._last) > MOST_WORKLOADS:
            self._low.discard(self._last.popitem(last=False)[0])
        last.append(quality)
        mean = sum(last) / len(last)
        if len(last) < settings.window or mean >= settings.floor:
            self._low.discard(workload)
            return None
        fell = workload not in self._low
        self._low.add(workload)
        return mean if fell else None
