from __future__ import annotations

from typing import Any

import pytest

from prodworthy.assurance.audit.reporting import Report, assess
from prodworthy.interfaces.standards import load_standard
from tests.assurance.audit.building import DAY, NOW, Building, covered

STANDARD = load_standard()
ALL = [one.id for one in STANDARD.criteria]


def _report(built: Building) -> Report:
    return assess(built.evidence(), STANDARD, NOW)


def _needs(report: Report, question: int) -> list[str]:
    return [one.text for one in report.answers[question - 1].needs]


def _pilot(**claims: Any) -> Building:
    built = Building()
    built.declared(**claims)
    built.drilled("PSF-6.4")
    return built


def test_without_a_manifest_a_workload_is_in_experiment() -> None:
    report = _report(Building())
    assert report.earned == "experiment"
    assert _needs(report, 1) == _needs(report, 4) == ["no manifest is in force"]


def test_without_real_users_it_stays_in_experiment_and_says_what_pilot_needs() -> None:
    built = Building()
    nothing = {"classes": [], "personal": False, "legal_basis": False, "residency": []}
    built.declared(users={"real": False, "maximum": 0}, limits={"rate": None}, data=nothing)
    report = _report(built)
    assert report.earned == "experiment"
    assert _needs(report, 1) == [
        "no real users or customer data are declared",
        "users have no cap",
        "the rate has no cap",
        "no class of data is declared",
        "the kill switch was never drilled",
    ]


def test_a_contradiction_is_what_holds_an_experiment_back() -> None:
    built = Building()
    built.declared(users={"real": False, "maximum": 9})
    built.traffic(1, "test", signs={"personal_data": 4})
    report = _report(built)
    assert report.held_by is not None
    assert report.held_by.why == "test traffic is synthetic, personal data was found in 4 exchange(s)"


@pytest.mark.parametrize("outcome", ["failed", "incomplete"])
def test_the_kill_switch_must_have_been_drilled_before_the_first_user(outcome: str) -> None:
    built = Building()
    built.declared()
    built.drilled("PSF-6.4", outcome)
    report = _report(built)
    assert report.earned == "experiment"
    assert _needs(report, 1) == [f"the last kill drill is {outcome}"]


def test_personal_data_needs_a_statement_of_its_basis() -> None:
    personal = {"classes": ["x"], "personal": True, "legal_basis": True, "residency": []}
    built = _pilot(data=personal)
    assert _report(built).earned == "experiment"
    built.attested("PSF-3.4")
    assert _report(built).earned == "pilot"


def test_caps_and_a_drill_are_a_pilot() -> None:
    report = _report(_pilot())
    assert report.earned == "pilot"
    assert report.answers[0].yes
    assert report.held_by is not None
    assert report.held_by.number == 2


def test_live_traffic_is_real_whatever_is_declared() -> None:
    built = _pilot(users={"real": False, "maximum": 5})
    assert _report(built).earned == "experiment"
    built.traffic(1)
    assert _report(built).earned == "pilot"


def test_who_serves_real_users_falls_no_further_than_pilot() -> None:
    built = Building()
    built.declared(users={"real": True, "maximum": 0}, limits={"rate": None})
    built.stage("pilot")
    assert _report(built).earned == "pilot"
    built.declared(0.5, users={"real": False, "maximum": 0})
    assert _report(built).earned == "experiment"


def test_the_second_question_wants_somebody_who_answered_a_page() -> None:
    report = _report(_pilot(on_call=False))
    assert _needs(report, 2)[0] == "nobody is on call"
    assert _needs(report, 2)[1].startswith("no answered page: ")
    assert _needs(report, 2)[2].startswith("not every call is proven to be recorded: ")
    waived = _pilot()
    waived.everything(STANDARD, frozenset({"PSF-4.3"}))
    waived.did("Waived", 1, criterion="PSF-4.3", reason="r", compensating="c", until=NOW + DAY)
    assert _report(waived).earned == "pilot"
    assert len(_needs(_report(waived), 2)) == 1


def test_everything_proven_is_production() -> None:
    built = Building()
    built.declared()
    built.everything(STANDARD)
    report = _report(built)
    assert [one.yes for one in report.answers] == [True] * 4
    assert (report.earned, report.ready, report.held_by) == ("production", True, None)
    assert all(one.why for one in report.answers)


def test_the_third_question_wants_every_control_and_every_domain() -> None:
    built = Building()
    built.declared()
    built.everything(STANDARD, frozenset({"PSF-8.1", "PSF-8.2", "PSF-8.3"}))
    report = _report(built)
    assert report.earned == "pilot"
    assert [one.split(":")[0] for one in _needs(report, 3)] == [
        "PSF-8.1 vendor register",
        "PSF-8.2 abstraction and portability",
        "PSF-8.3 tested fallback",
        "PSF-8 Vendor resilience is at 1.2, 2.0 are asked for",
    ]


def test_the_third_question_wants_a_drill_within_the_bound() -> None:
    built = Building()
    built.declared()
    built.everything(STANDARD, frozenset({"PSF-6.4"}))
    assert _needs(_report(built), 3)[0] == "the kill switch was never drilled"
    built.drilled("PSF-6.4", duration=301_000_000)
    assert _needs(_report(built), 3) == ["switching off took 301 s, 300 are allowed"]


def test_waivers_hold_nothing_back_and_are_no_passes() -> None:
    built = Building()
    built.declared()
    built.everything(STANDARD, frozenset({"PSF-8.2"}))
    built.did("Waived", 1, criterion="PSF-8.2", reason="r", compensating="c", until=NOW + DAY)
    report = _report(built)
    assert report.earned == "production"
    assert next(one for one in report.controls if one.criterion == "PSF-8.2").state == "waived"


def test_the_fourth_question_wants_reviews_that_are_not_overdue() -> None:
    built = Building()
    built.declared()
    built.everything(STANDARD)
    built.stage("production", 91)
    assert _report(built).earned == "pilot"
    assert _needs(_report(built), 4)[0].startswith("the review was due on ")
    built.attested("review")
    assert _report(built).earned == "production"


def test_scaled_wants_what_people_state_of_the_organisation() -> None:
    built = Building()
    built.declared()
    built.everything(STANDARD)
    for subject in ("value", "reuse"):
        built.attested(subject)
        assert _report(built).earned == "production"
    built.attested("concentration")
    assert _report(built).earned == "scaled"


def test_a_scorer_without_text_or_tools_can_be_proven_too() -> None:
    built = Building()
    built.declared(kind="scorer")
    built.everything(STANDARD, frozenset({"PSF-1.1", "PSF-1.5", "PSF-7.2"}))
    for criterion in ("PSF-1.1", "PSF-1.5", "PSF-7.2"):
        built.did("NotApplied", 1, criterion=criterion, reason="numbers only", until=NOW + DAY)
    assert _report(built).earned == "production"


def test_observed_only_is_not_enough_for_medium() -> None:
    built = Building()
    built.declared(controls={"PSF-1.1": ["observe", "s"]})
    built.everything(STANDARD, frozenset({"PSF-1.1"}))
    built.traffic(2, controls=covered(0, 100))
    assert "PSF-1.1 injection resistance: observed only" in _needs(_report(built), 3)
