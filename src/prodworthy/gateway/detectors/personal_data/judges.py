"""What judges a match of each shape: which candidates a place in a text holds."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import msgspec

from prodworthy.gateway.detectors.overlaps import Candidate
from prodworthy.gateway.detectors.pattern_set import PatternSet
from prodworthy.gateway.detectors.personal_data import dates, emails, network, phones
from prodworthy.gateway.detectors.personal_data.national_europe import EUROPE
from prodworthy.gateway.detectors.personal_data.national_world import WORLD
from prodworthy.gateway.detectors.personal_data.numbers import CARDS, IBAN_HEAD, iban_end
from prodworthy.gateway.detectors.personal_data.rule import Rule, Said, compact, gate_pattern, stands_alone

UNBROKEN = rb"\b[0-9]{8,19}\b"
"""Bare digits; which kinds they could be depends on how many they are."""

Judge = Callable[[Said, int, int], Iterator[Candidate]]


class Compiled(msgspec.Struct, frozen=True):
    """Two databases (as one they would take twice as long to compile), and what their matches mean, by index."""

    words: PatternSet
    gates: tuple[str, ...]
    shapes: PatternSet
    judges: tuple[Judge, ...]

    def candidates(self, text: str) -> list[Candidate]:
        """What passes all checks, in no order, overlapping as it may."""
        matches = self.shapes.matches(text)
        if not matches:
            return []
        said = Said(text, {})
        for index, _, end in self.words.matches(text):
            said.ends.setdefault(self.gates[index], []).append(end)
        return [one for index, start, end in matches for one in self.judges[index](said, start, end)]


@functools.cache
def compiled(kinds: frozenset[str], regions: tuple[str, ...]) -> Compiled:
    """For these kinds, and these countries' telephone numbers; made once in a process for each choice.

    Raises ValueError for a country that has no numbering plan.
    """
    rules = [rule for rule in (*CARDS, *EUROPE, *WORLD) if rule.kind in kinds]
    gates = dict.fromkeys([rule.gate for rule in rules if rule.gate] + [dates.BORN] * ("date_of_birth" in kinds))
    judges: dict[bytes, Judge] = {UNBROKEN: functools.partial(_bare, _by_length(rules)), **_by_place(kinds, regions)}
    by_shape: dict[bytes, list[Rule]] = {}
    for rule in rules:
        for shape in rule.shapes:
            by_shape.setdefault(shape, []).append(rule)
    judges |= {shape: functools.partial(_ruled, tuple(rules)) for shape, rules in by_shape.items()}
    words = PatternSet([*map(gate_pattern, gates)])
    return Compiled(words, tuple(gates), PatternSet([*judges]), tuple(judges.values()))


def _by_length(rules: list[Rule]) -> dict[int, tuple[Rule, ...]]:
    return {size: tuple(rule for rule in rules if size in rule.unbroken) for size in range(8, 20)}


def _by_place(kinds: frozenset[str], regions: tuple[str, ...]) -> dict[bytes, Judge]:
    """The kinds that have a module of their own."""
    judges: dict[bytes, Judge] = {}
    if "email" in kinds:
        judges[emails.SHAPE] = _email
    if "iban" in kinds:
        judges[IBAN_HEAD] = _iban
    if "phone" in kinds:
        numbering = phones.Numbering(regions)
        judges |= {shape: functools.partial(_phone, numbering, place) for place, shape in enumerate(phones.SHAPES)}
    for place, shape in enumerate(network.SHAPES):
        if network.kind_of(place) in kinds:
            judges[shape] = functools.partial(_address, place)
    if "date_of_birth" in kinds:
        judges |= {shape: functools.partial(_birth, place) for place, shape in enumerate(dates.SHAPES)}
    return judges


def _bare(by_length: dict[int, tuple[Rule, ...]], said: Said, start: int, end: int) -> Iterator[Candidate]:
    return _ruled(by_length[end - start], said, start, end)


def _ruled(rules: tuple[Rule, ...], said: Said, start: int, end: int) -> Iterator[Candidate]:
    wanted = [rule for rule in rules if not rule.gate or said.before(rule.gate, rule.native, start)]
    if not wanted or not stands_alone(said.text, start, end):
        return
    written = compact(said.text[start:end])
    for rule in wanted:
        if rule.check(written):
            yield Candidate(start, end, rule.kind, rule.confidence)


def _email(said: Said, start: int, _end: int) -> Iterator[Candidate]:
    if found := emails.find(said.text, start + 1):
        yield Candidate(found[0], found[1], "email", found[2])


def _iban(said: Said, start: int, _end: int) -> Iterator[Candidate]:
    end = iban_end(said.text, start)
    if end and stands_alone(said.text, start, end):
        yield Candidate(start, end, "iban", 0.99)


def _phone(numbering: phones.Numbering, shape: int, said: Said, start: int, end: int) -> Iterator[Candidate]:
    start = phones.begin(said.text, end, shape) if shape in phones.SPOKEN else start
    if found := numbering.find(said.text, start, shape):
        yield Candidate(start, found[0], "phone", found[1], tier=1)


def _address(shape: int, said: Said, start: int, end: int) -> Iterator[Candidate]:
    if found := network.find(said.text, start, end, shape):
        yield Candidate(start, found[0], network.kind_of(shape), found[1])


def _birth(shape: int, said: Said, start: int, end: int) -> Iterator[Candidate]:
    if dates.find(said, start, end, shape):
        yield Candidate(start, end, "date_of_birth", 0.9)
