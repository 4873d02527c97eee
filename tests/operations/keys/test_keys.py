from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from prodworthy.operations.acts import Act, KeyIssued, KeyRevoked, KeyRotated, LiveKeyIssued, Target
from prodworthy.operations.errors import UnknownWorkload
from prodworthy.operations.event_log import recorded
from prodworthy.operations.keys.errors import KeyNotInForce, KeyRefused, KeyTermsRefused, UnknownKey
from prodworthy.operations.keys.form import matches, parse_key
from prodworthy.operations.keys.keys import LONGEST_DRILL, LONGEST_OVERLAP, issue, listed, revoke, rotate
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import workload_key
from prodworthy.record.store.watch import current_revision
from tests.standing import stand

SECOND = 1_000_000_000


@pytest.fixture(autouse=True)
def _applied(store: Store, ada: Act, desk: Target) -> None:
    apply(store, Manifest(id=desk.workload, owner="Ada", models=(Model("acme", "chat"),)), ada)


def later(act: Act, seconds: float) -> Act:
    return msgspec.structs.replace(act, at=act.at + int(seconds * SECOND))


def revision_of(store: Store) -> int:
    with store.connect() as connection:
        return current_revision(connection)


def test_an_issued_key_opens_what_it_was_issued_for(store: Store, desk: Target, ada: Act) -> None:
    before = revision_of(store)
    issued = issue(store, desk, ["embed", "chat", "chat"], ada)
    assert revision_of(store) > before
    parsed = parse_key(issued.key)
    assert parsed is not None
    assert parsed[0] == issued.id
    with store.connect() as connection:
        (row,) = connection.execute(workload_key.select()).all()
        (event,) = [entry for entry in recorded(connection, desk) if isinstance(entry.event, KeyIssued)]
    assert matches(parsed[1], row.digest)
    assert row.scopes == "chat embed"
    assert event.event == KeyIssued(issued.id, ("chat", "embed"))
    assert (event.actor, event.at) == (ada.actor, ada.at)


def test_the_secret_is_stored_nowhere_and_shown_in_no_repr(
    store: Store, desk: Target, ada: Act, tmp_path: Path
) -> None:
    issued = issue(store, desk, ["chat"], ada)
    secret = issued.key[16:]
    assert secret not in repr(issued)
    store.close()
    for file in tmp_path.iterdir():
        assert not file.is_file() or secret.encode() not in file.read_bytes()


@pytest.mark.parametrize("scopes", [[], ["talk"], ["chat", ""]])
def test_scopes_are_operations(store: Store, desk: Target, ada: Act, scopes: list[str]) -> None:
    with pytest.raises(KeyTermsRefused, match="chat, embed, predict, read, respond"):
        issue(store, desk, scopes, ada)


def test_a_key_needs_a_workload_and_a_future(store: Store, desk: Target, ada: Act) -> None:
    with pytest.raises(UnknownWorkload, match="Did you mean `help-desk`"):
        issue(store, Target("default", "help-dsk"), ["chat"], ada)
    with pytest.raises(KeyTermsRefused, match="not in the future"):
        issue(store, desk, ["chat"], ada, expires_at=ada.at)
    assert listed(store, desk) == ()


def test_a_rotated_key_lives_through_its_overlap(store: Store, desk: Target, ada: Act) -> None:
    old = issue(store, desk, ["chat"], ada)
    before = revision_of(store)
    new = rotate(store, desk, old.id, later(ada, 10), overlap=60)
    assert revision_of(store) > before
    first, second = listed(store, desk)
    assert (first.id, second.id) == (old.id, new.id)
    assert first.in_force(ada.at + 70 * SECOND - 1)
    assert not first.in_force(ada.at + 70 * SECOND)
    assert second.in_force(ada.at + 10_000_000 * SECOND)
    assert second.scopes == ("chat",)
    with store.connect() as connection:
        assert recorded(connection, desk)[0].event == KeyRotated(old.id, new.id, ada.at + 70 * SECOND)


def test_rotation_never_prolongs_the_old_key_and_gives_the_new_one_the_same_life(
    store: Store, desk: Target, ada: Act
) -> None:
    old = issue(store, desk, ["chat"], ada, expires_at=ada.at + 100 * SECOND)
    new = rotate(store, desk, old.id, later(ada, 50), overlap=3600)
    first, second = listed(store, desk)
    assert first.expires_at == ada.at + 100 * SECOND
    assert second.expires_at == new.expires_at == ada.at + 150 * SECOND


