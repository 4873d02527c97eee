"""Which detectors a workload needs, and how its manifest sets them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

import msgspec

from prodworthy.gateway.detectors.detector import Detector
from prodworthy.gateway.detectors.schema import SchemaDetector
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.contract import Configured
from prodworthy.policy.controls.output_validation import structured_output

T = TypeVar("T")

Builder = Callable[[Workload], Detector]

GIVEN = frozenset({"switch", "recording", "quota", "attempted", "pseudonyms"})
"""Facts that the pipeline knows without reading a text."""


class NotEquipped(Exception):
    """A workload needs a detector that this gateway does not have; the message says which."""


def settings_of(configured: Iterable[Configured], kind: type[T]) -> T | None:
    """The settings of this type, None where no control has them."""
    return next((c.settings for c in configured if isinstance(c.settings, kind)), None)


def settings_in(workload: Workload, kind: type[T]) -> T | None:
    """The settings of this type among all controls of a workload."""
    return settings_of((c for controls in workload.controls.values() for c in controls), kind)


def _schema(workload: Workload) -> Detector:
    settings = settings_in(workload, structured_output.Settings)
    try:
        return SchemaDetector((settings.schema if settings else None) or {})
    except ValueError as fault:
        raise NotEquipped(f"the declared JSON Schema cannot be compiled: {fault}") from None


BUILDERS: Mapping[str, Builder] = MappingProxyType({"schema": _schema})
"""Our own detectors, by the fact that each measures."""


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
