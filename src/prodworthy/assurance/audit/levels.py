"""Which requirement is satisfied, and which level (0 to 5) a control has, by the rules of the standard's file."""

from __future__ import annotations

from prodworthy.assurance.audit.grades import MILLION, Coverage, Exercise, Found, unbroken
from prodworthy.assurance.audit.view import DAY, View
from prodworthy.policy.core.evidence import LIVE
from prodworthy.policy.standard.standard import Standard
from prodworthy.policy.standard.values import Condition, Grade, Level, Requirement, Tier

LEAST_SHARE = 990_000
"""Millionths of released exchanges that count as enforced (or observed) where the tier names no share of its own."""


def requirements(standard: Standard, criterion: str, tier: str) -> tuple[Requirement, ...]:
    """All that a tier requires of a criterion: of its own group, and of those it belongs to besides."""
    first = standard.required(criterion, Tier(tier))
    return (first, *first.also)


def share(requirement: Requirement) -> int:
    """The share of released exchanges that a requirement asks for, in millionths."""
    return LEAST_SHARE if requirement.coverage is None else round(requirement.coverage * MILLION)


def satisfied(requirement: Requirement, found: Found, at: int) -> bool:
    """Whether one of the requirement's grades is there, fresh, and as much of it as is asked for.

    A requirement that names its own share of exchanges wants it over the whole of its window, so the traffic must be
    as old as that.
    """
    return any(_reached(grade, requirement, found, at) for grade in requirement.grades)


def _reached(grade: Grade, requirement: Requirement, found: Found, at: int) -> bool:
    if grade is Grade.EXERCISED:
        return _passed(found.exercised, requirement.max_age_days)
    if grade is Grade.ATTESTED:
        said = found.attested
        fresh = said is not None and at - said.at <= (requirement.max_age_days or 365) * DAY
        return said is not None and fresh and said.persons >= requirement.persons
    seen = found.enforced
    if seen is None or seen.traffic != LIVE:
        return False
    long_enough = requirement.coverage is None or seen.spanned >= (requirement.window_days or 0)
    return long_enough and _shown(grade, seen, share(requirement))


def _shown(grade: Grade, seen: Coverage, least: int) -> bool:
    return (seen.enforced if grade is Grade.ENFORCED else seen.enforced + seen.observed) >= least


def _passed(drill: Exercise | None, most_days: int | None) -> bool:
    return drill is not None and drill.outcome == "passed" and (most_days is None or drill.age <= most_days)


def level(view: View, standard: Standard, asked: tuple[Requirement, ...], found: Found) -> int:
    """The highest level of which one list of conditions holds in full.

    A drill that failed last leaves no more than the level of a control that was never tested.
    """
    highest = max((one.value for one in standard.levels if _holds(view, one, asked, found)), default=0)
    if found.exercised is not None and found.exercised.outcome == "failed":
        untested = max(one.value for one in standard.levels if (Condition.CONFIGURED,) in one.any_of)
        return min(highest, untested)
    return highest


def _holds(view: View, rule: Level, asked: tuple[Requirement, ...], found: Found) -> bool:
    if not rule.any_of:
        return True
    if rule.unbroken_days and not unbroken(view, asked[0].criterion, rule.unbroken_days, max(map(share, asked))):
        return False
    return any(all(_true(view, condition, asked, found) for condition in every) for every in rule.any_of)


def _true(view: View, condition: Condition, asked: tuple[Requirement, ...], found: Found) -> bool:
    """Whether a condition holds. What has outlived the ages of its tier does not count at any level: all expires."""
    if condition is Condition.CONFIGURED:
        return asked[0].criterion in view.claims.get("controls", {})
    if condition is Condition.EXERCISED:
        ages = [one.max_age_days for one in asked if Grade.EXERCISED in one.grades and one.max_age_days is not None]
        return _passed(found.exercised, min(ages, default=_drill_days(asked)))
    if condition is Condition.ATTESTED:
        return found.attested is not None
    seen = found.enforced
    if seen is None:
        return False
    if condition is Condition.OBSERVED:
        return seen.enforced + seen.observed > 0
    return seen.traffic == LIVE and seen.enforced >= max(map(share, asked))


DRILL_DAYS = {"low": 180, "medium": 90, "high": 30, "critical": 14}
"""How old a drill of a control may be that its tier does not require to be drilled: as old as one that is required."""


def _drill_days(asked: tuple[Requirement, ...]) -> int:
    return DRILL_DAYS[asked[0].tier]
