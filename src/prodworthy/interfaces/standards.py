"""The standard that ships with the package: reads its files once, and says in words what its entries ask for."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources

from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.standard.standard import Standard, parse
from prodworthy.policy.standard.values import Criterion, Domain, Group, Mapping, Requirement, StatusMeaning, Tier, Topic

PACKAGE = "prodworthy.policy.standard"
MAIN, MAPPINGS = "psf-1.1.toml", "mappings"


@dataclass(frozen=True, slots=True)
class ControlHere:
    """The control of this version for a criterion: its title, and where it is asked."""

    title: str
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """A criterion with everything that leads from it.

    `words` says whose text it is; `required` is by tier; `control` is None where this version has none for it.
    `mappings` lead to the criterion, `of_domain` to its domain as a whole.
    """

    criterion: Criterion
    domain: Domain
    words: StatusMeaning
    required: dict[str, Requirement]
    control: ControlHere | None
    mappings: tuple[Mapping, ...]
    of_domain: tuple[Mapping, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """A domain or topic, its criteria, and the mappings that lead to it or to one of them."""

    entry: Domain | Topic
    criteria: tuple[Described, ...]
    mappings: tuple[Mapping, ...]


def standard_files() -> tuple[str, tuple[str, ...]]:
    """The text of the main file, and of each file of mappings by name, exactly as their bytes are."""
    folder = resources.files(PACKAGE)
    files = sorted((folder / MAPPINGS).iterdir(), key=lambda file: file.name)
    texts = tuple(file.read_bytes().decode("utf-8") for file in files if file.name.endswith(".toml"))
    return (folder / MAIN).read_bytes().decode("utf-8"), texts


@functools.cache
def load_standard() -> Standard:
    """The standard. Raises StandardFault for files that were changed so that they do not fit together."""
    text, mappings = standard_files()
    return parse(text, mappings)


def describe(name: str) -> Described | Overview:
    """The domain, criterion or topic of this id. Raises NotInStandard."""
    standard = load_standard()
    entry = standard.entry(name)
    if isinstance(entry, Criterion):
        return _described(standard, entry)
    criteria = tuple(_described(standard, criterion) for criterion in standard.criteria_of(entry.id))
    return Overview(entry, criteria, standard.mapped(entry.id))


def describe_all() -> tuple[Described, ...]:
    """Every criterion, in order."""
    standard = load_standard()
    return tuple(_described(standard, criterion) for criterion in standard.criteria)


def in_words(needed: Requirement) -> str:
    """The requirement as a sentence says it, for example "exercised within 30 days"."""
    said = " or ".join(needed.grades)
    if needed.coverage is not None:
        said += f" on at least {needed.coverage * 100:g} % of exchanges"
    if needed.group is Group.TRAFFIC:
        said += f" over {needed.window_days} days"
    else:
        said += f" within {needed.max_age_days} days"
    if needed.persons:
        said += f" by {needed.persons} {'person' if needed.persons == 1 else 'people'}"
    if needed.partition:
        said += ", also with something cut off"
    if needed.four_eyes:
        said += ", with four eyes"
    return ", and ".join([said, *map(in_words, needed.also)])


def _described(standard: Standard, criterion: Criterion) -> Described:
    of_domain = tuple(row for row in standard.mapped(criterion.domain) if row.target == criterion.domain)
    return Described(
        criterion=criterion,
        domain=next(domain for domain in standard.domains if domain.id == criterion.domain),
        words=next(status for status in standard.document.text_status if status.id is criterion.text_status),
        required={tier.value: standard.required(criterion.id, tier) for tier in Tier},
        control=_controls().get(criterion.id),
        mappings=standard.mapped(criterion.id),
        of_domain=of_domain,
    )


@functools.cache
def _controls() -> dict[str, ControlHere]:
    return {
        name: ControlHere(control.title, tuple(stand.point.value for stand in control.stands))
        for name, control in discover().items()
    }
