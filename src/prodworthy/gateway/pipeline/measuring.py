"""Measuring: the detectors that somebody's control needs, each once, within a deadline, off the event loop where slow.

A detector that fails or is late leaves its fact missing. What it said of JSON is carried back to the wire's characters.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import msgspec

from prodworthy.gateway.detectors.detector import Detector, Reading
from prodworthy.gateway.protocols.json_text import JsonText
from prodworthy.policy.core.exchange import Passage

INLINE_CHARACTERS = 2_048
"""Texts up to this size are measured on the event loop by detectors that are not slow (about 200 microseconds)."""

FEWEST_CHARACTERS = 64
"""A text counts as at least so many: to measure a thousand texts of one letter takes as long as to read a book."""

INLINE_WINDOW = 6_144
"""The same for windows of answers: the detectors that follow streams take some 30 microseconds for 1,000 characters."""

THREADS = 2
"""Threads that measure, per process; they wait for the interpreter's lock rather than for each other."""

_log = logging.getLogger("prodworthy.gateway")

Facts = dict[str, object]


class Derived(Protocol):
    """A fact of one exchange that follows from what others found."""

    fact: str

    def measure_found(self, reading: Reading, facts: Facts) -> object:
        """The fact."""


class Measuring:
    """Runs detectors for one gateway process."""

    def __init__(self) -> None:
        """No thread is started before it is needed."""
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="detect")

    async def measure(
        self, detectors: Sequence[Detector], reading: Reading, seconds: float, derived: Derived | None = None
    ) -> Facts:
        """The facts that were measured within `seconds`; those that were not are missing."""
        views = {text.part: (JsonText(text.text), text.start) for text in reading.texts if text.json}
        if views:
            texts = tuple(_viewed(text, views) for text in reading.texts)
            reading = msgspec.structs.replace(reading, texts=texts)
        facts: Facts = {}
        most = INLINE_WINDOW if all(hasattr(detector, "settled") for detector in detectors) else INLINE_CHARACTERS
        size = max(reading.characters, FEWEST_CHARACTERS * len(reading.texts))
        if size <= most and not any(detector.slow for detector in detectors):
            _run(detectors, reading, derived, facts)
        else:
            await self._in_thread(detectors, reading, seconds, (derived, facts))
        return _carried_back(facts, views) if views else facts

    def close(self) -> None:
        """Start nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(
        self, detectors: Sequence[Detector], reading: Reading, seconds: float, into: tuple[Derived | None, Facts]
    ) -> None:
        derived, facts = into
        measured: Facts = {}
        work = asyncio.get_running_loop().run_in_executor(self._threads, _run, detectors, reading, derived, measured)
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(work)
        except TimeoutError:
            late = ", ".join(detector.fact for detector in detectors if detector.fact not in measured)
            _log.warning("not measured within %.1f s: %s", seconds, late)
        facts.update(tuple(measured.items()))


def _run(detectors: Sequence[Detector], reading: Reading, derived: Derived | None, facts: Facts) -> None:
    """Measure into `facts`, one after the other."""
    for detector in detectors:
        try:
            facts[detector.fact] = detector.measure(reading)
        except Exception as fault:
            _log.error("detector %s failed: %s", detector.fact, type(fault).__name__)
    if derived is not None:
        facts[derived.fact] = derived.measure_found(reading, facts)


Views = dict[str, tuple[JsonText, int]]
"""What a part's JSON says, and where the piece that was read begins."""


def _viewed(text: Passage, views: Views) -> Passage:
    return msgspec.structs.replace(text, text=views[text.part][0].text) if text.json else text


def _carried_back(facts: Facts, views: Views) -> Facts:
    return {name: _carried(fact, views) if isinstance(fact, tuple) else fact for name, fact in facts.items()}


def _carried(found: tuple[Any, ...], views: Views) -> tuple[Any, ...]:
    """Findings, with positions in the JSON instead of in what it says."""
    carried = []
    for finding in found:
        if finding.part not in views or not hasattr(finding, "start"):
            carried.append(finding)
            continue
        view, begin = views[finding.part]
        start, end = view.span(finding.start - begin, finding.end - begin)
        carried.append(msgspec.structs.replace(finding, start=begin + start, end=begin + end))
    return tuple(carried)
