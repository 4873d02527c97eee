"""What a manifest declares for a detector, and the fault of one that cannot be had."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from prodworthy.gateway.detectors.detector import Detector
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.contract import settings_of

T = TypeVar("T")

Builder = Callable[[Workload], Detector]
"""Makes the detector of one fact for a workload. Raises NotEquipped."""


class NotEquipped(Exception):
    """A workload needs a detector that this gateway does not have; the message says which."""


def settings_in(workload: Workload, kind: type[T]) -> T | None:
    """The settings of this type among all controls of a workload."""
    return settings_of((c for controls in workload.controls.values() for c in controls), kind)
