"""Which controls can be tried on recorded traffic, and what they need measured."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from prodworthy.gateway.detectors.declared import NotEquipped
from prodworthy.gateway.detectors.detector import Detector
from prodworthy.gateway.detectors.equipment import Equipment
from prodworthy.operations.snapshot.compiling import compile_workload
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.contract import Configured, Control, Point
from prodworthy.policy.core.manifest import Profile


class Tried(msgspec.Struct, frozen=True):
    """Controls by criterion, once for each of their points; the detectors by point; why others cannot be tried."""

    controls: dict[str, tuple[Configured, ...]]
    detectors: dict[Point, tuple[Detector, ...]]
    left_out: dict[str, str]

    @property
    def tokens(self) -> bool:
        """Whether one of them replaces data by tokens."""
        return any("pseudonyms" in asked.needs for stands in self.controls.values() for asked in stands)


_POINTS = (Point.REQUEST, Point.RESPONSE)


def tried(workload: Workload, catalogue: Mapping[str, Control], equipment: Equipment) -> Tried:
    """Every control that has alternatives, as the manifest sets it or else with its defaults. Raises CannotCompile."""
    everything = _with_all(workload, catalogue)
    controls: dict[str, tuple[Configured, ...]] = {}
    left_out: dict[str, str] = {}
    for criterion, stands in _by_criterion(everything).items():
        if not stands[0].control.alternatives(stands[0].settings):
            continue
        try:
            equipment.detectors(everything, stands)
            controls[criterion] = stands
        except NotEquipped as fault:
            left_out[criterion] = str(fault)
    asked = [configured for stands in controls.values() for configured in stands]
    detectors = {
        point: equipment.detectors(everything, [each for each in asked if each.stand.point is point])
        for point in _POINTS
    }
    return Tried(controls, detectors, left_out)


def _with_all(workload: Workload, catalogue: Mapping[str, Control]) -> Workload:
    """The workload with every content control asked; its profile decides which detectors measure, so one that is set
    stays."""
    manifest = workload.manifest
    if manifest.profile is Profile.DECLARED:
        manifest = msgspec.structs.replace(manifest, profile=Profile.DEFAULT)
    compiled = compile_workload(msgspec.json.encode(manifest).decode(), workload.version, catalogue)
    return msgspec.structs.replace(compiled, calibrations=workload.calibrations)


def _by_criterion(workload: Workload) -> dict[str, tuple[Configured, ...]]:
    found: dict[str, tuple[Configured, ...]] = {}
    for point in _POINTS:
        for configured in workload.controls.get(point, ()):
            found[configured.control.criterion] = (*found.get(configured.control.criterion, ()), configured)
    return dict(sorted(found.items()))
