"""Fact `quality`: signs of a good answer that need no reference answer and no second model."""

from __future__ import annotations

import re

from prodworthy.gateway.detectors.detector import Detector, Reading
from prodworthy.gateway.detectors.schema import is_content
from prodworthy.policy.core.exchange import Finish
from prodworthy.policy.core.facts import Quality, Support

_WORD = re.compile(r"\w+")
_RUN = 4
"""Words of a run; answers that repeat themselves repeat runs of words, ordinary ones hardly any."""

_MOST_WORDS = 5_000


class QualityDetector:
    """Measures sampled answers."""

    fact = "quality"
    slow = False

    def __init__(self, grounding: Detector | None) -> None:
        """`grounding` measures support by a context, None where that is not measured."""
        self._grounding = grounding

    def measure(self, reading: Reading) -> Quality:
        """The mean of all signs that apply."""
        answer = reading.answer
        said = " ".join(text.text for text in reading.texts if is_content(text))
        calls = answer is not None and answer.finish is Finish.TOOL
        refused = answer is not None and (answer.refusal or answer.finish is Finish.REFUSAL)
        cut = answer is not None and answer.finish in (Finish.LENGTH, Finish.CUT)
        signs = {"finished": float(not cut), "answered": float(not refused and (bool(said.strip()) or calls))}
        words = _WORD.findall(said.lower())[:_MOST_WORDS]
        if len(words) >= 2 * _RUN:
            runs = list(zip(*(words[at:] for at in range(_RUN)), strict=False))
            signs["varied"] = len(set(runs)) / len(runs)
        support = self._grounding.measure(reading) if self._grounding else None
        if isinstance(support, Support) and support.measured:
            signs["supported"] = support.score
        return Quality(sum(signs.values()) / len(signs), signs)
