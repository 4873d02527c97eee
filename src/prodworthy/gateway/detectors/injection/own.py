"""What was learned of a workload's own benign texts, by where they come from, and how it is learned.

It is worth something only with the weights that it was made with: with others (another profile, another version) it is
not used, and the detector measures as it was shipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from prodworthy.gateway.detectors.injection.calibration import FEWEST, Calibration, calibrate, surprise
from prodworthy.gateway.detectors.injection.detector import DIRECT, TRUSTED, InjectionDetector, Own
from prodworthy.gateway.detectors.injection.shipped import Profile, fingerprint
from prodworthy.operations.tuning.learned import Learned
from prodworthy.policy.core.exchange import Passage


class Stored(msgspec.Struct, frozen=True):
    """The JSON of a calibration: the weights it was made with, and what it holds of direct and indirect texts."""

    weights: str
    direct: Calibration | None = None
    indirect: Calibration | None = None


class InjectionCalibrator:
    """Learns what is ordinary: how strange the workload's benign texts look to the shipped detector."""

    def __init__(self, profile: Profile) -> None:
        """`profile` must be the one that the workload is measured with."""
        self._detector = InjectionDetector(profile)
        self._weights = fingerprint(profile)

    def rarity(self, passage: Passage) -> float | None:
        """As shipped; None for what the workload itself says, and for nothing at all."""
        if passage.role in TRUSTED or not passage.text.strip():
            return None
        return self._detector.rarity(passage.text, passage.role)

    def learn(self, texts: Sequence[tuple[str, float]]) -> Learned:
        """A calibration for users' texts, and one for all others, each where there are FEWEST. Raises ValueError."""
        direct = [surprise(rarity) for role, rarity in texts if role in DIRECT]
        indirect = [surprise(rarity) for role, rarity in texts if role not in DIRECT]
        if max(len(direct), len(indirect)) < FEWEST:
            text = f"{len(direct)} texts of users and {len(indirect)} others are too few: at least {FEWEST} of either"
            raise ValueError(f"{text} are needed")
        made = [calibrate(scores) if len(scores) >= FEWEST else None for scores in (direct, indirect)]
        body = msgspec.json.encode(Stored(self._weights, *made)).decode()
        return Learned(body, dict(Counter(role or "user" for role, _ in texts)))


def own(text: str, profile: Profile) -> Own | None:
    """A calibration as it is stored; None for one that was made with other weights, or by another version."""
    try:
        stored = msgspec.json.decode(text, type=Stored)
    except msgspec.DecodeError:
        return None
    return Own(stored.direct, stored.indirect) if stored.weights == fingerprint(profile) else None
