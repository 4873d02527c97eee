"""Detectors from other packages: named in the configuration, found by entry point, checked before and while they serve.

What nobody named is never imported.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import msgspec

from prodworthy.gateway.detectors.detector import Detector, Reading
from prodworthy.gateway.detectors.plugged.fault import PluginFault, Unmeasured
from prodworthy.policy.core.facts import Finding

GROUP = "prodworthy.detectors"
RESERVED = frozenset(
    {"switch", "recording", "quota", "schema", "attempted", "pseudonyms", "hidden", "injection", "personal_data"}
    | {"secrets", "leak", "grounding", "unsafe_output", "quality"}
)
"""Facts of Prodworthy's own, which a plug-in may not pretend to measure."""
MOST_FINDINGS = 100_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


class PluginOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One plug-in as configured: the name of its entry point in the group `prodworthy.detectors`, and its options."""

    plugin: str
    options: Mapping[str, Any] = {}


def load(names: Mapping[str, PluginOptions]) -> Mapping[str, Detector]:
    """Make the detectors that the configuration names, by the fact that each of them is to measure.

    Raises PluginFault for a name that is no name or reserved, an entry point that is missing or ambiguous, one that
    cannot be imported, a factory that refuses its options, and a detector that does not keep the contract.
    """
    return {name: Checked(name, _make(name, wanted)) for name, wanted in names.items()}


class Checked:
    """A plug-in whose facts are checked: findings, and only such as lie within the texts that were read."""

    def __init__(self, name: str, inner: Detector) -> None:
        """Pass on what `inner` measures under this name."""
        self.fact = name
        self.slow = True
        self._inner = inner

    def measure(self, reading: Reading) -> tuple[Finding, ...]:
        """The findings. Raises Unmeasured where they break the contract, and whatever the plug-in itself raises."""
        found = self._inner.measure(reading)
        if not isinstance(found, tuple) or len(found) > MOST_FINDINGS:
            raise Unmeasured(f"detector {self.fact}: the fact is not a tuple of at most {MOST_FINDINGS} findings")
        bounds: dict[str, list[tuple[int, int]]] = {}
        for passage in reading.texts:
            bounds.setdefault(passage.part, []).append((passage.start, passage.start + len(passage.text)))
        for each in found:
            if not (isinstance(each, Finding) and _is_sound(each, bounds)):
                raise Unmeasured(f"detector {self.fact}: a finding breaks the contract")
        return found


def _is_sound(finding: Finding, bounds: Mapping[str, list[tuple[int, int]]]) -> bool:
    try:
        return (
            any(low <= finding.start < finding.end <= high for low, high in bounds.get(finding.part, ()))
            and bool(_NAME.fullmatch(finding.kind))
            and math.isfinite(finding.confidence)
            and 0 <= finding.confidence <= 1
        )
    except TypeError:  # a field of another type
        return False


def _make(name: str, wanted: PluginOptions) -> Detector:
    if not _NAME.fullmatch(name):
        raise PluginFault(f"detector {name!r}: a name has lower case letters, digits and underscores, at most 64")
    if name in RESERVED:
        raise PluginFault(f"detector {name}: this name belongs to a fact of Prodworthy's own; choose another")
    factory = _factory(name, wanted.plugin)
    try:
        made = factory(dict(wanted.options), name)
    except (ValueError, TypeError, KeyError, LookupError, OSError, ImportError, RuntimeError) as error:
        raise PluginFault(f"detector {name}: {wanted.plugin} refuses its options: {error}") from error
    if getattr(made, "fact", None) != name or not callable(getattr(made, "measure", None)):
        raise PluginFault(f"detector {name}: what {wanted.plugin} made has no method `measure` or another `fact`")
    detector: Detector = made
    return detector


def _factory(name: str, plugin: str) -> Any:
    found = {point.value: point for point in entry_points(group=GROUP, name=plugin)}
    if not found:
        known = sorted({point.name for point in entry_points(group=GROUP)})
        raise PluginFault(f"detector {name}: no installed package offers {plugin!r}; installed are {', '.join(known)}")
    if len(found) > 1:
        raise PluginFault(f"detector {name}: {plugin!r} is offered more than once: {', '.join(sorted(found))}")
    return _load(name, *found.values())


def _load(name: str, point: EntryPoint) -> Any:
    try:
        factory = point.load()
    except (ImportError, AttributeError, SyntaxError) as error:
        raise PluginFault(f"detector {name}: {point.name} ({point.value}) cannot be imported: {error}") from error
    if not callable(factory):
        raise PluginFault(f"detector {name}: {point.name} ({point.value}) is no factory")
    return factory
