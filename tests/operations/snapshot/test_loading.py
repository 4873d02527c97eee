from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from sqlalchemy import update

from prodworthy.operations.acts import Act, Target
from prodworthy.operations.keys.form import matches, parse_key
from prodworthy.operations.keys.keys import issue, revoke
from prodworthy.operations.killswitch.switch import kill, restore
from prodworthy.operations.roster.roster import apply
from prodworthy.operations.snapshot.loading import REMEMBERED, load
from prodworthy.operations.snapshot.snapshot import Kill, Snapshot
from prodworthy.policy.controls.contract import Control
from prodworthy.policy.core.manifest import Kind, Manifest, Model
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.tables import workload_version
from prodworthy.record.store.watch import bump
from tests.standing import stand

DESK = Manifest(id="help-desk", owner="Ada", models=(Model("acme", "chat-1"),))
PLACE = ("default", "help-desk")

Catalogue = Mapping[str, Control]


@pytest.fixture(autouse=True)
def _applied(store: Store, ada: Act) -> None:
    apply(store, DESK, ada)
    apply(store, msgspec.structs.replace(DESK, id="scorer"), ada)


def snapshot(store: Store, catalogue: Catalogue, previous: Snapshot | None, now: int) -> Snapshot:
    with store.connect() as connection:
        return load(connection, catalogue, previous, now)


def test_everything_is_read_at_one_revision(store: Store, catalogue: Catalogue, ada: Act) -> None:
    first = snapshot(store, catalogue, None, ada.at)
    assert first.revision == 2
    assert set(first.workloads) == {PLACE, ("default", "scorer")}
    assert first.workloads[PLACE].manifest == DESK
    assert first.faults == {}


def test_only_what_changed_is_compiled_again(store: Store, catalogue: Catalogue, ada: Act) -> None:
    first = snapshot(store, catalogue, None, ada.at)
    apply(store, msgspec.structs.replace(DESK, kind=Kind.RAG), ada)
    second = snapshot(store, catalogue, first, ada.at)
    assert second.revision > first.revision
    assert second.workloads[PLACE].release == "help-desk@2"
    assert second.workloads["default", "scorer"] is first.workloads["default", "scorer"]
    assert snapshot(store, catalogue, second, ada.at).workloads[PLACE] is second.workloads[PLACE]


def test_more_workloads_than_one_query_fetches(store: Store, catalogue: Catalogue, ada: Act) -> None:
    for number in range(205):
        apply(store, msgspec.structs.replace(DESK, id=f"w{number}"), ada)
    assert len(snapshot(store, catalogue, None, ada.at).workloads) == 207


def test_a_kill_is_in_the_snapshot_until_it_is_restored(
    store: Store, catalogue: Catalogue, flags: Flags, desk: Target, ada: Act
) -> None:
    first = snapshot(store, catalogue, None, ada.at)
    kill(store, flags, desk, "wrong", ada)
    second = snapshot(store, catalogue, first, ada.at)
    assert second.workloads[PLACE].killed == Kill("wrong", ada.actor, ada.at)
    assert second.workloads[PLACE].controls is first.workloads[PLACE].controls
    assert second.workloads["default", "scorer"].killed is None
    restore(store, flags, desk, "mended", ada)
    assert snapshot(store, catalogue, second, ada.at).workloads[PLACE].killed is None


def test_a_new_version_of_a_killed_workload_stays_killed(
    store: Store, catalogue: Catalogue, flags: Flags, desk: Target, ada: Act
) -> None:
    kill(store, flags, desk, "wrong", ada)
    first = snapshot(store, catalogue, None, ada.at)
    apply(store, msgspec.structs.replace(DESK, kind=Kind.RAG), ada)
    assert snapshot(store, catalogue, first, ada.at).workloads[PLACE].killed is not None


def test_a_manifest_that_cannot_be_compiled_keeps_the_last_good_one(
    store: Store, catalogue: Catalogue, flags: Flags, desk: Target, ada: Act
) -> None:
    first = snapshot(store, catalogue, None, ada.at)
    apply(store, msgspec.structs.replace(DESK, kind=Kind.RAG), ada)
    with store.begin() as connection:
        newest = update(workload_version).where(workload_version.c.version == 2)
        connection.execute(newest.values(manifest='{"id":"help-desk","future":1}'))
        bump(connection)
    second = snapshot(store, catalogue, first, ada.at)
    assert second.workloads[PLACE] is first.workloads[PLACE]
    assert second.faults[PLACE].startswith("help-desk@2 is not in force: ")
    kill(store, flags, desk, "wrong", ada)
    third = snapshot(store, catalogue, second, ada.at)
    assert third.workloads[PLACE].killed is not None
    assert PLACE in third.faults
    fresh = snapshot(store, catalogue, None, ada.at)
    assert PLACE not in fresh.workloads
    assert PLACE in fresh.faults
    assert ("default", "scorer") in fresh.workloads


def test_keys_are_found_by_id_with_their_digest_and_scopes(
    store: Store, catalogue: Catalogue, desk: Target, ada: Act
) -> None:
    issued = issue(store, desk, ["chat", "read"], ada, expires_at=ada.at + 10)
    key = snapshot(store, catalogue, None, ada.at).keys[issued.id]
    parsed = parse_key(issued.key)
    assert parsed is not None
    assert matches(parsed[1], key.digest)
    assert (key.tenant, key.workload, key.scopes) == (*PLACE, frozenset({"chat", "read"}))
    assert key.in_force(ada.at + 9)
    assert not key.in_force(ada.at + 10)


def test_a_key_out_of_force_is_remembered_as_such_for_30_days(
    store: Store, catalogue: Catalogue, desk: Target, ada: Act
) -> None:
    revoked = issue(store, desk, ["chat"], ada)
    expired = issue(store, desk, ["chat"], ada, expires_at=ada.at + 1)
    kept = issue(store, desk, ["chat"], ada)
    revoke(store, desk, revoked.id, ada)
    soon = snapshot(store, catalogue, None, ada.at + 5).keys
    assert soon[revoked.id].revoked
    assert not soon[revoked.id].in_force(ada.at)
    assert not soon[expired.id].in_force(ada.at + 5)
    late = snapshot(store, catalogue, None, ada.at + REMEMBERED + 1).keys
    assert set(late) == {kept.id}


def test_a_changed_standing_reaches_the_snapshot_and_compiles_nothing(
    store: Store, catalogue: Catalogue, ada: Act, desk: Target
) -> None:
    live = issue(store, desk, ["chat"], ada, traffic="live")
    first = snapshot(store, catalogue, None, ada.at)
    assert (first.workloads[PLACE].stage, first.keys[live.id].traffic) == ("Experiment", "live")
    stand(store, desk, "Pilot", users=5, held_by="PSF-6.4")
    second = snapshot(store, catalogue, first, ada.at)
    found = second.workloads[PLACE]
    assert (found.stage, found.scope.users) == ("Pilot", 5)
    assert found.controls is first.workloads[PLACE].controls
    stand(store, desk, "Pilot", users=5, held_by="something else, which no gateway needs to know")
    assert snapshot(store, catalogue, second, ada.at).workloads[PLACE] is found
