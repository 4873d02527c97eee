"""The traffic under which a workload is switched off, and what its clients saw of that."""

from __future__ import annotations

import time

from prodworthy.assurance.drills.door import PATIENCE
from prodworthy.assurance.drills.load import HeldStream, Load
from prodworthy.assurance.drills.run import Run
from prodworthy.assurance.drills.speech import Said
from prodworthy.assurance.drills.voice import Voice
from prodworthy.policy.core.refusal import Code

FLOWING = 0.5
"""Seconds before the kill within which every stream must have brought bytes, to count as open."""

QUIET = 1.0
"""Seconds without a byte of any answer, and with every new request refused, after which it is over."""

_LIMITED = frozenset({Code.RATE_LIMITED.value, Code.TOKENS_EXHAUSTED.value})

_LONG = Said("Count from 1 to 1000 in words, one number on each line. Do not stop early.", stream=True, tokens=4_000)
_SHORT = Said("Say yes.", tokens=16)


class Traffic:
    """The load and the streams of one run."""

    def __init__(self, run: Run, voice: Voice, bound: float) -> None:
        """Nothing is sent yet; `bound` is how long streams may stay silent after a kill, in seconds."""
        door, patience = run.door, bound + PATIENCE
        self.load = Load(door, voice.path, voice.body(_SHORT), run.terms.rate)
        count, long = (run.terms.streams, voice.body(_LONG)) if voice.speech.streams else (0, b"")
        self.streams = [HeldStream(door, voice.path, long, patience) for _ in range(count)]

    def start(self) -> None:
        """Begin."""
        self.load.start()
        for stream in self.streams:
            stream.start()

    def stop(self) -> None:
        """End all of it from here."""
        for stream in self.streams:
            stream.hang_up()
        self.load.stop()

    def steady(self) -> bool:
        """Load was answered, and every stream flows now."""
        return any(one.answered for one in self.load.asked) and all(stream.flows(FLOWING) for stream in self.streams)

    def keep_some(self) -> None:
        """Give up streams that do not flow, and half of those that do: a slow model serves few at the same time.

        None is left where a control holds whole answers back: then the answers to the load are what is cut.
        """
        flowing = [stream for stream in self.streams if stream.flows(FLOWING)]
        kept = flowing[: (len(flowing) + 1) // 2]
        for stream in self.streams:
            if stream not in kept:
                stream.hang_up()
        self.streams = kept

    def last_byte(self, killed: float) -> float:
        """When the last byte of an answer came, in monotonic seconds; a refusal of what was asked later is none."""
        ends = [one.ended for one in self.load.asked if one.ended > killed and (one.answered or one.sent <= killed)]
        return max([killed, *ends, *(stream.last_byte for stream in self.streams)])

    def refused(self, killed: float) -> float | None:
        """When the refusal came from which on all were refusals by the switch, None where there is none yet.

        What a limit refused says nothing about the switch, and is left out.
        """
        since: float | None = None
        later = [one for one in self.load.asked if one.sent > killed and one.code not in _LIMITED]
        for one in sorted(later, key=lambda one: one.ended):
            off = one.code == Code.WORKLOAD_KILLED
            since = (since or one.ended) if off else None
        return since

    def over(self, killed: float) -> bool:
        """Nothing is open, and for a while nothing has come but refusals."""
        refused, settled = self.refused(killed), time.monotonic() - QUIET
        quiet = refused is not None and max(refused, self.last_byte(killed)) <= settled
        return quiet and not self.open_since(killed)

    def open_since(self, killed: float) -> int:
        """How many answers that began before the kill have not ended."""
        waiting = sum(sent <= killed for sent in self.load.under_way())
        return waiting + sum(not stream.ended for stream in self.streams)
