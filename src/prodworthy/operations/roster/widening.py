"""Whether one manifest opens more than another: users, rates, tools, data, places. Pure; a cap that is gone is wider.

While a workload is frozen, each applied manifest is compared with the one in force. "Not wider" is a partial order, so
no sequence of such applies ends wider than it began, in any dimension.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from prodworthy.operations.roster.document import Path
from prodworthy.policy.core.manifest import DataUse, Limits, Manifest, Model, Rate, Users

Widening = tuple[Path, str, str]
"""Where it stands, what is wider, what may stand there instead."""


def widenings(before: Manifest, after: Manifest) -> Iterator[Widening]:
    """Everything in which `after` is wider than `before`."""
    yield from _users(before.users, after.users)
    yield from _limits(before.limits, after.limits)
    names = [tool.name for tool in before.tools]
    yield from _new(("tools",), "tool", names, [tool.name for tool in after.tools])
    yield from _data(before.data, after.data)
    yield from _places(before, after)


def _users(before: Users, after: Users) -> Iterator[Widening]:
    if after.real and not before.real:
        yield ("users", "real"), "Real users are new.", "Write `real: false`."
    if before.maximum and not 0 < after.maximum <= before.maximum:
        now = f"is raised from {before.maximum} to {after.maximum}" if after.maximum else "is removed"
        yield ("users", "maximum"), f"The cap on end users {now}.", f"Keep at most {before.maximum}."


def _limits(before: Limits, after: Limits) -> Iterator[Widening]:
    for name in ("rate", "rate_per_user"):
        rate: Rate | None = getattr(before, name)
        if rate is not None and _faster(getattr(after, name), rate):
            said = f"{rate.count} requests per {rate.seconds:g} s, at most {rate.burst or rate.count} at once"
            yield ("limits", name), "The rate is raised or removed.", f"Keep at most {said}."
    for name in ("tokens_per_minute", "tokens_per_day"):
        budget, new = getattr(before, name), getattr(after, name)
        if budget is not None and (new is None or new > budget):
            yield ("limits", name), "The budget of tokens is raised or removed.", f"Keep at most {budget}."


def _faster(after: Rate | None, before: Rate) -> bool:
    if after is None:
        return True
    per_second = [Fraction(rate.count) / Fraction(rate.seconds) for rate in (before, after)]
    return per_second[1] > per_second[0] or (after.burst or after.count) > (before.burst or before.count)


def _data(before: DataUse, after: DataUse) -> Iterator[Widening]:
    yield from _new(("data", "classes"), "class of data", before.classes, after.classes)
    if after.personal and not before.personal:
        yield ("data", "personal"), "Personal data is new.", "Write `personal: false`."
    known, new = before.personal_categories, after.personal_categories
    yield from _new(("data", "personal_categories"), "category of personal data", known, new)


def _places(before: Manifest, after: Manifest) -> Iterator[Widening]:
    """Where data may go. Without a residency, anywhere: then nothing is wider."""
    allowed = {_place(region) for region in before.data.residency}
    if not allowed:
        return
    known = ", ".join(before.data.residency)
    if not after.data.residency:
        yield ("data", "residency"), "The residency is removed.", f"Keep it: {known}."
    for number, region in enumerate(after.data.residency):
        if _place(region) not in allowed:
            yield ("data", "residency", number), f"The place `{region[:80]}` is new.", f"Keep to: {known}."
    models = {_whereabouts(model) for model in before.models}
    for number, model in enumerate(after.models):
        if _place(model.region) not in allowed and _whereabouts(model) not in models:
            where = f"is served in `{model.region[:80]}`" if model.region else "does not say where it is served"
            problem = f"A model that was not here {where}, outside the residency."
            yield ("models", number), problem, f"Use one with a region of: {known}."


def _new(path: Path, what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Widening]:
    """Names that were not there; none is also a cap."""
    known = set(before)
    for number, name in enumerate(after):
        if name not in known:
            yield (*path, number), f"The {what} `{name[:80]}` is new.", "Remove it."


def _place(region: str) -> str:
    return region.strip().casefold()


def _whereabouts(model: Model) -> tuple[str, str, str]:
    return model.vendor, model.model, _place(model.region)
