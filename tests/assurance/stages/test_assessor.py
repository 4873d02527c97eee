from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from sqlalchemy import select, update

from prodworthy.assurance.audit.view import DAY, day_name
from prodworthy.assurance.stages.assessor import Assessor
from prodworthy.assurance.stages.due import MINUTE, operated
from prodworthy.assurance.stages.known import report_of
from prodworthy.assurance.stages.moving import told
from prodworthy.assurance.stages.standing_row import HOUR
from prodworthy.operations.acts import Declared, Drilled, Overridden, Seconded, StageChanged, StageWarned
from prodworthy.operations.event_log import recorded
from prodworthy.policy.core.evidence import Figures
from prodworthy.policy.standard.standard import Standard
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import evidence_day, standing
from prodworthy.record.store.vault import Vault
from prodworthy.record.store.watch import current_revision
from tests.assurance.audit.building import CLAIMS, NOW
from tests.assurance.stages.conftest import DESK, Sealed

KILL = Drilled("kill-switch", "r", ("PSF-6.4",), "passed", "d", duration=2, bound=3)


@pytest.fixture
def assessor(store: Store, vault: Vault, standard: Standard) -> Assessor:
    return Assessor(store, vault, standard)


def _claims(**changed: Any) -> Declared:
    return Declared(1, "d", CLAIMS | changed)


def _row(store: Store) -> Any:
    with store.connect() as connection:
        return connection.execute(select(standing)).one()


def _revision(store: Store) -> int:
    with store.connect() as connection:
        return current_revision(connection)


def test_a_workload_without_evidence_is_in_experiment(store: Store, sealed: Sealed, assessor: Assessor) -> None:
    (report,) = assessor.assess_due(NOW)
    row = _row(store)
    assert (row.stage, row.frozen, row.size, row.assessed_at) == ("Experiment", 0, 0, NOW)
    assert json.loads(row.report)["workload"] == report.workload == "desk"
    assert json.loads(row.scope) == {"users": None, "rate": None, "tools": None, "classes": None}
    summary = json.loads(row.summary)
    assert (summary["question"], summary["held_by"]) == (1, "no manifest is in force")
    assert (summary["freshest"], summary["oldest"], summary["override"]) == (0, 0, None)


def test_evidence_moves_the_stage_and_gateways_learn_of_it(
    store: Store, sealed: Sealed, assessor: Assessor, caplog: pytest.LogCaptureFixture
) -> None:
    assessor.assess(DESK, NOW)
    before = _revision(store)
    sealed.event(_claims(), NOW)
    sealed.event(KILL, NOW)
    with caplog.at_level(logging.WARNING, "prodworthy.assessor"):
        assessor.assess(DESK, NOW + 1)
    row = _row(store)
    assert row.stage == "Pilot"
    assert json.loads(row.scope) == {"users": 100, "rate": [5, 1000], "tools": [], "classes": ["tickets"]}
    assert _revision(store) == before + 1
    with store.connect() as connection:
        newest = recorded(connection, DESK)[0]
    assert newest.event == StageChanged("experiment", "pilot", False, ("the evidence is there",))
    assert newest.actor == "prodworthy"
    assert "the stage was experiment and is pilot" in caplog.text
    sealed.rest()
    assert assessor.assess(DESK, NOW + 2).standing.movement is None
    assert _revision(store) == before + 1
    assert json.loads(_row(store).summary)["freshest"] == NOW


def test_what_the_manifest_no_longer_bounds_stays_as_it_was(store: Store, sealed: Sealed, assessor: Assessor) -> None:
    sealed.event(_claims(), NOW)
    sealed.event(StageChanged("experiment", "pilot", False, ()), NOW)
    assessor.assess(DESK, NOW)
    sealed.event(_claims(users={"real": True, "maximum": 0}, limits={"rate": None}), NOW + 1)
    assessor.assess(DESK, NOW + 2)
    scope = json.loads(_row(store).scope)
    assert (scope["users"], scope["rate"]) == (100, [5, 1000])


def test_before_a_stage_falls_its_owner_is_told(store: Store, sealed: Sealed, assessor: Assessor) -> None:
    sealed.event(_claims(), NOW)
    sealed.event(StageChanged("pilot", "production", False, ()), NOW)
    assessor.assess(DESK, NOW + 1)
    with store.connect() as connection:
        warned = recorded(connection, DESK)[0].event
    assert isinstance(warned, StageWarned)
    assert warned.falls_at == NOW + 1 + 7 * DAY
    assert "falls to pilot unless evidence comes" in told(warned)
    assert _row(store).stage == "Production"
    sealed.rest()
    assessor.assess(DESK, warned.falls_at - 1)
    assert json.loads(_row(store).summary)["falls_to"] == "Pilot"
    assert _row(store).stage == "Production"
    assessor.assess(DESK, warned.falls_at)
    assert _row(store).stage == "Pilot"


