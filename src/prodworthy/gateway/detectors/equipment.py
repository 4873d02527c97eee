"""Which detectors a workload needs, and how its manifest sets them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from prodworthy.gateway.detectors.declared import Builder, NotEquipped
from prodworthy.gateway.detectors.detector import Detector
from prodworthy.gateway.detectors.for_answers import FOR_ANSWERS
from prodworthy.gateway.detectors.for_texts import FOR_TEXTS
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.contract import Configured

BUILDERS: Mapping[str, Builder] = MappingProxyType({**FOR_TEXTS, **FOR_ANSWERS})
"""Our own detectors, by the fact that each measures."""

GIVEN = frozenset({"switch", "recording", "quota", "standing", "attempted", "pseudonyms"})
"""Facts that the pipeline knows without reading a text."""


class Equipment(msgspec.Struct, frozen=True):
    """What a gateway can measure with: our own detectors, and the plug-ins that its configuration names."""

    builders: Mapping[str, Builder] = BUILDERS
    plugins: Mapping[str, Detector] = {}

    def detectors(self, workload: Workload, configured: Iterable[Configured]) -> tuple[Detector, ...]:
        """Every detector that these controls need, each once. Raises NotEquipped."""
        facts = sorted({fact for control in configured for fact in control.needs} - GIVEN)
        return tuple(self._detector(fact, workload) for fact in facts)

    def _detector(self, fact: str, workload: Workload) -> Detector:
        build = self.builders.get(fact)
        if build is not None:
            return build(workload)
        plugin = self.plugins.get(fact)
        if plugin is None:
            raise NotEquipped(f"its manifest names the detector {fact!r}, which the gateway's configuration lacks")
        return plugin
