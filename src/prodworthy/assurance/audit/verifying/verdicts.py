"""What a verifier says: numbered steps, each with its verdict, and one result.

A check that was not run is never a pass. What the trust policy does not ask for is neither.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from prodworthy.assurance.audit.view import date_text
from prodworthy.record.sealing.numbers import LARGEST


class Verdict(enum.StrEnum):
    """How a step ended."""

    PASS = "pass"  # noqa: S105 - a verdict is no password
    FAIL = "fail"
    INCOMPLETE = "incomplete"
    NOT_ASKED = "not asked for"


PASSED, FAILED, NOT_COMPLETE = 0, 1, 2
"""Exit codes."""


@dataclass(frozen=True, slots=True)
class Step:
    """One check: its number, what is checked, how it ended, and why, in words."""

    number: int
    title: str
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """All steps, and the head that is worth keeping once they passed: the checkpoint that closes the pack."""

    steps: tuple[Step, ...]
    checkpoint: bytes = b""

    @property
    def verdict(self) -> Verdict:
        """fail if any step failed, else incomplete if any is, else pass."""
        found = {step.verdict for step in self.steps}
        return next((one for one in (Verdict.FAIL, Verdict.INCOMPLETE) if one in found), Verdict.PASS)

    @property
    def code(self) -> int:
        """The exit code: 0 all passed, 1 a failure, 2 incomplete."""
        return {Verdict.FAIL: FAILED, Verdict.INCOMPLETE: NOT_COMPLETE}.get(self.verdict, PASSED)

    def plain(self) -> dict[str, Any]:
        """The JSON form."""
        steps = [
            {"step": one.number, "title": one.title, "verdict": one.verdict.value, "why": one.why} for one in self.steps
        ]
        return {"result": self.verdict.value, "exit": self.code, "steps": steps}

    def lines(self) -> list[str]:
        """The text form, one line for each step and one for the result."""
        wide = max(len(one.title) for one in self.steps)
        lines = [f"{one.number:3} {one.title:<{wide}}  {one.verdict:<13}  {printable(one.why)}" for one in self.steps]
        return [*(line.rstrip() for line in lines), f"    result: {self.verdict} (exit {self.code})"]


class NotComplete(Exception):
    """A step could not be run to its end: the text says what is missing."""


class NotAsked(Exception):
    """The trust policy does not ask for a step: the text says how it would."""


Telling = Callable[[str, int, int], None]
"""Takes what is being done, how much of it is done, and how much there is."""


def quiet(what: str, done: int, all_of_it: int) -> None:
    """Tell nobody."""


def printable(said: str) -> str:
    """The text without anything that could move a terminal's cursor or change its colours."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in said)


def date_of(at: int) -> str:
    """A time (Unix ns) as a date; a time beyond 2262 as the last day that nanoseconds can tell."""
    return date_text(min(at, LARGEST))
