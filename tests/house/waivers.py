"""Waivers: the few places where a rule is known not to hold, each with its reason. The list only shrinks."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.house.source import Breach

FILE = Path(__file__).with_name("waivers.toml")
SHORTEST_REASON = 20


@dataclass(frozen=True, slots=True)
class Waiver:
    """A rule that does not hold at one place, and why that is right."""

    rule: str
    where: str
    reason: str


def read(text: str) -> tuple[Waiver, ...]:
    """Read waivers from TOML.

    Raises:
        ValueError: a waiver has a field too many or too few, a reason of under 20 characters, or stands twice.
    """
    found: list[Waiver] = []
    for entry in tomllib.loads(text).get("waiver", []):
        if set(entry) != {"rule", "where", "reason"}:
            raise ValueError(f"a waiver has rule, where and reason, not {sorted(entry)}")
        waiver = Waiver(**entry)
        if len(waiver.reason.strip()) < SHORTEST_REASON:
            raise ValueError(f"{waiver.where}: the reason says nothing: {waiver.reason!r}")
        if any((waiver.rule, waiver.where) == (other.rule, other.where) for other in found):
            raise ValueError(f"{waiver.where}: waived twice for {waiver.rule}")
        found.append(waiver)
    return tuple(found)


def unwaived(breaches: Iterable[Breach], waivers: Iterable[Waiver]) -> list[Breach]:
    """The breaches that no waiver names."""
    waived = {(waiver.rule, waiver.where) for waiver in waivers}
    return [breach for breach in breaches if (breach.rule, breach.where) not in waived]


def needless(breaches: Iterable[Breach], waivers: Iterable[Waiver]) -> list[Waiver]:
    """The waivers that no breach needs any more."""
    needed = {(breach.rule, breach.where) for breach in breaches}
    return [waiver for waiver in waivers if (waiver.rule, waiver.where) not in needed]
