"""Detectors that find one word of their own, in place of the real ones: what a cell must show is certain."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from prodworthy.gateway.detectors.declared import Builder
from prodworthy.gateway.detectors.detector import Detector, Reading, settled_words
from prodworthy.gateway.detectors.equipment import Equipment
from prodworthy.policy.controls.input_governance.prompt_boundary import OVERRIDES
from prodworthy.policy.core.facts import Finding, Quality, SchemaCheck, Support, Suspicion

_OVERRIDE = min(OVERRIDES)
PATIENCE = 20.0
"""Seconds after which a detector that nobody released gives up, so that a mistake in a test ends."""

WORDS = {
    "injection": "qzjxinjwqk",
    "hidden": "qzjxhidwqk",
    "leak": "qzjxlekwqk",
    "unsafe_output": "qzjxunswqk",
    "personal_data": "qzjxpdtwqk",
    "secrets": "qzjxsecwqk",
    "schema": "qzjxschwqk",
    "grounding": "qzjxgrdwqk",
    "quality": "qzjxqltwqk",
}
"""The word of each fact. No four letters of any occur in the rest of a test's traffic."""


class Spotter:
    """Finds its fact's word in every text that it reads. It can follow a stream."""

    slow = False
    context = 64

    def __init__(self, fact: str) -> None:
        self.fact = fact
        self.roles: set[str] = set()
        self._word = WORDS[fact]

    def settled(self, text: str) -> int:
        """All but a word that may have begun."""
        return settled_words(text, len(self._word), 2 * len(self._word))

    def measure(self, reading: Reading) -> object:
        """The fact, as the real detector of it would give it."""
        spots = [
            (text, at) for text in reading.texts for at in range(len(text.text)) if text.text.startswith(self._word, at)
        ]
        self.roles |= {text.role for text, _ in spots}
        if self.fact == "injection":
            return tuple(Suspicion(text.part, text.role, 0.0001, _OVERRIDE) for text, _ in spots)
        if self.fact == "schema":
            return SchemaCheck(not spots, "/ is not allowed" if spots else "")
        if self.fact == "grounding":
            return Support(True, 0.0 if spots else 1.0)
        if self.fact == "quality":
            return Quality(0.0 if spots else 1.0, {"finished": 0.0 if spots else 1.0})
        size = len(self._word)
        return tuple(
            Finding(text.part, text.start + at, text.start + at + size, f"kind_of_{self.fact}") for text, at in spots
        )


class Failing(Spotter):
    """Fails: at all that it reads, or only at requests, or only at answers."""

    def __init__(self, fact: str, at: str) -> None:
        super().__init__(fact)
        self._at = at

    def fails(self, reading: Reading) -> bool:
        """Whether it fails here."""
        return self._at in ("", "request" if reading.answer is None else "answer")


class Broken(Failing):
    """Fails with an exception."""

    def measure(self, reading: Reading) -> object:
        """The fact. Raises ValueError where it fails."""
        if self.fails(reading):
            raise ValueError("this detector is broken")
        return super().measure(reading)


class Late(Failing):
    """Gives no answer until it is let go."""

    slow = True

    def __init__(self, fact: str, at: str) -> None:
        super().__init__(fact, at)
        self._gate = threading.Event()

    def measure(self, reading: Reading) -> object:
        """The fact, where it fails when it is too late."""
        if self.fails(reading):
            self._gate.wait(PATIENCE)
        return super().measure(reading)

    def let_go(self) -> None:
        """Wait no more."""
        self._gate.set()


KINDS: Mapping[str, type[Failing]] = {"crashed": Broken, "late": Late}


class Bench:
    """The detectors of one workload under test. Where the outcome says so, that of one fact is broken, or late until it
    is let go; `at` says whether only in requests or only in answers.
    """

    def __init__(self, outcome: str, fact: str, at: str) -> None:
        self._detectors = {name: Spotter(name) for name in WORDS}
        if outcome in KINDS:
            self._detectors[fact] = KINDS[outcome](fact, at)
        self.equipment = Equipment(builders={name: self._builder(name) for name in WORDS})

    def let_go(self) -> None:
        """End every measurement that waits."""
        for detector in self._detectors.values():
            if isinstance(detector, Late):
                detector.let_go()

    def roles(self, fact: str) -> set[str]:
        """The provenances of the texts in which the word of this fact was found."""
        return self._detectors[fact].roles

    def _builder(self, name: str) -> Builder:
        def build(workload: Any) -> Detector:
            return self._detectors[name]

        return build
