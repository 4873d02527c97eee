"""What a detector is: it measures texts and never decides.

A detector that fails or is late leaves its fact missing, and a control that needs a missing fact blocks.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from prodworthy.policy.core.exchange import Answer, Call, Passage


class Reading(msgspec.Struct, frozen=True):
    """What detectors read: the texts to measure, and for an answer the call that it answers and the answer so far.

    `answer` is None while a request is read. Texts of a running stream are windows: their `start` tells where.
    """

    texts: tuple[Passage, ...]
    call: Call
    answer: Answer | None = None


class Detector(Protocol):
    """Measures one fact. Pure but for bounded caches of its own; safe to call from several threads at once."""

    fact: str
    """The name under which controls ask for what it measures."""

    def measure(self, reading: Reading) -> object:
        """The fact. Time is linear in the length of the texts, whatever they hold."""
