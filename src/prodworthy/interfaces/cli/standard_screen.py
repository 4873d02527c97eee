"""The standard, as a terminal shows it. Whose words a text is always stands beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.standards import in_words

if TYPE_CHECKING:
    from prodworthy.interfaces.standards import Described, Overview
    from prodworthy.policy.standard.standard import Standard
    from prodworthy.policy.standard.values import Mapping


def print_criterion(found: Described, standard: Standard) -> None:
    """One criterion with all that leads from it."""
    criterion, words = found.criterion, found.words
    screen.line(f"{criterion.id} {criterion.title}")
    screen.pairs(
        [
            ("domain", f"{found.domain.id} {found.domain.name}"),
            ("must", criterion.text),
            ("words", f"({words.mark}) {words.means}"),
            ("source", criterion.source),
            ("stands", ", ".join(criterion.stands)),
            ("evidence", _group(found)),
            ("because", criterion.why),
            ("drill", criterion.drill),
            ("cut off", criterion.partition),
            ("control", _control(found)),
        ],
        indent="  ",
    )
    screen.line("")
    screen.table(("TIER", "WHAT COUNTS AS EVIDENCE"), ((tier, in_words(r)) for tier, r in found.required.items()))
    _mappings("Mappings to this criterion", found.mappings, titled=True)
    _mappings(f"Mappings to {found.domain.id} as a whole", found.of_domain)
    _credit(standard)


def print_overview(found: Overview, standard: Standard) -> None:
    """A domain or topic."""
    screen.line(f"{found.entry.id} {found.entry.name}")
    ready = getattr(found.entry, "ready_at", None)
    screen.pairs([("note (ours)", found.entry.note), ("ready at", f"{ready:.1f} of 5" if ready else "")], indent="  ")
    if found.criteria:
        screen.line("")
        _criteria(found.criteria)
    _mappings("Mappings", found.mappings)
    _credit(standard)


def print_criteria(found: Sequence[Described], standard: Standard) -> None:
    """All criteria in one table."""
    _criteria(found)
    screen.line("")
    for status in standard.document.text_status:
        screen.line(f"({status.mark}) {status.means}")
    _credit(standard)


def _criteria(found: Iterable[Described]) -> None:
    rows = (
        (each.criterion.id, each.criterion.title, each.words.mark, _group(each), "yes" if each.control else "-")
        for each in found
    )
    screen.table(("CRITERION", "TITLE", "WORDS", "EVIDENCE", "CONTROL"), rows)


def _mappings(title: str, found: Sequence[Mapping], titled: bool = False) -> None:
    """One row for what is alike but for the entry."""
    if not found:
        return
    screen.line("")
    screen.line(title)
    entries: dict[tuple[str, ...], list[str]] = {}
    for row in found:
        said = f"{row.ref} {row.title}".strip() if titled else row.ref
        entries.setdefault((row.framework, row.target, row.confidence.value, row.source), []).append(said)
    rows = ((*of, "; ".join(refs)) for of, refs in entries.items())
    screen.table(("FRAMEWORK", "LEADS TO", "CONFIDENCE", "SOURCE", "ENTRIES"), rows)


def _group(found: Described) -> str:
    return " and ".join([found.criterion.group, *found.criterion.also])


def _control(found: Described) -> str:
    if found.control is None:
        return "none in this version"
    return f"{found.control.title}, at {', '.join(found.control.points)}"


def _credit(standard: Standard) -> None:
    screen.line("")
    screen.line(f"Adapted from: {standard.publication.attribution} {standard.publication.licence_url}")
    screen.line(standard.publication.changes)
