"""The files of a standard as they are written, and the checks that their entries fit together.

Each check raises StandardFault at the first entry that is wrong.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prodworthy.policy.standard.tables import StandardFault
from prodworthy.policy.standard.values import (
    AppliesFrom,
    Autonomy,
    Confidence,
    Criterion,
    Deadline,
    Domain,
    EvidenceRule,
    Figures,
    FourEyes,
    Freeze,
    Grade,
    Group,
    Kind,
    Level,
    Publication,
    Question,
    Readiness,
    Stage,
    StatusMeaning,
    TextStatus,
    Tier,
    Topic,
)

DOMAINS, CRITERIA_OF_A_DOMAIN = 8, 5
"""PSF v1.1 has eight domains of five criteria each: forty."""
HIGHEST_LEVEL = 5
QUESTIONS = 4
GRADES_OF = {
    Group.TRAFFIC: {Grade.ENFORCED, Grade.OBSERVED},
    Group.OPERATIONS: {Grade.EXERCISED},
    Group.PEOPLE: {Grade.ATTESTED},
}
_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")


@dataclass(frozen=True, slots=True)
class Document:
    """The main file."""

    publication: Publication
    text_status: tuple[StatusMeaning, ...]
    domain: tuple[Domain, ...]
    topic: tuple[Topic, ...]
    criterion: tuple[Criterion, ...]
    requirement: tuple[EvidenceRule, ...]
    four_eyes: tuple[FourEyes, ...]
    level: tuple[Level, ...]
    readiness: Readiness
    stage: tuple[Stage, ...]
    question: tuple[Question, ...]
    freeze: Freeze
    figures: Figures
    autonomy: tuple[Autonomy, ...]
    person_required: tuple[Kind, ...]
    monitoring: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class About:
    """The head of a file of mappings."""

    id: str
    name: str
    edition: str
    publisher: str
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class Row:
    """Entries of a framework that lead to one target; `source` is a name under `sources`."""

    target: str
    confidence: Confidence
    source: str
    refs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MappingFile:
    """One file of mappings."""

    framework: About
    sources: dict[str, str]
    mapping: tuple[Row, ...]
    titles: dict[str, str] | None = None
    date: tuple[AppliesFrom, ...] = ()
    deadline: tuple[Deadline, ...] = ()


def check(document: Document) -> None:
    """All checks of the main file."""
    _ids(document)
    _criteria(document)
    _complete("text_status", [status.id for status in document.text_status], list(TextStatus))
    _rules(document)
    _levels(document)
    _ladder(document)


def check_mappings(files: Sequence[MappingFile], targets: Iterable[str]) -> None:
    """All checks of the mapping files; `targets` are the ids that a row may lead to."""
    _unique("mappings", (file.framework.id for file in files))
    known = frozenset(targets)
    for file in files:
        _rows(file, known)
        for number, date in enumerate(file.date, 1):
            if not _DAY.fullmatch(date.on):
                raise StandardFault(f"{file.framework.id}: date[{number}].on", "This is no day.", "Write YYYY-MM-DD.")


def _ids(document: Document) -> None:
    listed: tuple[Domain | Topic | Criterion, ...] = (*document.domain, *document.topic, *document.criterion)
    _unique("domain, topic, criterion", (entry.id for entry in listed))
    _unique("stage", (stage.id for stage in document.stage))
    _unique("person_required", (kind.id for kind in document.person_required))
    _unique("monitoring", (kind.id for kind in document.monitoring))
    _in_order("question", [str(question.id) for question in document.question], _numbers(1, QUESTIONS))
    _in_order("autonomy", [level.id for level in document.autonomy], [f"L{n}" for n in range(5)])


def _criteria(document: Document) -> None:
    prefix = document.publication.id
    domains = [f"{prefix}-{number}" for number in range(1, DOMAINS + 1)]
    _in_order("domain", [domain.id for domain in document.domain], domains)
    expected = [f"{domain}.{number}" for domain in domains for number in range(1, CRITERIA_OF_A_DOMAIN + 1)]
    _in_order("criterion", [criterion.id for criterion in document.criterion], expected)
    for criterion in document.criterion:
        where = f"criterion {criterion.id}"
        if criterion.group in criterion.also:
            raise StandardFault(f"{where}.also", "It repeats the group.", "Name other groups only.")
        if criterion.also and not criterion.why:
            raise StandardFault(f"{where}.why", "Two groups need a reason.", "Say why.")
        if not criterion.stands:
            raise StandardFault(f"{where}.stands", "It stands nowhere.", "Say where it is met.")
    for domain in document.domain:
        if domain.ready_at > HIGHEST_LEVEL:
            raise StandardFault(f"domain {domain.id}.ready_at", "The level is above 5.", "Write 0 to 5.")


def _rules(document: Document) -> None:
    pairs = [f"{rule.tier} {rule.group}" for rule in document.requirement]
    _complete("requirement", pairs, [f"{tier} {group}" for tier in Tier for group in Group])
    for rule in document.requirement:
        where = f"requirement {rule.tier} {rule.group}"
        if not rule.grades or not GRADES_OF[rule.group] >= set(rule.grades):
            allowed = ", ".join(sorted(GRADES_OF[rule.group]))
            raise StandardFault(
                f"{where}.grades", "The grades do not fit the group.", f"Name one or more of {allowed}."
            )
        fits = {
            "window_days": bool(rule.window_days) is (rule.group is Group.TRAFFIC),
            "max_age_days": bool(rule.max_age_days) is (rule.group is not Group.TRAFFIC),
            "coverage": rule.coverage is None or (rule.group is Group.TRAFFIC and 0 < rule.coverage <= 1),
            "persons": bool(rule.persons) is (rule.group is Group.PEOPLE),
            "partition": not rule.partition or rule.group is Group.OPERATIONS,
        }
        for name, fit in fits.items():
            if not fit:
                remedy = "traffic has window_days and may have coverage, the others max_age_days; people have persons."
                raise StandardFault(f"{where}.{name}", "The bound is missing, or does not fit the group.", remedy)
    criteria = {criterion.id for criterion in document.criterion}
    for number, pair in enumerate(document.four_eyes, 1):
        _known(f"four_eyes[{number}].criterion", pair.criterion, criteria)


def _levels(document: Document) -> None:
    _in_order("level", [str(level.value) for level in document.level], _numbers(0, HIGHEST_LEVEL))
    for level in document.level:
        if bool(level.any_of) is (level.value == 0) or not all(level.any_of):
            where = f"level {level.value}.any_of"
            raise StandardFault(where, "Level 0 has no conditions, every other has some.", "Correct it.")


def _ladder(document: Document) -> None:
    stages = {stage.id for stage in document.stage}
    for question in document.question:
        _known(f"question {question.id}.no", question.no, stages)
    _known("freeze.stage", document.freeze.stage, stages)
    for domain in document.freeze.domains:
        _known("freeze.domains", domain, {entry.id for entry in document.domain})


def _rows(file: MappingFile, targets: frozenset[str]) -> None:
    name = file.framework.id
    pairs: set[tuple[str, str]] = set()
    for number, row in enumerate(file.mapping, 1):
        where = f"{name}: mapping[{number}]"
        _known(f"{where}.target", row.target, targets)
        _known(f"{where}.source", row.source, set(file.sources))
        for ref in row.refs:
            if (ref, row.target) in pairs:
                raise StandardFault(where, f"`{ref}` leads to {row.target} twice.", "Remove one.")
            pairs.add((ref, row.target))
    for ref, target in sorted(pairs):
        if "." in target and (ref, target.partition(".")[0]) in pairs:
            raise StandardFault(name, f"`{ref}` leads to {target} and to its domain.", "Keep the criterion.")
    refs = {ref for ref, _ in pairs}
    for ref in file.titles or ():
        _known(f"{name}: titles", ref, refs)
    unused = set(file.sources) - {row.source for row in file.mapping}
    if unused:
        raise StandardFault(f"{name}: sources", f"Nothing names {', '.join(sorted(unused))}.", "Remove it.")


def _known(where: str, name: str, among: Iterable[str]) -> None:
    if name not in among:
        raise StandardFault(where, f"`{name}` is unknown.", "Name an entry that exists.")


def _unique(where: str, ids: Iterable[str]) -> None:
    twice = [name for name, count in Counter(ids).items() if count > 1]
    if twice:
        raise StandardFault(where, f"`{twice[0]}` stands there twice.", "Keep one.")


def _in_order(where: str, ids: list[str], expected: list[str]) -> None:
    if ids != expected:
        pairs = itertools.zip_longest(ids, expected, fillvalue="nothing")
        found, wanted = next(pair for pair in pairs if pair[0] != pair[1])
        said = f"{len(ids)} entries, and `{found}` stands where `{wanted}` is expected."
        raise StandardFault(where, said, f"Write {expected[0]} to {expected[-1]} in order: {len(expected)}.")


def _complete(where: str, ids: list[str], expected: Sequence[str]) -> None:
    _unique(where, ids)
    missing = [name for name in expected if name not in ids]
    if missing:
        raise StandardFault(where, f"There is no entry for {missing[0]}.", "Add it.")


def _numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]
