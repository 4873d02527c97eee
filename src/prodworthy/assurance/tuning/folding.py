"""Folds exchanges, newest first, into figures by control. Memory is bounded, however many there are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from prodworthy.assurance.tuning.estimate import Estimate, Marks, estimate
from prodworthy.assurance.tuning.report import ControlFigures, Example, Reason, standing_of
from prodworthy.policy.controls.contract import Configured, Control
from prodworthy.policy.controls.output_validation import sampled_quality
from prodworthy.policy.core.events import Decided, Sampled
from prodworthy.policy.core.manifest import Mode
from prodworthy.policy.core.verdict import Outcome
from prodworthy.record.journal.records import Record

MOST_EXAMPLES = 3
MOST_REASONS = 5
MOST_DIFFERENT = 1_000
"""Different reasons that are counted for one control; any others are counted together."""
OTHER = "(other reasons)"

_STOPPED = (Outcome.HOLD.value, Outcome.BLOCK.value)
_PLACES = re.compile(r"(?<=[A-Za-z_])(?:\.\d{1,9})+(?=[.\s,;:]|$)")


class Folding:
    """Figures of one workload's exchanges."""

    def __init__(
        self, catalogue: Mapping[str, Control], asked: Mapping[str, Configured], marks: Mapping[str, bool]
    ) -> None:
        """`asked`: each control that the manifest in force asks; `marks`: exchanges that people marked, whether as
        attacks."""
        self._marks = marks
        self._controls = {criterion: _Counts(control, asked.get(criterion)) for criterion, control in catalogue.items()}
        self.exchanges = 0
        self.oldest = 0

    def add(self, record: Record) -> None:
        """Take the next exchange, older than those before."""
        self.exchanges += 1
        self.oldest = record.at
        for decided in record.decisions:
            counts = self._controls.get(decided.criterion)
            if counts is not None:
                counts.add(decided, record.exchange, record.at)
                counts.compare(decided, self._marks.get(record.exchange))

    def add_sample(self, sample: Sampled) -> None:
        """Take what the control of sampled quality said of one answer, afterwards."""
        counts = self._controls.get(sampled_quality.CONTROL.criterion)
        if counts is not None:
            reason = "" if sample.outcome == Outcome.ALLOW.value else "Quality lies below the floor."
            mode = (counts.mode or Mode.OBSERVE).value
            counts.add(Decided(counts.control.criterion, sample.outcome, mode, reason), sample.exchange, sample.at)

    def figures(self) -> tuple[ControlFigures, ...]:
        """One set of figures for each control of the catalogue, in its order."""
        return tuple(counts.figures(self.exchanges) for counts in self._controls.values())


class _Counts:
    """What one control decided."""

    def __init__(self, control: Control, asked: Configured | None) -> None:
        self.control = control
        self.mode = asked.mode if asked else None
        self._declared: float | None = getattr(asked.settings, "false_positives", None) if asked else None
        self._marked = Counter[tuple[bool, bool]]()
        self._outcomes = Counter[str]()
        self._reasons = Counter[tuple[str, str]]()
        self._examples: list[Example] = []
        self._enforced = 0

    def add(self, decided: Decided, exchange: str, at: int) -> None:
        enforced = decided.mode == Mode.ENFORCE.value
        self._outcomes[decided.outcome] += 1
        self._enforced += enforced
        if decided.outcome == Outcome.ALLOW.value:
            return
        reason = decided.outcome, places_left_out(decided.reason)
        if reason not in self._reasons and len(self._reasons) >= MOST_DIFFERENT:
            reason = decided.outcome, OTHER
        self._reasons[reason] += 1
        if len(self._examples) < MOST_EXAMPLES:
            self._examples.append(Example(exchange, at, decided.outcome, enforced, decided.reason))

    def compare(self, decided: Decided, attack: bool | None) -> None:
        """Count a decision on an exchange that somebody marked (None: nobody did), unless it redacted."""
        if attack is not None and decided.outcome != Outcome.REDACT.value:
            self._marked[decided.outcome in _STOPPED, attack] += 1

    def figures(self, exchanges: int) -> ControlFigures:
        decided = self._outcomes.total()
        return ControlFigures(
            criterion=self.control.criterion,
            title=self.control.title,
            standing=standing_of(self.mode),
            decided=decided,
            enforced=self._enforced,
            coverage=min(1.0, decided / exchanges) if exchanges else 0.0,
            outcomes={outcome.value: self._outcomes[outcome.value] for outcome in Outcome},
            rates={outcome.value: self._outcomes[outcome.value] / decided if decided else 0.0 for outcome in Outcome},
            reasons=tuple(Reason(*said, count) for said, count in _frequent(self._reasons)),
            examples=tuple(self._examples),
            estimate=self._estimate(decided) if decided else None,
        )

    def _estimate(self, decided: int) -> Estimate:
        marked = self._marked
        marks = Marks(marked[True, False], marked[True, True], marked[False, False], marked[False, True])
        return estimate(self._declared, sum(self._outcomes[outcome] for outcome in _STOPPED) / decided, marks)


def places_left_out(reason: str) -> str:
    """A reason without places in lists, so that the same reason at two places is one: `messages.*.content`."""
    return _PLACES.sub(".*", reason)


def _frequent(reasons: Counter[tuple[str, str]]) -> list[tuple[tuple[str, str], int]]:
    """The most frequent, of equals the first by name."""
    return sorted(reasons.items(), key=lambda said: (-said[1], said[0]))[:MOST_REASONS]
