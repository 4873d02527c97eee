from __future__ import annotations

import pytest

from prodworthy.assurance.audit.grades import found
from prodworthy.assurance.audit.levels import level, requirements, satisfied, share
from prodworthy.interfaces.standards import load_standard
from tests.assurance.audit.building import BEN, NOW, TEST, Building, covered

STANDARD = load_standard()


def _level(built: Building, criterion: str, tier: str = "medium") -> int:
    asked = requirements(STANDARD, criterion, tier)
    return level(built.view(), STANDARD, asked, found(built.view(), criterion, 30))


def _satisfied(built: Building, criterion: str, tier: str) -> list[bool]:
    seen = found(built.view(), criterion, 30)
    return [satisfied(one, seen, NOW) for one in requirements(STANDARD, criterion, tier)]


def test_nothing_is_level_zero() -> None:
    assert _level(Building(), "PSF-1.1") == 0


def test_a_statement_alone_is_level_one() -> None:
    built = Building()
    built.attested("PSF-1.1")
    assert _level(built, "PSF-1.1") == 1


def test_configured_or_observed_is_level_two() -> None:
    built = Building()
    built.declared(controls={"PSF-1.1": ["enforce", "s"]})
    assert _level(built, "PSF-1.1") == 2
    watched = Building()
    watched.traffic(1, controls=covered(0, 10))
    assert _level(watched, "PSF-1.1") == 2


def test_enforced_is_level_three_on_live_traffic_only() -> None:
    built = Building()
    built.traffic(1, TEST, controls=covered(100))
    assert _level(built, "PSF-1.1") == 2
    built.traffic(1, controls=covered(99))
    assert _level(built, "PSF-1.1") == 3


def test_exercised_is_level_three_while_it_is_fresh() -> None:
    built = Building()
    built.drilled("PSF-6.4", days_ago=90)
    assert _level(built, "PSF-6.4") == 3
    stale = Building()
    stale.drilled("PSF-6.4", days_ago=91)
    assert _level(stale, "PSF-6.4") == 0


@pytest.mark.parametrize("tier,days", [("low", 180), ("medium", 90), ("high", 30), ("critical", 14)])
def test_a_drill_that_the_tier_does_not_ask_for_ages_as_one_that_it_does(tier: str, days: int) -> None:
    fresh, stale = Building(), Building()
    fresh.drilled("PSF-1.1", days_ago=days)
    stale.drilled("PSF-1.1", days_ago=days + 1)
    assert (_level(fresh, "PSF-1.1", tier), _level(stale, "PSF-1.1", tier)) == (3, 0)


def test_enforced_and_exercised_is_four_and_ninety_days_of_it_five() -> None:
    built = Building()
    built.traffic(10, controls=covered(100))
    built.drilled("PSF-1.1")
    assert _level(built, "PSF-1.1") == 4
    built.traffic(89, controls=covered(100))
    assert _level(built, "PSF-1.1") == 5


def test_a_drill_that_failed_leaves_the_level_of_what_is_untested() -> None:
    built = Building()
    built.traffic(10, controls=covered(100))
    built.drilled("PSF-1.1", "failed")
    assert _level(built, "PSF-1.1") == 2


def test_low_accepts_what_is_observed_and_medium_does_not() -> None:
    built = Building()
    built.traffic(1, controls=covered(0, 100))
    assert _satisfied(built, "PSF-1.1", "low") == [True]
    assert _satisfied(built, "PSF-1.1", "medium") == [False]


def test_high_wants_its_share_over_all_of_its_window() -> None:
    built = Building()
    built.traffic(1, controls=covered(100))
    assert _satisfied(built, "PSF-1.1", "high") == [False]
    built.traffic(29, controls=covered(100))
    assert _satisfied(built, "PSF-1.1", "high") == [True]
    built.traffic(5, controls=covered(90))
    assert _satisfied(built, "PSF-1.1", "high") == [False]
    assert share(requirements(STANDARD, "PSF-1.1", "high")[0]) == 999_000


def test_traffic_without_evidence_satisfies_nothing() -> None:
    assert _satisfied(Building(), "PSF-1.1", "low") == [False]
    assert _satisfied(Building(), "PSF-6.4", "low") == [False]


def test_a_criterion_of_two_groups_needs_both() -> None:
    built = Building()
    built.attested("PSF-8.1")
    assert _satisfied(built, "PSF-8.1", "medium") == [True, False]
    built.drilled("PSF-8.1")
    assert _satisfied(built, "PSF-8.1", "medium") == [True, True]


def test_critical_wants_two_people_and_fresher_words() -> None:
    built = Building()
    number = built.attested("PSF-8.1")
    assert _satisfied(built, "PSF-8.1", "critical")[0] is False
    built.did("Seconded", 0.5, BEN, event=number)
    assert _satisfied(built, "PSF-8.1", "critical")[0] is True
    old = Building()
    number = old.attested("PSF-8.1", 91)
    old.did("Seconded", 90, BEN, event=number)
    assert _satisfied(old, "PSF-8.1", "critical")[0] is False
