"""The detectors that read any text, requests first of all."""

from __future__ import annotations

from collections.abc import Mapping

from prodworthy.gateway.detectors.declared import Builder, NotEquipped, settings_in
from prodworthy.gateway.detectors.detector import Detector
from prodworthy.gateway.detectors.personal_data.detector import DEFAULT_REGIONS, PersonalDataDetector
from prodworthy.gateway.detectors.secrets.detector import SecretsDetector
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.data_protection import redaction
from prodworthy.policy.core.personal_kinds import DEFAULT_KINDS


def _personal_data(workload: Workload) -> Detector:
    settings = settings_in(workload, redaction.Settings) or redaction.Settings()
    try:
        return PersonalDataDetector(frozenset(settings.kinds) or DEFAULT_KINDS, settings.regions or DEFAULT_REGIONS)
    except ValueError as fault:
        raise NotEquipped(f"PSF-3.1: {fault}") from None


FOR_TEXTS: Mapping[str, Builder] = {
    "personal_data": _personal_data,
    "secrets": lambda workload: SecretsDetector(),
}
