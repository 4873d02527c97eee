"""Short masked pieces of what controls saw, for the examples of a report, where content was kept.

Whatever the detectors of personal data and credentials find is masked, of every kind, whatever the manifest declares.
What has no form of its own (names of people) is not found, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from prodworthy.assurance.tuning.report import ControlFigures, ControlsReport, Example
from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.personal_data.detector import DEFAULT_REGIONS, PersonalDataDetector
from prodworthy.gateway.detectors.secrets.detector import SecretsDetector
from prodworthy.interfaces.recalled import Archive, Lost, Meter, Recalled, recall
from prodworthy.interfaces.tried import Tried
from prodworthy.policy.controls.contract import Point, settings_of
from prodworthy.policy.controls.data_protection import redaction
from prodworthy.policy.core.edits import apply, masks, merge
from prodworthy.policy.core.exchange import Passage
from prodworthy.policy.core.facts import Facts, Finding, Suspicion
from prodworthy.record.journal.read import show

LENGTH = 80
"""Characters of a text that an excerpt shows, before masking."""


class Place(msgspec.Struct, frozen=True):
    """Characters `[start, end)` of a part, or a whole part (-1), where `role` is given only what comes from there."""

    part: str
    start: int = -1
    end: int = -1
    role: str = ""


def with_excerpts(report: ControlsReport, archive: Archive, tried: Tried) -> ControlsReport:
    """The report with excerpts in its examples. Raises StoreFault."""
    with Meter() as meter:
        excerpts = _Excerpts(archive, tried, meter)
        controls = (replace(control, examples=tuple(excerpts.of(control))) for control in report.controls)
        return replace(report, controls=tuple(controls))


class _Excerpts:
    """Makes excerpts; an exchange that several controls have as their example is opened once."""

    def __init__(self, archive: Archive, tried: Tried, meter: Meter) -> None:
        asked = (configured for stands in tried.controls.values() for configured in stands)
        settings = settings_of(asked, redaction.Settings) or redaction.Settings()
        self._personal = frozenset({"personal_data", "secrets", *settings.detectors})
        regions = tuple(dict.fromkeys((*DEFAULT_REGIONS, *settings.regions)))
        self._maskers = (PersonalDataDetector(regions=regions), SecretsDetector())
        self._archive, self._tried, self._meter = archive, tried, meter
        self._recalled: dict[str, Recalled | Lost] = {}

    def of(self, control: ControlFigures) -> Iterable[Example]:
        needs = {asked.stand.point: asked.needs for asked in self._tried.controls.get(control.criterion, ())}
        for example in control.examples:
            found = self._recall(example.exchange)
            yield (
                replace(example, excerpt=self._excerpt(found, example, needs))
                if isinstance(found, Recalled)
                else example
            )

    def _recall(self, exchange: str) -> Recalled | Lost:
        if exchange not in self._recalled:
            archive = self._archive
            record = show(archive.store, exchange, archive.workload.tenant)
            lost = Lost.NOT_KEPT
            found = lost if record is None else recall(archive, record)
            self._recalled[exchange] = found
        return self._recalled[exchange]

    def _excerpt(self, found: Recalled, example: Example, needs: Mapping[Point, frozenset[str]]) -> str:
        """From the first point whose texts have a place to show; "" if none has."""
        answer = found.reread.answer
        readings = {Point.REQUEST: Reading(found.reread.call.passages, found.reread.call)}
        if answer is not None:
            readings[Point.RESPONSE] = Reading(answer.texts, found.reread.call, answer)
        for point, reading in readings.items():
            facts = self._meter.measure(self._tried.detectors[point], reading)
            at = _place({need: facts[need] for need in needs.get(point, ()) if need in facts})
            at = at or _named(reading.texts, example.reason)
            text = at and _text_at(reading.texts, at)
            if at and text:
                hidden = self._hidden(reading, facts)
                return cut(text, at, [finding for finding in hidden if finding.part == text.part])
        return ""

    def _hidden(self, reading: Reading, facts: Facts) -> list[Finding]:
        """Everything personal or secret in a text."""
        found = self._meter.measure(self._maskers, reading)
        facts = {**{f"own {name}": fact for name, fact in facts.items() if name in self._personal}, **found}
        return [
            each for fact in facts.values() if isinstance(fact, tuple) for each in fact if isinstance(each, Finding)
        ]


def cut(text: Passage, at: Place, hidden: Iterable[Finding]) -> str:
    """At most LENGTH characters of a text around a place (the beginning of a long one), with what is hidden masked."""
    end = text.start + len(text.text)
    spare = max(0, LENGTH - (at.end - at.start))
    begin = min(max(text.start, at.start - spare // 2), max(text.start, end - LENGTH))
    piece = text.text[begin - text.start :][:LENGTH]
    masked = apply(piece, merge(masks(hidden)).get(text.part, ()), begin)
    shown = " ".join(masked.split())
    return f"{'…' if begin > text.start else ''}{shown}{'…' if begin + len(piece) < end else ''}"


def _place(facts: Facts) -> Place | None:
    """Where the control found something: a suspicion, which has no place within its part, else the first finding."""
    found = [each for fact in facts.values() if isinstance(fact, tuple) for each in fact]
    suspicions = [each for each in found if isinstance(each, Suspicion)]
    if suspicions:
        rarest = min(suspicions, key=lambda suspicion: suspicion.rarity)
        return Place(rarest.part, role=rarest.role)
    first = next((each for each in found if isinstance(each, Finding)), None)
    return Place(first.part, first.start, first.end) if first else None


def _named(texts: Iterable[Passage], reason: str) -> Place | None:
    """The part that a reason names."""
    parts = (text.part for text in texts if text.part in reason)
    return next((Place(part) for part in parts if re.search(rf"{re.escape(part)}(?!\w|\.\w)", reason)), None)


def _text_at(texts: Iterable[Passage], at: Place) -> Passage | None:
    """The text that holds a place; the first of its part and role where the place is the part itself."""
    of_part = (text for text in texts if text.part == at.part and at.role in ("", text.role))
    return next((text for text in of_part if at.start < text.start + len(text.text)), None)
