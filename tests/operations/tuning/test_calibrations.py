from __future__ import annotations

import hashlib

import pytest

from prodworthy.operations.acts import Act, Calibrated, CalibrationRemoved, Target
from prodworthy.operations.errors import UnknownWorkload
from prodworthy.operations.event_log import recorded
from prodworthy.operations.snapshot.loading import load
from prodworthy.operations.tuning.calibrations import (
    LONGEST,
    calibrate,
    calibrations,
    calibrations_of,
    remove,
)
from prodworthy.operations.tuning.errors import CalibrationRefused
from prodworthy.operations.tuning.learned import Learned
from prodworthy.record.store.database import Store
from prodworthy.record.store.watch import current_revision

LEARNED = Learned('{"count":30}', {"user": 20, "tool": 10})


def revision(store: Store) -> int:
    with store.connect() as connection:
        return current_revision(connection)


def test_a_calibration_is_kept_recorded_and_told_to_gateways(store: Store, desk: Target, ada: Act) -> None:
    before = revision(store)
    done = calibrate(store, desk, "injection", LEARNED, ada)
    assert done == Calibrated("injection", {"user": 20, "tool": 10}, hashlib.sha256(b'{"count":30}').hexdigest())
    assert revision(store) == before + 1
    with store.connect() as connection:
        assert calibrations(connection) == {("default", "help-desk"): {"injection": '{"count":30}'}}
        assert calibrations_of(connection, Target("default", "scorer")) == {}
        newest = recorded(connection, desk)[0]
    assert (newest.event, newest.actor, newest.at) == (done, ada.actor, ada.at)


def test_the_newest_calibration_of_a_fact_is_in_force(store: Store, desk: Target, ada: Act) -> None:
    calibrate(store, desk, "injection", LEARNED, ada)
    calibrate(store, desk, "other", LEARNED, ada)
    calibrate(store, desk, "injection", Learned("[2]", {}), ada)
    with store.connect() as connection:
        assert calibrations_of(connection, desk) == {"injection": "[2]", "other": '{"count":30}'}


def test_a_calibration_can_be_removed_once(store: Store, desk: Target, ada: Act) -> None:
    calibrate(store, desk, "injection", LEARNED, ada)
    before = revision(store)
    assert remove(store, desk, "injection", ada) == CalibrationRemoved("injection")
    assert revision(store) == before + 1
    with pytest.raises(CalibrationRefused, match="has no calibration of injection"):
        remove(store, desk, "injection", ada)
    assert revision(store) == before + 1
    with store.connect() as connection:
        assert calibrations(connection) == {}


@pytest.mark.parametrize("body", ["", "{", "[" * 10, '"' + "x" * LONGEST + '"'])
def test_what_is_no_calibration_is_refused(store: Store, desk: Target, ada: Act, body: str) -> None:
    before = revision(store)
    with pytest.raises(CalibrationRefused):
        calibrate(store, desk, "injection", Learned(body, {}), ada)
    assert revision(store) == before


def test_an_unknown_workload_is_not_calibrated(store: Store, ada: Act) -> None:
    with pytest.raises(UnknownWorkload):
        calibrate(store, Target("other", "help-desk"), "injection", LEARNED, ada)


def test_the_snapshot_has_the_calibrations_and_compiles_nothing_anew(store: Store, desk: Target, ada: Act) -> None:
    place = (desk.tenant, desk.workload)
    with store.connect() as connection:
        first = load(connection, {}, None, ada.at)
    calibrate(store, desk, "injection", LEARNED, ada)
    with store.connect() as connection:
        second = load(connection, {}, first, ada.at)
        third = load(connection, {}, second, ada.at)
    assert first.workloads[place].calibrations == {}
    assert second.workloads[place].calibrations == {"injection": '{"count":30}'}
    assert second.workloads[place].controls is first.workloads[place].controls
    assert second.workloads["default", "scorer"] is first.workloads["default", "scorer"]
    assert third.workloads[place] is second.workloads[place]
    remove(store, desk, "injection", ada)
    with store.connect() as connection:
        assert load(connection, {}, third, ada.at).workloads[place].calibrations == {}