def test_an_override_is_in_force_at_once_and_shown(store: Store, sealed: Sealed, assessor: Assessor) -> None:
    sealed.event(_claims(), NOW)
    number = sealed.event(Overridden("production", "fire", NOW + DAY), NOW)
    sealed.event(Seconded(number), NOW, "ben")
    assessor.assess(DESK, NOW + 1)
    row = _row(store)
    assert row.stage == "Production"
    override = json.loads(row.summary)["override"]
    assert override == {"stage": "Production", "until": NOW + DAY, "reason": "fire"}


def test_a_frozen_pilot_says_which_gaps_to_close(store: Store, sealed: Sealed, assessor: Assessor) -> None:
    sealed.event(_claims(tools=["refund"]), NOW)
    sealed.event(StageChanged("experiment", "pilot", True, ()), NOW)
    sealed.day(day_name(NOW), Figures(10, 10, first=NOW, last=NOW))
    assessor.assess(DESK, NOW + 1)
    row = _row(store)
    assert (row.stage, row.frozen) == ("Pilot", 1)
    freeze = json.loads(row.summary)["freeze"]
    assert {gap["criterion"][:5] for gap in freeze} == {"PSF-3", "PSF-7"}
    assert all(gap["next"] for gap in freeze)


def test_a_workload_is_judged_when_it_is_due(store: Store, sealed: Sealed, assessor: Assessor) -> None:
    assert len(assessor.assess_due(NOW)) == 1
    assert assessor.assess_due(NOW + 1) == []
    assert len(assessor.assess_due(NOW + 1, [DESK])) == 1
    sealed.day(day_name(NOW), Figures(1, 1, first=NOW, last=NOW))
    assert assessor.assess_due(NOW + MINUTE) == []
    assert len(assessor.assess_due(NOW + MINUTE + 1)) == 1
    assert assessor.assess_due(NOW + 3 * MINUTE) == []
    assert len(assessor.assess_due(NOW + MINUTE + 1 + HOUR)) == 1


def test_a_workload_is_judged_when_something_of_it_ends(store: Store, sealed: Sealed, assessor: Assessor) -> None:
    sealed.event(_claims(), NOW)
    number = sealed.event(Overridden("production", "fire", NOW + MINUTE // 2), NOW)
    sealed.event(Seconded(number), NOW, "ben")
    assessor.assess(DESK, NOW + 1)
    assert assessor.assess_due(NOW + MINUTE // 2 - 1) == []
    assert len(assessor.assess_due(NOW + MINUTE // 2)) == 1
    assert _row(store).stage == "Experiment"


def test_unreadable_evidence_leaves_a_workload_where_it_stands_and_is_told_once(
    store: Store, sealed: Sealed, assessor: Assessor, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(assessor.assess_due(NOW)) == 1
    sealed.day(day_name(NOW), Figures(1, 1, first=NOW, last=NOW))
    with store.begin() as connection:
        connection.execute(update(evidence_day).values(figures="nothing"))
    for turn in range(3):
        assert assessor.assess_due(NOW + 1 + turn, [DESK]) == []
    assert caplog.text.count("default/desk cannot be judged and stays where it stands: the figures of a day") == 1
    assert _row(store).assessed_at == NOW
    with store.begin() as connection:
        connection.execute(update(evidence_day).values(figures="{}"))
    assert len(assessor.assess_due(NOW + 9, [DESK])) == 1


def test_what_people_did_since_a_leaf_is_urgent(store: Store, sealed: Sealed) -> None:
    sealed.event(_claims(), NOW)
    size = sealed.size
    assert operated(store, 0) == {DESK}
    assert operated(store, size) == set()
    sealed.event(KILL, NOW)
    assert operated(store, size) == {DESK}


def test_a_report_of_any_time_writes_nothing(store: Store, sealed: Sealed, vault: Vault, standard: Standard) -> None:
    sealed.event(_claims(), NOW)
    sealed.event(KILL, NOW)
    assert report_of(store, vault, standard, DESK, NOW).earned == "pilot"
    assert report_of(store, vault, standard, DESK, NOW - 1).earned == "experiment"
    with store.connect() as connection:
        assert connection.execute(select(standing)).first() is None
