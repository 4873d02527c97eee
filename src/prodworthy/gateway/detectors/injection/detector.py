"""Fact `injection`: passages that give orders to the model, with how rare their score is among benign ones.

Who may give orders matters: texts of tools, documents and other AIs are compared with benign texts of that kind, where
orders are rarer. The workload's own prompt and the model's answers are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.injection.calibration import Calibration, combined, of_several, surprise
from prodworthy.gateway.detectors.injection.matching import NAMES
from prodworthy.gateway.detectors.injection.model import Looked
from prodworthy.gateway.detectors.injection.shipped import Profile, Shipped, shipped
from prodworthy.gateway.detectors.injection.windows import SIZES, pieces
from prodworthy.gateway.detectors.normalising.decoding import decoded
from prodworthy.gateway.detectors.normalising.normal import normalise
from prodworthy.gateway.detectors.normalising.spelling import respelled
from prodworthy.policy.core.exchange import Passage
from prodworthy.policy.core.facts import Suspicion

WORTH_TELLING = 0.2
"""A passage whose score is less rare than this is not reported."""
TRUSTED = frozenset({"system", "developer", "assistant"})
"""Roles of the workload itself. Everything else is untrusted, also a role that nobody has heard of."""
DIRECT = frozenset({"user", ""})
INDEPENDENT = 0.5
"""Of two neighbouring windows, this many count as independent looks: they overlap by half."""


class Own(NamedTuple):
    """What was learned of a workload's own benign texts: of its users', and of all others'."""

    direct: Calibration | None = None
    indirect: Calibration | None = None


class InjectionDetector:
    """Measures untrusted passages. It never sees a threshold: the false-positive rate is the control's to set."""

    fact = "injection"

    def __init__(self, profile: Profile = "default", own: Own | None = None, using: Shipped | None = None) -> None:
        """`profile` is `fast` or `default`; `own` is made of `score` of the workload's own benign texts.

        `using` is a model in place of the profile's own: for measuring one that left a source out.
        """
        self._shipped = using or shipped(profile)
        self.slow = profile == "default"
        self._own = own or Own()

    def measure(self, reading: Reading) -> tuple[Suspicion, ...]:
        """One suspicion per untrusted passage whose rarity is at most WORTH_TELLING."""
        found = (self._suspicion(passage) for passage in reading.texts if passage.role not in TRUSTED)
        return tuple(each for each in found if each.rarity <= WORTH_TELLING)

    def score(self, text: str, role: str = "user") -> float:
        """What `calibrate` takes, from benign texts of the workload: by the shipped reference, how surprising it is."""
        return surprise(self.rarity(text, role))

    def rarity(self, text: str, role: str = "user") -> float:
        """How rare a text is among benign ones, by the shipped reference alone."""
        return self._rarity(text, role)[0]

    def _suspicion(self, passage: Passage) -> Suspicion:
        rare, kind = self._rarity(passage.text, passage.role)
        own = self._own.direct if passage.role in DIRECT else self._own.indirect
        return Suspicion(passage.part, passage.role, combined(rare, own), kind)

    def _rarity(self, text: str, role: str) -> tuple[float, str]:
        """By the shipped reference: the rarity of the rarest window, given how many there are, and its kind."""
        reference = self._shipped.reference["direct" if role in DIRECT else "indirect"]
        looks = [looked for version in versions(text) for piece in pieces(version) for looked in self._sized(piece)]
        rarest, kind = 1.0, ""
        for size, looked in looks:
            place = int(looked.scores.argmax())
            rare = float(reference[size].rarity(looked.scores[place : place + 1])[0])
            if rare < rarest:
                rarest, kind = rare, self._kind(int(looked.families[place]))
        count = sum(len(looked.scores) for _, looked in looks)
        return of_several(rarest, 1.0 + INDEPENDENT * (count - 1)), kind

    def _sized(self, piece: bytes) -> Iterator[tuple[int, Looked]]:
        return zip(range(len(SIZES)), self._shipped.model.look(piece), strict=False)

    def _kind(self, families: int) -> str:
        weights = self._shipped.families
        present = [place for place in range(len(NAMES)) if families >> place & 1]
        return NAMES[max(present, key=lambda place: float(weights[place]))] if present else "wording"


def versions(text: str) -> Iterator[bytes]:
    """The readings of a text, folded and in lower case: as it stands, respelled, and what is encoded in it."""
    for each in (text, *(part.text for part in decoded(text))):
        normal = normalise(each)
        yield _bytes(normal.text)
        other = respelled(normal)
        if other is not None:
            yield _bytes(other.text)


def _bytes(text: str) -> bytes:
    return text.lower().encode("utf-8", "replace")
