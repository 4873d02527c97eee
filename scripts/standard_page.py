"""The page docs/reference/standard.md, from the standard that ships. Whose words a text is stands beside each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from prodworthy.interfaces.standards import Described, describe_all, in_words, load_standard
from prodworthy.policy.standard.standard import Standard
from prodworthy.policy.standard.values import Framework, Group, Tier


def page(note: str) -> str:
    """The whole page; `note` says that it is generated."""
    standard = load_standard()
    return "\n".join(
        [
            *_head(standard, note),
            *_evidence(standard),
            *_criteria(standard),
            *_levels(standard),
            *_ladder(standard),
            *_autonomy(standard),
            *_mappings(standard),
        ]
    )


def _head(standard: Standard, note: str) -> Iterator[str]:
    published = standard.publication
    yield f"# The standard\n\n{note}\n"
    yield "What is asked of a workload, and what counts as evidence. Nothing on this page is quoted.\n"
    yield f"Adapted from: {published.attribution} Source: <{published.url}>. Licence: <{published.licence_url}>.\n"
    yield f"{published.changes}\n"
    yield f"Digest of the files that this page is from: `{standard.digest}`.\n"
    yield "`prodworthy standard show PSF-3.2` prints one entry, `prodworthy standard list` all of them.\n"
    yield "## Whose words\n"
    yield from _table(("mark", "words"), ((status.mark, status.means) for status in standard.document.text_status))


def _evidence(standard: Standard) -> Iterator[str]:
    yield "## Required evidence by risk tier\n"
    yield (
        "Ours. `traffic` is decided exchange by exchange, `operations` are shown by doing them, `people` state what "
        "only they can know. Observed counts as not enforced.\n"
    )
    shown = {group: next(each for each in standard.criteria if each.group is group) for group in Group}
    rows = []
    for tier in Tier:
        needed = (standard.required(shown[group].id, tier) for group in Group)
        rows.append([tier.value, *(in_words(replace(each, also=(), partition=False)) for each in needed)])
    yield from _table(("tier", *(group.value for group in Group)), rows)
    yield "In the critical tier, a drill that has a variant with something cut off needs that too.\n"
    for pair in standard.document.four_eyes:
        yield f"{pair.criterion} needs four eyes in the {pair.tier} tier.\n"


def _criteria(standard: Standard) -> Iterator[str]:
    described = describe_all()
    for domain in standard.domains:
        yield f"## {domain.id} {domain.name}\n"
        yield f"{domain.note} (The note is ours.) Ready at {domain.ready_at:.1f} of 5.\n"
        for each in described:
            if each.domain == domain:
                yield from _criterion(each)


def _criterion(found: Described) -> Iterator[str]:
    criterion = found.criterion
    control = "none in this version"
    if found.control:
        control = f"{found.control.title}, at {', '.join(found.control.points)} ([reference](controls.md))"
    yield f"### {criterion.id} {criterion.title} ({found.words.mark})\n"
    yield f"{criterion.text}\n"
    yield f"- Source: {criterion.source}."
    yield f"- Stands at: {', '.join(criterion.stands)}."
    yield f"- Evidence: {' and '.join([criterion.group, *criterion.also])}. {criterion.why}".rstrip()
    yield f"- Drill: {criterion.drill}"
    if criterion.partition:
        yield f"- Critical tier, also: {criterion.partition}"
    yield f"- Control: {control}.\n"


def _levels(standard: Standard) -> Iterator[str]:
    readiness = standard.document.readiness
    yield "## Levels of a control, from 0 to 5\n"
    yield "Ours, not the institute's.\n"
    yield from _table(("level", "means"), ((str(level.value), level.means) for level in standard.levels))
    yield (
        f"A domain's level is the mean of its applicable controls, rounded down to {readiness.decimals} decimal. Ready "
        f"is a workload in which each domain has its level (above) and none is at {readiness.domain_above:g}: "
        f"{readiness.source}.\n"
    )


def _ladder(standard: Standard) -> Iterator[str]:
    document = standard.document
    yield "## Stages\n"
    yield "A stage is computed, never declared: the first question that is answered with no decides it.\n"
    rows = ((stage.name, "; ".join(stage.shows), "; ".join(stage.enforces)) for stage in document.stage)
    yield from _table(("stage", "the record must show", "the gateway enforces"), rows)
    asked = ((str(each.id), each.text, "; ".join(each.shown_by), each.no) for each in document.question)
    yield from _table(("question", "text", "shown by", "no means"), asked)
    freeze = document.freeze
    yield (
        f"The freeze: in {freeze.stage}, with {' or '.join(freeze.when)}, and an open gap in "
        f"{' or '.join(freeze.domains)}: {freeze.effect}\n"
    )


def _autonomy(standard: Standard) -> Iterator[str]:
    yield "## Autonomy\n"
    rows = ((each.id, each.means, "yes" if each.customers else "never") for each in standard.document.autonomy)
    yield from _table(("level", "means", "customers or regulated work"), rows)
    yield "A person is required when:\n"
    yield from (f"- {each.means}" for each in standard.document.person_required)
    yield ""


def _mappings(standard: Standard) -> Iterator[str]:
    yield "## Mappings\n"
    yield (
        "Ours. High: the entry was read in a public catalog and belongs to the domain. Medium: narrowed to a criterion "
        "by our reading, or from public lists that contradict each other. Low: not read again, or from a secondary "
        "source.\n"
    )
    for framework in standard.frameworks:
        yield from _framework(framework, standard)
    for topic in standard.document.topic:
        yield f"`{topic.id}` is no domain of the framework. {topic.note}\n"


def _framework(framework: Framework, standard: Standard) -> Iterator[str]:
    yield f"### {framework.name}\n"
    yield f"{framework.edition}, {framework.publisher}, <{framework.url}>. {framework.note}\n"
    rows: dict[tuple[str, str, str], list[str]] = {}
    for row in standard.mappings:
        if row.framework == framework.id:
            entry = f"{row.ref} ({row.title})" if row.title else row.ref
            rows.setdefault((row.target, row.confidence.value, row.source), []).append(entry)
    ordered = ((target, "; ".join(refs), confidence, source) for (target, confidence, source), refs in rows.items())
    yield from _table(("leads to", "entries", "confidence", "source"), ordered)
    if framework.dates:
        dates = ((date.on, date.ref, date.what, date.confidence.value, date.source) for date in framework.dates)
        yield from _table(("from", "entry", "what", "confidence", "source"), dates)
    for deadline in framework.deadlines:
        yield f"- {deadline.ref}: {deadline.event} ({deadline.hours} h)."
    if framework.deadlines:
        yield ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
    yield ""
