"""The detectors that read any text, requests first of all."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from prodworthy.gateway.detectors.declared import Builder, NotEquipped, settings_in
from prodworthy.gateway.detectors.detector import Detector
from prodworthy.gateway.detectors.injection.detector import InjectionDetector
from prodworthy.gateway.detectors.injection.own import own
from prodworthy.gateway.detectors.normalising.detector import HiddenDetector
from prodworthy.gateway.detectors.personal_data.detector import DEFAULT_REGIONS, PersonalDataDetector
from prodworthy.gateway.detectors.profiles import profile_of
from prodworthy.gateway.detectors.secrets.detector import SecretsDetector
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.data_protection import redaction
from prodworthy.policy.core.personal_kinds import DEFAULT_KINDS

_log = logging.getLogger("prodworthy.gateway")


def _personal_data(workload: Workload) -> Detector:
    settings = settings_in(workload, redaction.Settings) or redaction.Settings()
    try:
        return PersonalDataDetector(frozenset(settings.kinds) or DEFAULT_KINDS, settings.regions or DEFAULT_REGIONS)
    except ValueError as fault:
        raise NotEquipped(f"PSF-3.1: {fault}") from None


def _injection(workload: Workload) -> Detector:
    profile, stored = profile_of(workload), workload.calibrations.get("injection")
    learned = own(stored, profile) if stored else None
    if stored and learned is None:
        _log.warning(
            "%s: its calibration was made with other weights and is not used; calibrate again", workload.release
        )
    return InjectionDetector(profile, learned)


FOR_TEXTS: Mapping[str, Builder] = {
    "personal_data": _personal_data,
    "hidden": lambda workload: HiddenDetector(),
    "injection": _injection,
    "secrets": lambda workload: SecretsDetector(),
}
