"""What judges a match of each shape: which candidates a place in a text holds."""

from __future__ import annotations

import functools
from collections.abc import Callable

import msgspec

from prodworthy.gateway.detectors.overlaps import Candidate
from prodworthy.gateway.detectors.pattern_set import PatternSet, Span
from prodworthy.gateway.detectors.personal_data import dates, emails, network, phone_rows, phones
from prodworthy.gateway.detectors.personal_data.figures import Figures
from prodworthy.gateway.detectors.personal_data.national_europe import EUROPE
from prodworthy.gateway.detectors.personal_data.national_world import SSN_AFTER_ADDRESS, WORLD, ssn
from prodworthy.gateway.detectors.personal_data.numbers import CARDS, GROUPED, IBAN_HEAD, IBAN_REACH, cards, iban_end
from prodworthy.gateway.detectors.personal_data.rule import (
    NOWHERE,
    SURE,
    Rule,
    Said,
    compact,
    ends_alone,
    gate_pattern,
    stands_alone,
    within_number,
)

UNBROKEN = rb"\b[0-9]{8,19}\b"
"""Bare digits; which kinds they could be depends on how many they are."""

MANY = 96
"""Matches of one shape from which on they are judged together, where they can be: for fewer it does not pay."""

Numbered = tuple[int, Rule]
Judge = Callable[[Said, int, int], tuple[Candidate, ...]]
Many = Callable[[Said, Figures, list[Span]], list[Candidate]]
NONE: tuple[Candidate, ...] = ()
NO_WORDS: frozenset[str] = frozenset()


class Compiled(msgspec.Struct, frozen=True):
    """Two databases (as one they would take twice as long to compile), and what their matches mean, by index.

    `asked` are the keywords without which a shape means nothing, none for a shape that means something alone;
    `native` are the shapes for which there are keywords in other scripts too.
    """

    words: PatternSet
    gates: tuple[str, ...]
    shapes: PatternSet
    judges: tuple[Judge, ...]
    asked: tuple[frozenset[str], ...]
    native: frozenset[int]
    spoken: frozenset[str]
    together: dict[int, Many]

    def candidates(self, text: str) -> list[Candidate]:
        """What passes all checks, in no order, overlapping as it may."""
        by_shape = self.shapes.spans(text)
        if not by_shape:
            return []
        plain = text.isascii()
        said = Said(text, {}, {}, plain, NO_WORDS if plain else self._native(text.lower()))
        for index, _, end in self.words.matches(text):
            said.ends.setdefault(self.gates[index], []).append(end)
        silent, figures = self._silent(said), None
        found: list[Candidate] = []
        for index, spans in by_shape.items():
            if index in silent:
                continue
            if len(spans) >= MANY and index in self.together:
                figures = figures or Figures(text)
                found += self.together[index](said, figures, spans)
                continue
            judge = self.judges[index]
            for start, end in spans:
                found += judge(said, start, end)
        return found

    def _native(self, lower: str) -> frozenset[str]:
        """The keywords in other scripts that a text in lower case holds."""
        return frozenset(word for word in self.spoken if word in lower)

    def _silent(self, said: Said) -> frozenset[int]:
        """The shapes that mean nothing in this text, because nobody says a word for them."""
        return frozenset(
            index
            for index, gates in enumerate(self.asked)
            if gates and gates.isdisjoint(said.ends) and (said.ascii or index not in self.native)
        )


@functools.cache
def compiled(kinds: frozenset[str], regions: tuple[str, ...]) -> Compiled:
    """For these kinds, and these countries' telephone numbers; made once in a process for each choice.

    Raises ValueError for a country that has no numbering plan.
    """
    rules = [rule for rule in (*CARDS, *EUROPE, *WORLD) if rule.kind in kinds]
    gates = dict.fromkeys([rule.gate for rule in rules if rule.gate] + [dates.BORN] * ("date_of_birth" in kinds))
    numbering = phones.Numbering(regions)
    judges: dict[bytes, Judge] = {UNBROKEN: functools.partial(_bare, _by_length(rules)), **_by_place(kinds, numbering)}
    in_rows: dict[bytes, Many] = {
        shape: functools.partial(_phones, numbering, place) for place, shape in enumerate(phones.SHAPES)
    }
    asked = dict.fromkeys(dates.SHAPES, frozenset({dates.BORN}))
    by_shape: dict[bytes, list[Numbered]] = {}
    for place, rule in enumerate(rules):
        for shape in rule.shapes:
            by_shape.setdefault(shape, []).append((place, rule))
    for shape, these in by_shape.items():
        judges[shape] = functools.partial(_ruled, tuple(these))
        if shape in GROUPED:
            in_rows[shape] = functools.partial(_cards, these[0][1])
        asked[shape] = frozenset(rule.gate for _, rule in these if all(other.gate for _, other in these))
    elsewhere = {*dates.SHAPES, *(shape for rule in rules if rule.native for shape in rule.shapes)}
    native = frozenset(place for place, shape in enumerate(judges) if shape in elsewhere)
    words, needs = PatternSet([*map(gate_pattern, gates)]), tuple(asked.get(shape, frozenset()) for shape in judges)
    together = {place: many for place, shape in enumerate(judges) if (many := in_rows.get(shape))}
    spoken = frozenset(word for rule in rules for word in rule.native)
    return Compiled(words, tuple(gates), PatternSet([*judges]), tuple(judges.values()), needs, native, spoken, together)


