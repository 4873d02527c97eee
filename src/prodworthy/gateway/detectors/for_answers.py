"""The detectors that read answers, with the calls that they answer."""

from __future__ import annotations

from collections.abc import Mapping

from prodworthy.gateway.detectors.declared import Builder, NotEquipped, settings_in
from prodworthy.gateway.detectors.detector import Detector
from prodworthy.gateway.detectors.grounding import GroundingDetector
from prodworthy.gateway.detectors.leak import LeakDetector
from prodworthy.gateway.detectors.quality import QualityDetector
from prodworthy.gateway.detectors.schema import SchemaDetector
from prodworthy.gateway.detectors.unsafe_output import UnsafeOutputDetector
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.input_governance import prompt_boundary
from prodworthy.policy.controls.output_validation import safe_sinks, semantic_checks, structured_output


def _schema(workload: Workload) -> Detector:
    settings = settings_in(workload, structured_output.Settings)
    try:
        return SchemaDetector((settings.schema if settings else None) or {})
    except ValueError as fault:
        raise NotEquipped(f"the declared JSON Schema cannot be compiled: {fault}") from None


def _leak(workload: Workload) -> Detector:
    settings = settings_in(workload, prompt_boundary.Settings) or prompt_boundary.Settings()
    try:
        return LeakDetector(settings.canaries)
    except ValueError as fault:
        raise NotEquipped(f"PSF-1.5: {fault}") from None


def _unsafe_output(workload: Workload) -> Detector:
    settings = settings_in(workload, safe_sinks.Settings) or safe_sinks.Settings()
    try:
        return UnsafeOutputDetector(settings.hosts, frozenset(settings.sinks))
    except ValueError as fault:
        raise NotEquipped(f"PSF-2.4: {fault}") from None


def _grounding(workload: Workload) -> Detector:
    settings = settings_in(workload, semantic_checks.Settings) or semantic_checks.Settings()
    return GroundingDetector(settings.citation)


FOR_ANSWERS: Mapping[str, Builder] = {
    "schema": _schema,
    "leak": _leak,
    "unsafe_output": _unsafe_output,
    "grounding": _grounding,
    "quality": lambda workload: QualityDetector(_grounding(workload)),
}
