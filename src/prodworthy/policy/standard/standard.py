"""The standard, read from its files: domains, criteria, what each tier requires, and where other frameworks meet it.

One main file, and one file for each framework that it is mapped to; another framework is another file. Pure: whoever
calls `parse` has read the files. It refuses files with an unknown field, a missing or repeated entry, other than forty
criteria, or a mapping that leads nowhere.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from prodworthy.policy.standard.document import Document, MappingFile, check, check_mappings
from prodworthy.policy.standard.tables import parsed, read
from prodworthy.policy.standard.values import (
    Criterion,
    Domain,
    EvidenceRule,
    Framework,
    Level,
    Mapping,
    Publication,
    Requirement,
    Tier,
    Topic,
)


class NotInStandard(LookupError):
    """The standard has no entry of this id; `near` are ids that may be meant."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        """Look for ids like the one asked for, of which 60 printable characters are told."""
        listed = list(known)
        self.near = tuple(difflib.get_close_matches(name.upper()[:60], listed, n=5, cutoff=0.5)) or tuple(listed[:8])
        shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name[:60])
        super().__init__(f"The standard has no `{shown}`. There are, among others: {', '.join(self.near)}.")


@dataclass(frozen=True, slots=True)
class Standard:
    """A version of the standard. `document` is all that its main file says; `digest` is over the bytes of every file.

    The digest is SHA-256, in hexadecimal, over the SHA-256 digests of the files: the main one, then those of mappings
    by the id of their framework.
    """

    document: Document
    frameworks: tuple[Framework, ...]
    mappings: tuple[Mapping, ...]
    digest: str

    @property
    def publication(self) -> Publication:
        """Name, version, licence, and what was changed."""
        return self.document.publication

    @property
    def version(self) -> str:
        """The version of the published standard, for example "1.1"."""
        return self.document.publication.version

    @property
    def domains(self) -> tuple[Domain, ...]:
        """The eight domains, in order."""
        return self.document.domain

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """The forty criteria, in order."""
        return self.document.criterion

    @property
    def levels(self) -> tuple[Level, ...]:
        """The levels of a control, from 0 to 5."""
        return self.document.level

    def criterion(self, name: str) -> Criterion:
        """The criterion of this id, for example PSF-3.2. Raises NotInStandard."""
        for criterion in self.criteria:
            if criterion.id == name:
                return criterion
        raise NotInStandard(name, (criterion.id for criterion in self.criteria))

    def entry(self, name: str) -> Domain | Criterion | Topic:
        """The domain, criterion or topic of this id. Raises NotInStandard."""
        entries: tuple[Domain | Criterion | Topic, ...] = (*self.domains, *self.criteria, *self.document.topic)
        for entry in entries:
            if entry.id == name:
                return entry
        raise NotInStandard(name, (entry.id for entry in entries))

    def criteria_of(self, domain: str) -> tuple[Criterion, ...]:
        """The criteria of a domain, in order; none for an unknown one."""
        return tuple(criterion for criterion in self.criteria if criterion.domain == domain)

    def required(self, criterion: str, tier: str) -> Requirement:
        """Which evidence the criterion needs in a tier (low, medium, high, critical). Raises NotInStandard."""
        found = self.criterion(criterion)
        if tier not in list(Tier):
            raise NotInStandard(tier, Tier)
        rules = {rule.group: rule for rule in self.document.requirement if rule.tier == tier}
        eyes = any(pair.tier == tier and pair.criterion == found.id for pair in self.document.four_eyes)
        besides = tuple(_requirement(found, rules[group], False, ()) for group in found.also)
        return _requirement(found, rules[found.group], eyes, besides)

    def mapped(self, target: str) -> tuple[Mapping, ...]:
        """The mappings that lead to this id; for a domain also those that lead to its criteria."""
        return tuple(row for row in self.mappings if row.target == target or row.target.startswith(f"{target}."))


def parse(text: str, mappings: Sequence[str]) -> Standard:
    """Read a standard from the text of its files, of which `mappings` may come in any order. Raises StandardFault."""
    document = read(Document, parsed(text, "standard"), "standard")
    check(document)
    files = []
    for number, each in enumerate(mappings, 1):
        where = f"mappings[{number}]"
        files.append((read(MappingFile, parsed(each, where), where), each))
    entries: tuple[Domain | Criterion | Topic, ...] = (*document.domain, *document.criterion, *document.topic)
    check_mappings([file for file, _ in files], [entry.id for entry in entries])
    files.sort(key=lambda pair: pair[0].framework.id)
    return Standard(
        document,
        tuple(_framework(file) for file, _ in files),
        tuple(row for file, _ in files for row in _mappings(file)),
        _digest([text, *(each for _, each in files)]),
    )


def _requirement(
    criterion: Criterion, rule: EvidenceRule, four_eyes: bool, also: tuple[Requirement, ...]
) -> Requirement:
    return Requirement(
        criterion=criterion.id,
        tier=rule.tier,
        group=rule.group,
        grades=rule.grades,
        max_age_days=rule.max_age_days,
        window_days=rule.window_days,
        coverage=rule.coverage,
        persons=rule.persons,
        partition=rule.partition and bool(criterion.partition),
        four_eyes=four_eyes,
        also=also,
    )


def _framework(file: MappingFile) -> Framework:
    head = file.framework
    return Framework(
        head.id, head.name, head.edition, head.publisher, head.url, head.note, dates=file.date, deadlines=file.deadline
    )


def _mappings(file: MappingFile) -> Iterable[Mapping]:
    titles = file.titles or {}
    for row in file.mapping:
        for ref in row.refs:
            title, source = titles.get(ref, ""), file.sources[row.source]
            yield Mapping(file.framework.id, ref, title, row.target, source, row.confidence)


def _digest(texts: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for text in texts:
        whole.update(hashlib.sha256(text.encode()).digest())
    return whole.hexdigest()
