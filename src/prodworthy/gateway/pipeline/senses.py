"""What a workload's controls need measured, worked out once: of a request, of an answer, and for the record."""

from __future__ import annotations

import msgspec

from prodworthy.gateway.detectors.declared import NotEquipped
from prodworthy.gateway.detectors.detector import Detector, Windowed
from prodworthy.gateway.detectors.equipment import GIVEN, Equipment
from prodworthy.gateway.pipeline.guard import Watch
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.contract import Configured, Point
from prodworthy.policy.core.manifest import Mode


class CannotServe(Exception):
    """A workload that this gateway cannot prepare; the message says why."""


class Senses(msgspec.Struct, frozen=True):
    """The detectors of one workload, by what they read: a request, an answer window by window (`watch`), an answer as a
    whole, what is kept of either, a sample of answers. `tokens`: personal data is replaced by tokens."""

    request: tuple[Detector, ...]
    watch: Watch
    whole: tuple[Detector, ...]
    record: tuple[Detector, ...]
    sample: tuple[Detector, ...]
    tokens: bool


def sense(workload: Workload, equipment: Equipment) -> Senses:
    """The detectors that the workload's controls need. Raises CannotServe for one that is not there."""
    try:
        return _equipped(workload, equipment)
    except NotEquipped as fault:
        raise CannotServe(str(fault)) from None


def reads_text(configured: Configured) -> bool:
    """Whether a control needs a fact that a detector measures."""
    return not configured.needs <= GIVEN


def _equipped(workload: Workload, equipment: Equipment) -> Senses:
    request, record = workload.controls.get(Point.REQUEST, ()), workload.controls.get(Point.RECORD, ())
    response = workload.controls.get(Point.RESPONSE, ())
    windowed = tuple(c for c in response if not judges_all(c) and "attempted" not in c.needs)
    window = equipment.detectors(workload, windowed)
    acting = [c for c in response if c.mode is Mode.ENFORCE]
    # A detector that cannot follow a stream has to see all of the answer.
    blind = any(not isinstance(detector, Windowed) for detector in window)
    watch = Watch(
        controls=windowed,
        detectors=window,
        seconds=workload.manifest.limits.timeouts.detection,
        acting=any(c.mode is Mode.ENFORCE for c in windowed),
        whole=any(c.stand.whole(c.settings) for c in acting) or (blind and any(c in windowed for c in acting)),
    )
    return Senses(
        request=equipment.detectors(workload, (*request, *record)),
        watch=watch,
        whole=equipment.detectors(workload, [c for c in response if judges_all(c)]),
        record=equipment.detectors(workload, record),
        sample=equipment.detectors(workload, workload.controls.get(Point.SCHEDULE, ())),
        tokens=any("pseudonyms" in c.needs for c in request),
    )


def judges_all(configured: Configured) -> bool:
    """Whether a control at RESPONSE is asked once, about the complete answer."""
    return configured.stand.whole(configured.settings) and "attempted" not in configured.needs
