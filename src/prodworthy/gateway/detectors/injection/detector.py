"""Fact `injection`: passages that give orders to the model, with how rare their score is among benign ones.

Who may give orders matters: texts of tools, documents and other AIs are compared with benign texts of that kind, where
orders are rarer. The workload's own prompt and the model's answers are not read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.injection.calibration import Calibration, combined, of_several, surprise
from prodworthy.gateway.detectors.injection.matching import NAMES
from prodworthy.gateway.detectors.injection.model import Looked
from prodworthy.gateway.detectors.injection.shipped import Profile, Shipped, shipped
from prodworthy.gateway.detectors.injection.windows import PIECE, SIZES, pieces
from prodworthy.gateway.detectors.normalising.decoding import decoded
from prodworthy.gateway.detectors.normalising.normal import normalise
from prodworthy.gateway.detectors.normalising.shapes import may_be_encoded, may_be_misspelled
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
    slow = False

    def __init__(self, profile: Profile = "default", own: Own | None = None, using: Shipped | None = None) -> None:
        """`profile` is `fast` or `default`; `own` is made of `score` of the workload's own benign texts.

        `using` is a model in place of the profile's own: for measuring one that left a source out.
        """
        self._shipped = using or shipped(profile)
        self._own = own or Own()

    def measure(self, reading: Reading) -> tuple[Suspicion, ...]:
        """One suspicion per untrusted passage whose rarity is at most WORTH_TELLING."""
        passages = [passage for passage in reading.texts if passage.role not in TRUSTED]
        if not passages:
            return ()
        looks = self._looks([passage.text for passage in passages])
        found = (self._suspicion(passage, look) for passage, look in zip(passages, looks, strict=True))
        return tuple(each for each in found if each.rarity <= WORTH_TELLING)

    def score(self, text: str, role: str = "user") -> float:
        """What `calibrate` takes, from benign texts of the workload: by the shipped reference, how surprising it is."""
        return surprise(self.rarity(text, role))

    def rarity(self, text: str, role: str = "user") -> float:
        """How rare a text is among benign ones, by the shipped reference alone."""
        (look,) = self._looks([text])
        return self._rarity(look, role)[0]

    def _suspicion(self, passage: Passage, look: _Look) -> Suspicion:
        rare, size = self._rarity(look, passage.role)
        own = self._own.direct if passage.role in DIRECT else self._own.indirect
        return Suspicion(passage.part, passage.role, combined(rare, own), self._kind(look.families[size]))

    def _rarity(self, look: _Look, role: str) -> tuple[float, int]:
        """By the shipped reference: how rare a text is, given how many windows it has, and the size of the rarest one.

        A text of a user is one person's: its rarest sentence and its rarest paragraph count alike (geometric mean). In
        one from elsewhere a single sentence may be foreign: the rarer of both counts.
        """
        direct = role in DIRECT
        reference = self._shipped.reference["direct" if direct else "indirect"]
        rare = [reference[size].rarity(highest) for size, highest in enumerate(look.highest) if highest > -math.inf]
        least = min(rare)
        together = math.prod(rare) ** (1 / len(rare)) if direct else least
        return of_several(together, 1.0 + INDEPENDENT * (look.count - 1)), rare.index(least)

    def _looks(self, texts: Sequence[str]) -> list[_Look]:
        """What stands out in each of the texts. The pieces of all of them are scored together, some at a time."""
        looks = [_Look() for _ in texts]
        for owners, together in _batches(texts):
            for looked in self._shipped.model.look(together):
                looks[owners[looked.piece]].note(looked)
        return looks

    def _kind(self, families: int) -> str:
        weights = self._shipped.families
        present = [place for place in range(len(NAMES)) if families >> place & 1]
        return NAMES[max(present, key=lambda place: float(weights[place]))] if present else "wording"


class _Look:
    """The highest score of a text by the size of its window, the families of phrases there, and how many there were."""

    def __init__(self) -> None:
        self.count = 0
        self.highest = [-math.inf] * len(SIZES)
        self.families = [0] * len(SIZES)

    def note(self, looked: Looked) -> None:
        place = int(looked.scores.argmax())
        score = float(looked.scores[place])
        if score > self.highest[looked.size]:
            self.highest[looked.size] = score
            self.families[looked.size] = looked.families[place]
        self.count += len(looked.scores)


def _batches(texts: Sequence[str]) -> Iterator[tuple[list[int], list[bytes]]]:
    """The pieces of all versions of texts, with the number of the text of each, PIECE bytes at a time at most."""
    owners: list[int] = []
    together: list[bytes] = []
    size = 0
    plain = are_plain(texts)
    for number, text in enumerate(texts):
        for version in (_bytes(text),) if plain else versions(text):
            for piece in pieces(version):
                if together and size + len(piece) >= PIECE:
                    yield owners, together
                    owners, together, size = [], [], 0
                owners.append(number)
                together.append(piece)
                size += len(piece) + 1
    yield owners, together


def are_plain(texts: Sequence[str]) -> bool:
    """Whether each text has but one version, itself: in ASCII, with nothing in it that is encoded or misspelled.

    Asked once of all of them, because what is in none of them together is in none alone.
    """
    if not all(map(str.isascii, texts)):
        return False
    data = "\n".join(texts).encode()
    return not may_be_encoded(data) and not may_be_misspelled(data)


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
