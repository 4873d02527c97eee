"""Detectors that can learn what is ordinary in a workload's own traffic.

The builders of `for_texts` hand what was learned (`Workload.calibrations`) to the detectors that measure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from prodworthy.gateway.detectors.injection.own import InjectionCalibrator
from prodworthy.gateway.detectors.profiles import profile_of
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.operations.tuning.learned import Learned
from prodworthy.policy.core.exchange import Passage


class Calibrator(Protocol):
    """Learns for one detector from benign texts."""

    def rarity(self, passage: Passage) -> float | None:
        """Which share of benign texts is as strange as this one, as the product was shipped, without anything learned.

        None for a text that the detector does not read.
        """

    def learn(self, texts: Sequence[tuple[str, float]]) -> Learned:
        """What is learned from roles of texts and their rarities. Raises ValueError where they are too few."""


CALIBRATORS: Mapping[str, Callable[[Workload], Calibrator]] = MappingProxyType(
    {"injection": lambda workload: InjectionCalibrator(profile_of(workload))}
)
"""By the fact that the detector measures."""
