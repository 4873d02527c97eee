"""What no schema can say: fields that contradict each other, and fields that will be missed later."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from prodworthy.operations.roster.document import Path
from prodworthy.policy.core.manifest import Autonomy, Kind, Manifest, Tier

Complaint = tuple[Path, str, str]  # the path, the problem, the remedy


def contradictions(manifest: Manifest) -> Iterator[Complaint]:
    """What makes a manifest unfit to be applied although every field is well formed."""
    yield from _blanks(manifest)
    yield from _doubles("models", "name", [model.served_as for model in manifest.models])
    yield from _doubles("tools", "name", [tool.name for tool in manifest.tools])
    if manifest.autonomy is Autonomy.L4 and manifest.users.real:
        # the framework's oversight guide: L4 never where customers are touched
        remedy = "Declare L3 or lower, or `users.real: false` if only synthetic traffic comes."
        yield ("autonomy",), "L4 (nobody looks) is not allowed where real users are touched.", remedy
    if manifest.parent == manifest.id:
        yield ("parent",), "The workload is its own parent.", "Name another workload, or remove the line."
    if manifest.review.last and not _is_date(manifest.review.last):
        yield ("review", "last"), "There is no such day.", "Write a date as 2026-01-31."
    timeouts = manifest.limits.timeouts
    for name in ("connect", "first_byte", "between_chunks"):
        if getattr(timeouts, name) > timeouts.whole:
            remedy = f"Write at most {timeouts.whole:g}, or raise `whole`."
            yield ("limits", "timeouts", name), "It is longer than the whole exchange may take.", remedy


def omissions(manifest: Manifest) -> Iterator[Complaint]:
    """What may be left out now and will be needed before the workload can climb the ladder."""
    for missed, field, problem, remedy in (*_unsaid(manifest), *_unbounded(manifest)):
        if missed:
            yield tuple(field.split(".")), problem, remedy


def _unsaid(manifest: Manifest) -> Iterator[tuple[bool, str, str, str]]:
    """Whether something that only people know was left out: (missed, field, problem, remedy)."""
    purpose, regulation = manifest.purpose, manifest.regulation
    yield manifest.on_call is None, "on_call", "Nobody is on call.", "Name who is called and by which route."
    yield not manifest.technical_owner, "technical_owner", "Nobody owns it technically.", "Name a person."
    yield not purpose.intended, "purpose.intended", "The purpose is not said.", "Say what it is for."
    remedy = "List what it must not be used for."
    yield not purpose.out_of_scope, "purpose.out_of_scope", "No use is ruled out.", remedy
    missed = not regulation.eu_role or not regulation.eu_class
    remedy = "Write `eu_role` and `eu_class`, or why the Act does not apply."
    yield missed, "regulation", "Role or class under the EU AI Act is not said.", remedy
    missed = manifest.risk_tier in (Tier.HIGH, Tier.CRITICAL) and not regulation.independent_review
    problem = "No independent review for this risk tier."
    yield missed, "regulation.independent_review", problem, "Refer to the review."
    yield not manifest.review.last, "review.last", "It was never reviewed.", "Review it and write the date."


def _unbounded(manifest: Manifest) -> Iterator[tuple[bool, str, str, str]]:
    """Whether data, tools or users have no stated bound: (missed, field, problem, remedy)."""
    data, users = manifest.data, manifest.users
    yield not data.classes, "data.classes", "No data class is named.", "List the classes of data it sees."
    missed = data.personal and not data.legal_basis
    yield missed, "data.legal_basis", "Personal data has no legal basis.", "Name it (GDPR, Article 6)."
    missed = bool(data.personal_categories) and not data.personal
    problem = "Categories of personal data are named, but `personal` is false."
    yield missed, "data.personal", problem, "Write `personal: true`, or remove the categories."
    missed = manifest.kind is Kind.AGENT and not manifest.tools
    yield missed, "tools", "An agent without tools.", "List the tools it may call."
    remedy = "Say how many there may be; a pilot needs the cap."
    yield users.real and users.maximum == 0, "users.maximum", "Real users without a cap.", remedy
    missed = users.real and manifest.limits.rate is None
    yield missed, "limits.rate", "Real users without a rate limit.", "Set `limits.rate`."


def _blanks(manifest: Manifest) -> Iterator[Complaint]:
    """Required text that holds nothing."""
    texts: list[tuple[Path, str]] = [(("owner",), manifest.owner)]
    texts += [(("models", place, "model"), model.model) for place, model in enumerate(manifest.models)]
    texts += [(("tools", place, "name"), tool.name) for place, tool in enumerate(manifest.tools)]
    if manifest.on_call is not None:
        texts.append((("on_call", "who"), manifest.on_call.who))
    for path, text in texts:
        if not text.strip():
            yield path, "The text is blank.", "Fill it in."


def _doubles(part: str, field: str, names: list[str]) -> Iterator[Complaint]:
    """Names that occur twice in a list, at each place but the first."""
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        earlier = first.setdefault(name, place)
        if earlier != place:
            problem = f"`{name[:80]}` is also the name of {part}.{earlier}."
            yield (part, place, field), problem, "Give each a name of its own, or remove one."


def _is_date(text: str) -> bool:
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True
