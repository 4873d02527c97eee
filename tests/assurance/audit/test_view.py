from __future__ import annotations

from prodworthy.assurance.audit.view import date_text, day_name, day_start, leaves_of
from tests.assurance.audit.building import BEN, DAY, LIVE, NOW, Building


def test_nothing_known_is_an_empty_view() -> None:
    seen = Building().view()
    assert (seen.claims, seen.claims_leaf, seen.installed, seen.window(30), seen.figures(30)) == ({}, -1, None, (), {})


def test_what_came_later_is_not_known_yet() -> None:
    built = Building()
    built.declared(10, tier="low")
    built.declared(2, tier="high")
    built.traffic(5)
    built.traffic(0)
    seen = built.view(3)
    assert seen.claims["tier"] == "low"
    assert [day.day for day in seen.days] == [day_name(NOW - 5 * DAY)]
    assert built.view().claims["tier"] == "high"


def test_a_window_has_so_many_days_with_today_among_them() -> None:
    built = Building()
    for ago in (0, 29, 30):
        built.traffic(ago)
    seen = built.view()
    assert len(seen.window(30)) == 2
    assert seen.figures(30)[LIVE].exchanges == 200
    assert seen.figures(30) is seen.figures(30)
    assert leaves_of(seen.window(30)) == (0, 1)
    assert leaves_of(()) is None


def test_a_statement_counts_until_it_expires_or_is_withdrawn() -> None:
    built = Building()
    expired = built.attested("PSF-3.4", 10, until=-1)
    withdrawn = built.attested("PSF-3.4", 9)
    kept = built.attested("PSF-3.4", 8)
    built.attested("PSF-8.1", 7)
    built.did("Withdrawn", 6, event=withdrawn, reason="wrong")
    seen = built.view()
    assert [one.operation.number for one in seen.statements] == [kept, kept + 1]
    assert expired not in {one.operation.number for one in seen.statements}
    said = seen.stated("Attested", "subject", "PSF-3.4")
    assert said is not None
    assert said.operation.number == kept
    assert seen.stated("Attested", "subject", "PSF-1.1") is None


def test_people_who_second_a_statement_stand_behind_it_and_nobody_twice() -> None:
    built = Building()
    number = built.attested("PSF-3.4")
    built.did("Seconded", 0.5, event=number)
    seconded = built.did("Seconded", 0.4, BEN, event=number)
    built.did("Seconded", 0.3, "c" * 32, event=number)
    built.did("Withdrawn", 0.2, event=seconded + 1, reason="by mistake")
    (said,) = built.view().statements
    assert said.persons == {"a" * 32, BEN}
    assert said.leaves == (0, 1, 2)


def test_the_last_of_some_kinds_is_found() -> None:
    built = Building()
    built.did("StageChanged", 3, after="pilot")
    built.did("StageWarned", 2)
    last = built.view().last("StageChanged", "StageWarned")
    assert last is not None
    assert last.kind == "StageWarned"
    assert built.view().last("Drilled") is None


def test_days_and_times_are_utc() -> None:
    assert day_start(day_name(NOW)) <= NOW < day_start(day_name(NOW)) + DAY
    assert date_text(0) == "1970-01-01"