def _by_length(rules: list[Rule]) -> dict[int, tuple[Numbered, ...]]:
    numbered = tuple(enumerate(rules))
    return {size: tuple(one for one in numbered if size in one[1].unbroken) for size in range(8, 20)}


def _by_place(kinds: frozenset[str], numbering: phones.Numbering) -> dict[bytes, Judge]:
    """The kinds that have a module of their own."""
    judges: dict[bytes, Judge] = {}
    if "email" in kinds:
        judges[emails.SHAPE] = _email
    if "iban" in kinds:
        judges[IBAN_HEAD] = _iban
    if "phone" in kinds:
        judges |= {shape: functools.partial(_phone, numbering, place) for place, shape in enumerate(phones.SHAPES)}
    if "us_ssn" in kinds:
        judges[SSN_AFTER_ADDRESS] = _after_address
    for place, shape in enumerate(network.SHAPES):
        if network.kind_of(place) in kinds:
            judges[shape] = functools.partial(_address, place, network.MARKS[place])
    if "date_of_birth" in kinds:
        judges |= {shape: functools.partial(_birth, place) for place, shape in enumerate(dates.SHAPES)}
    return judges


def _bare(by_length: dict[int, tuple[Numbered, ...]], said: Said, start: int, end: int) -> tuple[Candidate, ...]:
    size = end - start
    live = said.live.get(size)
    if live is None:
        live = said.live[size] = tuple(one for one in by_length[size] if said.spoken(one[1]))
    return _ruled(live, said, start, end) if live else NONE


def _ruled(rules: tuple[Numbered, ...], said: Said, start: int, end: int) -> tuple[Candidate, ...]:
    written, found = "", NONE
    for place, rule in rules:
        if rule.gate and not said.before(rule.gate, rule.native, start):
            continue
        written = written or said.around(start, end, 2, 2)
        key = (place, written)
        verdict = said.known.get(key)
        if verdict is None:
            passes = rule.check(compact(said.text[start:end])) and stands_alone(said.text, start, end)
            verdict = said.learn(key, SURE if passes else NOWHERE)
        if verdict is not NOWHERE:
            found += (Candidate(start, end, rule.kind, rule.confidence),)
    return found


def _cards(rule: Rule, _said: Said, figures: Figures, spans: list[Span]) -> list[Candidate]:
    return [Candidate(start, end, rule.kind, rule.confidence) for start, end in cards(figures, spans)]


def _email(said: Said, start: int, _end: int) -> tuple[Candidate, ...]:
    at = start + 1
    key = ("@", said.around(at, at, emails.BEFORE, emails.REACH))
    spans = said.known.get(key)
    if spans is None:
        found = emails.find(said.text, at)
        spans = said.learn(key, (found[0] - at, found[1] - at, found[2]) if found else NOWHERE)
    return (Candidate(at + spans[0], at + spans[1], "email", spans[2]),) if spans is not NOWHERE else NONE


def _after_address(said: Said, _start: int, end: int) -> tuple[Candidate, ...]:
    start = end - len("123-45-6789")
    found = ssn(compact(said.text[start:end])) and ends_alone(said.text, end)
    return (Candidate(start, end, "us_ssn", 0.8),) if found else NONE


def _iban(said: Said, start: int, _end: int) -> tuple[Candidate, ...]:
    key = ("iban", said.around(start, start, 2, IBAN_REACH))
    spans = said.known.get(key)
    if spans is None:
        end = iban_end(said.text, start)
        spans = said.learn(key, (0, end - start, 0.99) if end and stands_alone(said.text, start, end) else NOWHERE)
    return (Candidate(start, start + spans[1], "iban", spans[2]),) if spans is not NOWHERE else NONE


def _phone(numbering: phones.Numbering, shape: int, said: Said, start: int, end: int) -> tuple[Candidate, ...]:
    start = phones.begin(said.text, end, shape) if shape in phones.SPOKEN else start
    if within_number(said.text, start):
        return NONE
    key = (-1 - shape, said.around(start, start, phones.BEFORE[shape], phones.REACH))
    spans = said.known.get(key)
    if spans is None:
        found = numbering.find(said.text, start, shape)
        spans = said.learn(key, (0, found[0] - start, found[1]) if found else NOWHERE)
    return (Candidate(start, start + spans[1], "phone", spans[2], tier=1),) if spans is not NOWHERE else NONE


def _phones(
    numbering: phones.Numbering, shape: int, said: Said, figures: Figures, spans: list[Span]
) -> list[Candidate]:
    spoken = shape in phones.SPOKEN
    starts = [phones.begin(said.text, end, shape) if spoken else start for start, end in spans]
    found = phone_rows.Rows(numbering, said.text, figures, shape).find(starts)
    return [Candidate(start, end, "phone", sure, 1) for start, end, sure in found]


def _address(shape: int, mark: str, said: Said, start: int, end: int) -> tuple[Candidate, ...]:
    if start > 1 and said.text[start - 1] == mark and said.text[start - 2].isalnum():
        return NONE
    key = (network.KEYS[shape], said.around(start, start, network.BEFORE, network.REACH))
    spans = said.known.get(key)
    if spans is None:
        found = network.find(said.text, start, end, shape)
        spans = said.learn(key, (0, found[0] - start, found[1]) if found else NOWHERE)
    if spans is NOWHERE:
        return NONE
    return (Candidate(start, start + spans[1], network.kind_of(shape), spans[2]),)


def _birth(shape: int, said: Said, start: int, end: int) -> tuple[Candidate, ...]:
    return (Candidate(start, end, "date_of_birth", 0.9),) if dates.find(said, start, end, shape) else NONE
