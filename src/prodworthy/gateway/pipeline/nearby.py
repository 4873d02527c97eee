"""Detectors of a stream that look no further back than each of them must, where another one needs to look further."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prodworthy.gateway.detectors.detector import Detector, Reading, Windowed, follows
from prodworthy.policy.core.exchange import Passage


class Nearby:
    """Measures what a detector measures, in windows that begin `context` characters before what is not decided yet."""

    def __init__(self, detector: Windowed, decided: Mapping[str, int]) -> None:
        """`decided`: how far each part is decided, in its own characters."""
        self.fact = detector.fact
        self.slow = detector.slow
        self._detector = detector
        self._decided = decided

    def measure(self, reading: Reading) -> object:
        """The fact. JSON is measured as it is: what it says has other positions than what is decided of it."""
        return self._detector.measure(Reading(tuple(map(self._near, reading.texts)), reading.call, reading.answer))

    def settled(self, text: str) -> int:
        """As the detector says."""
        return self._detector.settled(text)

    def _near(self, text: Passage) -> Passage:
        before = self._decided.get(text.part, 0) - self._detector.context - text.start
        if before <= 0 or text.json:
            return text
        return Passage(text.part, text.role, text.text[before:], text.start + before)


def near(detectors: Iterable[Detector], context: int, decided: Mapping[str, int]) -> list[Detector]:
    """These detectors; those that follow streams and need less than `context` characters, with less."""
    return [
        Nearby(detector, decided) if follows(detector) and detector.context < context else detector
        for detector in detectors
    ]