def test_what_is_out_of_force_is_not_rotated(store: Store, desk: Target, ada: Act) -> None:
    old = issue(store, desk, ["chat"], ada)
    rotate(store, desk, old.id, ada, overlap=0)
    with pytest.raises(KeyNotInForce, match="Issue a new one"):
        rotate(store, desk, old.id, ada)
    for overlap in (-1, LONGEST_OVERLAP + 1, float("nan")):
        with pytest.raises(KeyTermsRefused, match="overlap"):
            rotate(store, desk, old.id, ada, overlap)


def test_a_revoked_key_is_out_at_once_and_revoking_again_changes_nothing(store: Store, desk: Target, ada: Act) -> None:
    issued = issue(store, desk, ["chat"], ada)
    before = revision_of(store)
    revoke(store, desk, issued.id, ada)
    assert revision_of(store) > before
    revoke(store, desk, issued.id, later(ada, 5))
    (key,) = listed(store, desk)
    assert key.revoked_at == ada.at
    assert not key.in_force(ada.at)
    with store.connect() as connection:
        assert [entry.event for entry in recorded(connection, desk)].count(KeyRevoked(issued.id)) == 1


def test_another_tenants_key_is_unknown(store: Store, desk: Target, ada: Act) -> None:
    issued = issue(store, desk, ["chat"], ada)
    apply(store, Manifest(id=desk.workload, owner="Eve", models=(Model("acme", "chat"),), tenant="other"), ada)
    for operation in (revoke, rotate):
        with pytest.raises(UnknownKey) as refused:
            operation(store, Target("other", desk.workload), issued.id, ada)
        assert isinstance(refused.value, KeyRefused)
    assert listed(store, desk)[0].in_force(ada.at)
    with pytest.raises(UnknownWorkload):
        listed(store, Target("other", "nothing"))


def test_a_live_key_is_on_record_as_such_and_its_class_survives_rotation(store: Store, desk: Target, ada: Act) -> None:
    plain = issue(store, desk, ["chat"], ada)
    live = issue(store, desk, ["chat"], ada, traffic="live")
    rotated = rotate(store, desk, live.id, ada)
    assert [key.traffic for key in (plain, live, rotated)] == ["test", "live", "live"]
    assert sorted(key.traffic for key in listed(store, desk)) == ["live", "live", "test"]
    with store.connect() as connection:
        events = [entry.event for entry in recorded(connection, desk)]
    assert [event for event in events if isinstance(event, LiveKeyIssued)] == [
        LiveKeyIssued(rotated.id),
        LiveKeyIssued(live.id),
    ]
    with pytest.raises(KeyTermsRefused, match="live, test, drill"):
        issue(store, desk, ["chat"], ada, traffic="real")


def test_a_live_key_in_experiment_says_what_is_missing(store: Store, desk: Target, ada: Act) -> None:
    note = issue(store, desk, ["chat"], ada, traffic="live").note
    assert note.endswith("stage is Pilot; now it is Experiment. Missing: not assessed yet")
    gap = {"criterion": "PSF-3.1", "text": "Nothing is redacted.", "next": "Enforce PSF-3.1."}
    stand(store, desk, "Experiment", held_by="PSF-3.1", gaps=[gap])
    live = issue(store, desk, ["chat"], ada, traffic="live")
    assert live.note == (
        "It opens nothing until the workload's stage is Pilot; now it is Experiment. "
        "Missing: PSF-3.1: Nothing is redacted (Enforce PSF-3.1)"
    )
    assert rotate(store, desk, live.id, ada).note == live.note
    assert issue(store, desk, ["chat"], ada).note == ""
    stand(store, desk, "Pilot", users=5)
    assert issue(store, desk, ["chat"], ada, traffic="live").note == ""


def test_a_key_for_drills_lives_an_hour_at_most(store: Store, desk: Target, ada: Act) -> None:
    hour = ada.at + LONGEST_DRILL * SECOND
    assert issue(store, desk, ["chat"], ada, traffic="drill").expires_at == hour
    assert issue(store, desk, ["chat"], ada, traffic="drill", expires_at=hour - 1).expires_at == hour - 1
    with pytest.raises(KeyTermsRefused, match="3600 seconds"):
        issue(store, desk, ["chat"], ada, traffic="drill", expires_at=hour + 1)
