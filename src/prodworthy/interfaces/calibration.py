"""Lets a detector learn from a workload's benign texts, and stops where they do not look benign.

What is learned makes the detector more lenient to texts like these, so an attack among them would be learned too. A few
cannot do much: the threshold is a share of all texts. Many can, and then a person has to look first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import msgspec

from prodworthy.gateway.detectors import calibrating
from prodworthy.interfaces.benign import Text
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.operations.tuning.errors import CalibrationRefused
from prodworthy.operations.tuning.learned import Learned
from prodworthy.policy.controls.input_governance import injection

MOST_TEXTS = 20_000
"""Texts that a calibration is made of: more would say little more about one in a thousand, and take minutes."""
TIMES = 2
"""Up to how many times the accepted rate of false positives texts may look like attacks before somebody has to look."""
CHANCE = 2
"""How many more may do so whatever the rate: among few texts a share says little."""
NAMED = 5


class Calibration(msgspec.Struct, frozen=True):
    """What was learned. `strange` of the texts look like attacks to the detector as shipped, at the accepted `rate`."""

    learned: Learned
    strange: int
    rate: float


def learn(
    workload: Workload, fact: str, texts: Iterable[Text], trust: bool, progress: Callable[[int], None]
) -> Calibration:
    """Measure the texts, at most MOST_TEXTS, and learn from them. `trust`: the owner says that all are benign.

    Raises CalibrationRefused for texts that are too few, or too many of which look like attacks.
    """
    calibrator = calibrating.CALIBRATORS[fact](workload)
    measured: list[tuple[float, Text]] = []
    for text in texts:
        rarity = calibrator.rarity(text.passage)
        if rarity is not None:
            measured.append((rarity, text))
            progress(len(measured))
        if len(measured) >= MOST_TEXTS:
            break
    rate = accepted(workload, fact)
    strange = [(rarity, text) for rarity, text in measured if rarity <= rate]
    if not trust:
        _require_benign(measured, strange, rate)
    try:
        learned = calibrator.learn([(text.passage.role, rarity) for rarity, text in measured])
    except ValueError as fault:
        raise CalibrationRefused(f"{fault}; nothing was changed") from None
    return Calibration(learned, len(strange), rate)


def accepted(workload: Workload, fact: str) -> float:
    """The lowest rate of false positives among the controls that are asked and need this fact, else the default."""
    asked = itertools.chain.from_iterable(workload.controls.values())
    settings = (configured.settings for configured in asked if fact in configured.needs)
    rates = [rate for each in settings if (rate := getattr(each, "false_positives", None)) is not None]
    return min(rates, default=injection.Settings().false_positives)


def _require_benign(measured: list[tuple[float, Text]], strange: list[tuple[float, Text]], rate: float) -> None:
    unvouched = sum(not text.vouched for _, text in measured)
    doubtful = sorted((rarity, text.exchange) for rarity, text in strange if not text.vouched)
    if len(doubtful) <= TIMES * rate * unvouched + CHANCE:
        return
    named = list(dict.fromkeys(exchange for _, exchange in doubtful))[:NAMED]
    text = f"{len(doubtful)} of {unvouched} texts look like attacks, where the settings accept {rate:.2%} by mistake"
    first = f"Look at them first, {', '.join(named)} above all, and mark what they are"
    raise CalibrationRefused(f"{text}. {first} (controls mark), or say with --trust that all are benign.")
