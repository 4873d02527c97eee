"""One rule: which shapes are candidates, what makes a candidate a finding, and which word must stand to its left."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

import msgspec

GATE = 48
"""Characters to the left of a candidate in which its keyword must end."""

MASK = str.maketrans("", "", " .-/()\u00a0")


class Rule(msgspec.Struct, frozen=True):
    """A kind of personal data.

    `shapes` are hyperscan patterns of bounded length, `unbroken` the lengths of bare digits that may be one. `check`
    gets the characters without separators, in capitals.
    `gate` are keywords in the same syntax, "" where the form says enough; `native` are keywords in other scripts, as
    they stand, in lower case. `confidence` lies from 0 to 1.
    """

    kind: str
    shapes: tuple[bytes, ...]
    check: Callable[[str], bool]
    unbroken: tuple[int, ...] = ()
    gate: str = ""
    native: tuple[str, ...] = ()
    confidence: float = 0.9


KNOWN = 1024
"""Candidates whose verdict is remembered while one text is read: what repeats is checked once."""

Verdict = tuple[int, int, float]
NOWHERE: Verdict = (0, 0, 0.0)
"""What is known of a candidate that is none."""
SURE: Verdict = (0, 0, 1.0)
"""What is known of a candidate that is a finding as it stands."""


class Said(msgspec.Struct, frozen=True):
    """A text, where keywords end in it (by gate, ascending), and what is known of the candidates in it.

    `native` are the keywords in other scripts that it holds; `live` keeps which rules bare digits may meet, by length.

    A verdict is remembered under the judge and the characters that it read. It says where the finding begins and ends,
    from the candidate on, and how sure it is. At most the KNOWN latest are remembered.
    """

    text: str
    ends: dict[str, list[int]]
    known: dict[tuple[int | str, str], Verdict]
    ascii: bool
    native: frozenset[str] = frozenset()
    live: dict[int, tuple[tuple[int, Rule], ...]] = msgspec.field(default_factory=dict)

    def around(self, start: int, end: int, before: int, after: int) -> str:
        """The characters that decide about a candidate; with a mark where the text begins within them."""
        return self.text[start - before : end + after] if start >= before else f"^{start} {self.text[: end + after]}"

    def learn(self, key: tuple[int | str, str], verdict: Verdict) -> Verdict:
        """Remember a verdict, and return it."""
        if len(self.known) >= KNOWN:
            self.known.clear()
        self.known[key] = verdict
        return verdict

    def before(self, rule_gate: str, native: tuple[str, ...], start: int) -> bool:
        """Whether a keyword of the gate, or a native one, ends at most GATE characters before `start`."""
        ends = self.ends.get(rule_gate)
        if ends:
            place = bisect_right(ends, start)
            if place and ends[place - 1] >= start - GATE:
                return True
        if self.native.isdisjoint(native):
            return False
        left = self.text[max(0, start - GATE) : start]
        if left.isascii():
            return False
        lower = left.lower()
        return any(word in lower for word in native)

    def spoken(self, rule: Rule) -> bool:
        """Whether the text holds a keyword of the rule anywhere, or the rule needs none."""
        return not rule.gate or rule.gate in self.ends or not self.native.isdisjoint(rule.native)

    def last(self, gate: str, start: int) -> int:
        """Where the last keyword of the gate ends at or before `start`; far to the left if none does."""
        ends = self.ends.get(gate)
        place = bisect_right(ends, start) if ends else 0
        return ends[place - 1] if ends and place else -GATE * 1000


def gate_pattern(gate: str) -> bytes:
    """The keywords of a gate as one pattern: whole words in any case, also within `an_identifier`.

    A letter that is not ASCII stands as `?` in what is scanned.
    """
    plain = "".join(char if char.isascii() else r"\?" for char in gate)
    return rf"(?i)(?:\b|_)(?:{plain})(?:\b|_)".encode()


def compact(text: str) -> str:
    """The characters without separators, in capitals."""
    return text.translate(MASK).upper()


_BEFORE = {"-": str.isalnum, "/": str.isalnum, "+": str.isalnum, "@": str.isalnum, "%": str.isalnum, ".": str.isdigit}
_AFTER = {"-": str.isalnum, "/": str.isalnum, ".": str.isdigit}


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether `[start, end)` is no part of a longer number, word, version, path or identifier.

    Looks at two characters on each side. Letters of other scripts may adjoin: Chinese has no spaces.
    """
    return begins_alone(text, start) and ends_alone(text, end)


_FIGURES = frozenset("0123456789")


def within_number(text: str, start: int) -> bool:
    """Whether a figure stands in a row of them that hyphens or slashes join: then nothing begins here."""
    return start > 1 and text[start - 1] in "-/" and text[start - 2] in _FIGURES and text[start] in _FIGURES


def begins_alone(text: str, start: int) -> bool:
    """Whether nothing before `start` belongs to what begins there."""
    if not start:
        return True
    last = text[start - 1]
    if last.isascii() and (last.isalnum() or last in "_$#\\"):
        return False
    joins = _BEFORE.get(last)
    return not (joins and start > 1 and text[start - 2].isascii() and joins(text[start - 2]))


def ends_alone(text: str, end: int) -> bool:
    """Whether nothing from `end` on belongs to what ends there."""
    after = text[end : end + 2]
    if not after:
        return True
    if after[0].isascii() and (after[0].isalnum() or after[0] in "_@%"):
        return False
    joins = _AFTER.get(after[0])
    return not (joins and len(after) == 2 and after[1].isascii() and joins(after[1]))
