from __future__ import annotations

from prodworthy.assurance.audit.grades import attestation, coverage, exercise, found, unbroken
from tests.assurance.audit.building import BEN, DAY, LIVE, NOW, TEST, Building, covered


def test_coverage_is_the_share_of_released_live_exchanges() -> None:
    built = Building()
    built.traffic(3, controls=covered(50, 50))
    built.traffic(1, controls=covered(100))
    seen = coverage(built.view(), "PSF-1.1", 30)
    assert seen is not None
    assert (seen.traffic, seen.released, seen.enforced, seen.observed) == (LIVE, 200, 750_000, 250_000)
    assert (seen.spanned, seen.leaves, seen.decided) == (4, (0, 1), {"allow": 150})
    assert NOW - 30 * DAY <= seen.since < seen.until == NOW
    assert seen.last == NOW - DAY


def test_test_traffic_is_told_where_there_is_no_live_traffic() -> None:
    built = Building()
    built.traffic(1, TEST, controls=covered(100))
    seen = coverage(built.view(), "PSF-1.1", 30)
    assert seen is not None
    assert seen.traffic == TEST
    built.traffic(1, LIVE)
    seen = coverage(built.view(), "PSF-1.1", 30)
    assert seen is not None
    assert (seen.traffic, seen.enforced) == (LIVE, 0)


def test_without_traffic_there_is_no_coverage() -> None:
    built = Building()
    built.traffic(1, released=0)
    assert coverage(built.view(), "PSF-1.1", 30) is None


def test_unbroken_means_every_day_with_traffic_and_long_enough() -> None:
    built = Building()
    built.traffic(89, controls=covered(100))
    built.traffic(50, released=0)
    built.traffic(0, controls=covered(99))
    assert unbroken(built.view(), "PSF-1.1", 90, 990_000)
    assert not unbroken(built.view(), "PSF-1.1", 90, 999_000)
    assert not unbroken(built.view(), "PSF-1.1", 91, 990_000)
    built.drilled("PSF-1.1", "failed", 80)
    assert not unbroken(built.view(), "PSF-1.1", 90, 990_000)


def test_without_live_traffic_nothing_is_unbroken() -> None:
    assert not unbroken(Building().view(), "PSF-1.1", 90, 990_000)


def test_the_newest_drill_that_came_to_a_conclusion_counts() -> None:
    built = Building()
    assert exercise(built.view(), "PSF-6.4") is None
    built.drilled("PSF-6.4", "incomplete", 9)
    first = exercise(built.view(), "PSF-6.4")
    assert first is not None
    assert (first.outcome, first.age) == ("incomplete", 9)
    built.drilled("PSF-6.4", "passed", 5, duration=3, bound=9, detail="fine")
    built.drilled("PSF-6.4", "incomplete", 2)
    second = exercise(built.view(), "PSF-6.4")
    assert second is not None
    assert (second.outcome, second.duration, second.bound, second.detail, second.leaf) == ("passed", 3, 9, "fine", 1)


def test_an_attestation_tells_who_many_stand_behind_it() -> None:
    built = Building()
    number = built.attested("PSF-3.4", until=10)
    built.did("Seconded", 0.5, BEN, event=number)
    said = attestation(built.view().stated("Attested", "subject", "PSF-3.4"))
    assert said is not None
    assert (said.number, said.persons, said.until, said.leaves) == (number, 2, NOW + 10 * DAY, (0, 1))
    assert attestation(None) is None


def test_each_grade_is_found_for_itself() -> None:
    seen = found(Building().view(), "PSF-1.1", 30)
    assert (seen.enforced, seen.exercised, seen.attested) == (None, None, None)
