"""A drill as a value: what it proves, its steps, what it observes, its bound, what it cleans up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping

import msgspec

from prodworthy.assurance.drills.run import Run, Terms

_MICROSECONDS = 1_000_000


class Drill(msgspec.Struct, frozen=True):
    """One drill. `execute` does the steps; it returns what it found, in words, or raises Failed or Incomplete.

    `criteria` are those for which it is evidence; `traffic` says what it does to traffic, `takes` how long it takes.
    `observes`: what each observation counts, by name. `bound`: seconds that it must not exceed, 0 where it times
    nothing. `options` are the terms of a run that make a difference to it, besides the protocol.
    """

    name: str
    criteria: tuple[str, ...]
    proves: str
    traffic: str
    takes: str
    steps: tuple[str, ...]
    observes: Mapping[str, str]
    cleans: str
    execute: Callable[[Run], str]
    bound: float = 0.0
    options: frozenset[str] = frozenset({"rate"})

    def bound_of(self, terms: Terms) -> int:
        """The bound of a run on these terms, in microseconds."""
        return round((terms.bound or self.bound) * _MICROSECONDS)

    def plain(self, terms: Terms) -> dict[str, object]:
        """All of it but the function, on the terms of a run: whole numbers and texts."""
        chosen = {"bound": self.bound_of(terms), "rate": terms.rate, "streams": terms.streams}
        return {
            "name": self.name,
            "criteria": list(self.criteria),
            "proves": self.proves,
            "steps": list(self.steps),
            "observes": dict(self.observes),
            "cleans": self.cleans,
            "terms": {name: value for name, value in chosen.items() if name in self.options},
        }

    def digest(self, terms: Terms) -> str:
        """SHA-256 of the drill as a value, in hexadecimal: keys in order, no spaces, UTF-8."""
        text = json.dumps(self.plain(terms), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
