from __future__ import annotations

from typing import Any

from prodworthy.assurance.audit.reporting import Report, assess
from prodworthy.interfaces.standards import load_standard
from tests.assurance.audit.building import BEN, DAY, NOW, Building

STANDARD = load_standard()
PERSONAL = {"classes": ["x"], "personal": True, "legal_basis": True, "residency": []}


def _report(built: Building, at: int = NOW) -> Report:
    return assess(built.evidence(), STANDARD, at)


def _production() -> Building:
    built = Building()
    built.declared()
    built.everything(STANDARD)
    return built


def test_a_stage_that_is_earned_is_due_at_once() -> None:
    standing = _report(_production()).standing
    assert (standing.stage, standing.since) == ("experiment", 0)
    assert standing.movement is not None
    assert standing.movement.kind == "StageChanged"
    assert standing.movement.fields["after"] == "production"
    assert standing.movement.fields["before"] == "experiment"


def test_a_stage_that_is_in_force_and_earned_stays() -> None:
    built = _production()
    built.stage("production", 0.1)
    standing = _report(built).standing
    assert (standing.stage, standing.movement, standing.falls_at) == ("production", None, 0)
    assert standing.since == NOW - DAY // 10


def test_missing_evidence_is_warned_of_before_the_stage_falls() -> None:
    built = Building()
    built.declared(grace_days=3)
    built.stage("production", 20)
    first = _report(built).standing
    assert first.stage == "production"
    assert first.movement is not None
    assert first.movement.kind == "StageWarned"
    assert first.movement.fields["falls_at"] == NOW + 3 * DAY
    assert first.movement.fields["falls_to"] == "pilot"
    assert first.movement.fields["reasons"]
    built.did("StageWarned", 0, **first.movement.fields)
    second = _report(built).standing
    assert (second.stage, second.movement, second.falls_at) == ("production", None, NOW + 3 * DAY)
    assert second.falls_to == "pilot"


def test_when_the_grace_is_over_the_stage_falls() -> None:
    built = Building()
    built.declared()
    built.stage("production", 20)
    warned: dict[str, Any] = {"stage": "production", "falls_to": "pilot", "falls_at": NOW, "reasons": ["r"]}
    built.did("StageWarned", 7, **warned)
    standing = _report(built).standing
    assert standing.stage == "production"
    assert standing.movement is not None
    assert (standing.movement.kind, standing.movement.fields["after"]) == ("StageChanged", "pilot")


def test_a_warning_ends_when_the_evidence_is_there_again() -> None:
    built = _production()
    built.stage("production", 20)
    built.did("StageWarned", 7, stage="production", falls_to="pilot", falls_at=NOW - 1, reasons=[])
    standing = _report(built).standing
    assert standing.movement is not None
    assert standing.movement.fields["after"] == standing.movement.fields["before"] == "production"
    built.stage("production", 0.1)
    settled = _report(built).standing
    assert (settled.movement, settled.falls_at) == (None, 0)


def test_an_override_takes_two_people() -> None:
    built = Building()
    built.declared()
    number = built.did("Overridden", 1, stage="production", reason="fire", until=NOW + DAY)
    assert _report(built).standing.override is None
    built.did("Seconded", 0.5, BEN, event=number)
    standing = _report(built).standing
    assert standing.override is not None
    assert (standing.stage, standing.override.until, standing.override.leaves) == ("production", NOW + DAY, (1, 2))
    assert _report(built, NOW + DAY).standing.override is None


def test_another_statement_of_two_people_is_no_override() -> None:
    built = Building()
    built.declared()
    number = built.attested("PSF-3.4")
    built.did("Seconded", 0.5, BEN, event=number)
    assert _report(built).standing.override is None


def test_personal_data_or_tools_with_open_gaps_freeze() -> None:
    built = Building()
    built.declared(data=PERSONAL)
    frozen = _report(built).freeze
    assert frozen.frozen
    assert frozen.why == "it handles personal data, with open gaps in PSF-3, PSF-7"
    assert {one.criterion[:5] for one in frozen.gaps} == {"PSF-3", "PSF-7"}
    tools = Building()
    tools.declared(data=PERSONAL, tools=["refund"])
    assert _report(tools).freeze.why.startswith("it handles personal data and executes tools")


def test_what_traffic_shows_freezes_as_well() -> None:
    for sign in ("personal_data", "tool_calls"):
        built = Building()
        built.declared()
        built.traffic(1, signs={sign: 1})
        assert _report(built).freeze.frozen


def test_neither_data_nor_tools_is_not_frozen_and_closed_gaps_freeze_nothing() -> None:
    built = Building()
    assert not _report(built).freeze.frozen
    built.declared()
    assert (_report(built).freeze.frozen, _report(built).freeze.gaps) == (False, ())
    closed = Building()
    closed.declared(data=PERSONAL)
    closed.everything(STANDARD)
    assert not _report(closed).freeze.frozen


def test_a_waiver_closes_no_gap() -> None:
    built = Building()
    built.declared(data=PERSONAL)
    built.everything(STANDARD, frozenset({"PSF-3.2"}))
    built.did("Waived", 1, criterion="PSF-3.2", reason="r", compensating="c", until=NOW + DAY)
    frozen = _report(built).freeze
    assert frozen.frozen
    assert [one.criterion for one in frozen.gaps] == ["PSF-3.2"]
