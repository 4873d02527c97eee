"""What a detector is: it measures texts and never decides.

A detector that fails or is late leaves its fact missing, and a control that needs a missing fact blocks.
"""

from __future__ import annotations

from typing import Protocol, TypeGuard, runtime_checkable

import msgspec

from prodworthy.policy.core.exchange import Answer, Call, Passage


class Reading(msgspec.Struct, frozen=True):
    """What detectors read: the texts to measure, and for an answer the call that it answers and the answer so far.

    `answer` is None while a request is read. Texts of a running stream are windows: their `start` tells where.
    """

    texts: tuple[Passage, ...]
    call: Call
    answer: Answer | None = None

    @property
    def characters(self) -> int:
        """How much there is to measure."""
        return sum(len(text.text) for text in self.texts)


@runtime_checkable
class Detector(Protocol):
    """Measures one fact. Pure but for bounded caches of its own; safe to call from several threads at once."""

    fact: str
    """The name under which controls ask for what it measures."""
    slow: bool
    """Whether it can hold the event loop for more than 200 microseconds on a small text: then it runs in a thread."""

    def measure(self, reading: Reading) -> object:
        """The fact. Time is linear in the length of the texts, whatever they hold."""


@runtime_checkable
class Windowed(Detector, Protocol):
    """A detector that can follow a stream: what it finds depends on a bounded surrounding only."""

    context: int
    """Characters before a window that must be measured with it."""

    def settled(self, text: str) -> int:
        """How many leading characters are final: whatever follows, findings that begin there stay, and no new one
        begins there. Never less for a longer text."""


def follows(detector: Detector) -> TypeGuard[Windowed]:
    """Whether a detector can follow a stream. To ask the protocol costs a hundred times as much."""
    return hasattr(detector, "settled")


def settled_words(text: str, back: int, reach: int) -> int:
    """What is settled where a finding spans at most `back` characters, or further, one unbroken word of `reach`."""
    limit = len(text) - back
    if limit <= 0:
        return 0
    least = max(0, limit - reach)
    for at in range(limit, least, -1):
        if text[at - 1].isspace():
            return at
    return least
