"""Injection: recall on sources that the model never saw, look-alikes, disguises, indirect orders, and the cost.

Everything about recall is measured with one attack source left out: its attacks and its benign texts are in no
training text and in no reference. Of the other benign sources one half, chosen by content, is trained on and the other
measured. A threshold is the score that the given share of those unseen benign texts reaches.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.accuracy.evasions import EVASIONS
from bench.accuracy.figure import Figure, share, times
from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.injection.calibration import calibrate
from prodworthy.gateway.detectors.injection.detector import InjectionDetector
from prodworthy.gateway.detectors.injection.matching import Phrases
from prodworthy.gateway.detectors.injection.model import Model, Weights
from prodworthy.gateway.detectors.injection.shipped import Profile, Shipped, classes_of_words
from prodworthy.gateway.detectors.injection.windows import SIZES
from prodworthy.policy.core.exchange import Call, Operation, Passage
from training.injection.fitting import GROUPS, Vectors, fit, linear, vectors
from training.injection.reading import ATTACK_SOURCES, LOOKALIKES, Text, own, texts

PROFILES: tuple[Profile, ...] = ("fast", "default")
BARS = {("fast", 0.01): ">= 0.45", ("default", 0.01): ">= 0.65", ("default", 0.001): ">= 0.40"}
CPU_BARS = {"fast": "<= 150", "default": "<= 800"}
DISGUISED = 200
"""Attacks of each source that are measured in each disguise."""

Scores = npt.NDArray[np.float64]


class Left(NamedTuple):
    """A detector whose training and reference left out one source, and the scores that it gives."""

    source: str
    score: Callable[[str], float]
    benign: Scores
    lookalikes: Scores
    attacks: tuple[Text, ...]
    attacked: Scores

    def threshold(self, rate: float) -> float:
        """The score that a share of the unseen benign texts exceeds."""
        ordered = np.sort(self.benign)
        return float(ordered[-max(1, int(len(ordered) * rate))])


def measure(data: Path) -> list[Figure]:
    """All figures, from the public data sets in a folder. Takes about ten minutes on one core."""
    every = texts(data)
    figures: list[Figure] = []
    for profile in PROFILES:
        left = left_out(profile, every)
        figures += [*_recall(profile, left), *_lookalikes(profile, left), *_disguises(profile, left)]
        figures += [*_indirect(profile, every), *_cost(profile, every)]
    return figures


def left_out(profile: Profile, every: Sequence[Text]) -> list[Left]:
    """For each source of attacks, a detector that knows nothing of it, and what it makes of unseen texts."""
    groups, phrases = GROUPS[profile], Phrases()
    classes = classes_of_words() if profile == "default" else None
    known = [*(text for text in every if text.provenance == "direct" or not text.attack), *own()]
    made = vectors(known, classes, phrases, groups)
    found = []
    for source in ATTACK_SOURCES:
        inside = np.array([text.source != source and (text.attack or not text.held) for text in known])
        kept = [text for text, stays in zip(known, inside, strict=True) if stays]
        weights = fit(made.chosen(inside), kept, groups, classes)
        found.append(_left(source, weights, phrases, every, (made.chosen(~inside), ~inside, known)))
    return found


def _left(
    source: str,
    weights: Weights,
    phrases: Phrases,
    every: Sequence[Text],
    unseen: tuple[Vectors, npt.NDArray[np.bool_], Sequence[Text]],
) -> Left:
    made, outside, known = unseen
    rest = [text for text, stays in zip(known, outside, strict=True) if stays]
    windows = linear(made, weights)
    benign = np.array([not text.attack and text.source != LOOKALIKES for text in rest])[made.text]
    reference = tuple(calibrate(windows[benign & (made.size == size)].tolist()) for size in range(len(SIZES)))
    detector = InjectionDetector(using=Shipped(Model(weights, phrases), weights.families, {"direct": reference}))
    attacks = tuple(text for text in every if text.source == source and text.attack)
    plain = [text for text in rest if not text.attack and text.provenance == "direct" and text.source != LOOKALIKES]
    alike = [text for text in every if text.source == LOOKALIKES and text.held]
    return Left(
        source,
        detector.score,
        _scores(detector.score, plain),
        _scores(detector.score, alike),
        attacks,
        _scores(detector.score, attacks),
    )


def _scores(score: Callable[[str], float], some: Iterable[Text]) -> Scores:
    return np.array([score(text.text) for text in some])


def _recall(profile: Profile, left: Sequence[Left]) -> Iterable[Figure]:
    for rate in (0.01, 0.001):
        hits = [int((each.attacked > each.threshold(rate)).sum()) for each in left]
        for each, hit in zip(left, hits, strict=True):
            yield share(f"{profile}: recall at {rate:.1%}, never saw {each.source}", hit, len(each.attacks))
        shares = [hit / len(each.attacks) for each, hit in zip(left, hits, strict=True)]
        half = 1.96 * statistics.stdev(shares) / len(shares) ** 0.5
        mean, note = statistics.mean(shares), "each source counts the same; the interval is over the four sources"
        yield Figure(
            f"{profile}: recall at {rate:.1%}, mean of sources",
            mean,
            max(0.0, mean - half),
            min(1.0, mean + half),
            BARS.get((profile, rate), ""),
            note,
        )


def _lookalikes(profile: Profile, left: Sequence[Left]) -> Iterable[Figure]:
    hits = sum(int((each.lookalikes > each.threshold(0.01)).sum()) for each in left)
    yield share(
        f"{profile}: look-alikes blocked at 1.0%", hits, sum(len(each.lookalikes) for each in left), "<= 0.03",
        "the held half, by each of the four detectors",
    )  # fmt: skip


def _disguises(profile: Profile, left: Sequence[Left]) -> Iterable[Figure]:
    for name, disguise in EVASIONS.items():
        plain = hidden = count = 0
        for each in left:
            some = each.attacks[:: max(1, len(each.attacks) // DISGUISED)]
            some = tuple(text for text in some if text.text.isascii())
            threshold = each.threshold(0.01)
            count += len(some)
            plain += sum(each.score(text.text) > threshold for text in some)
            hidden += sum(each.score(disguise(text.text)) > threshold for text in some)
        figure = share(f"{profile}: recall at 1.0% in disguise, {name}", hidden, count, f">= {plain / count - 0.1:.3f}")
        yield Figure(figure.name, figure.value, figure.low, figure.high, figure.bar, f"plain {plain / count:.3f}")


def _indirect(profile: Profile, every: Sequence[Text]) -> Iterable[Figure]:
    """What ships, on orders in documents and tool results: neither was trained on as an attack."""
    detector = InjectionDetector(profile)
    for source in ("agentdojo", "bipia_indirect"):
        some = [text for text in every if text.source == source and (text.attack or text.held)]
        rare = {text: detector.score(text.text, "tool") > 2.0 for text in some}
        attacks = [rare[text] for text in some if text.attack]
        benign = [rare[text] for text in some if not text.attack]
        yield share(f"{profile}: {source}, recall at rarity 1 %", sum(attacks), len(attacks))
        yield share(f"{profile}: {source}, benign at rarity 1 %", sum(benign), len(benign))
    documents = [text for text in every if text.source.startswith("docs_code_benign") and text.held]
    hits = sum(detector.score(text.text, "retrieval") > 2.0 for text in documents)
    yield share(f"{profile}: documents and code at rarity 1 %", hits, len(documents), "<= 0.01")


def _cost(profile: Profile, every: Sequence[Text]) -> Iterable[Figure]:
    detector = InjectionDetector(profile)
    ordinary = "\n".join(text.text for text in every if not text.attack and text.provenance == "direct" and text.held)
    for kilobytes in (1, 8):
        size = kilobytes * 1000
        spent = []
        for start in range(0, 200 * 1000, size):
            passage = Passage("p", "user", ordinary[start : start + size])
            began = time.process_time()
            detector.measure(Reading((passage,), Call(Operation.CHAT)))
            spent.append((time.process_time() - began) * 1e6 / kilobytes)
        yield times(f"{profile}: CPU microseconds per KB, texts of {kilobytes} KB", spent, CPU_BARS[profile])
