from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from prodworthy.operations.acts import Act, Event, Killed, Restored, Target
from prodworthy.operations.errors import PersonMissing, UnknownWorkload
from prodworthy.operations.event_log import recorded
from prodworthy.operations.killswitch.errors import KillFailed, ReasonMissing, RestoreIncomplete
from prodworthy.operations.killswitch.flag_text import read_flag_text
from prodworthy.operations.killswitch.switch import BY_HAND, kill, restore
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.tables import killed
from prodworthy.record.store.watch import current_revision

BO = Act("bo@example.org", 1_900_000_000_000_000_000)


@pytest.fixture(autouse=True)
def _applied(store: Store, ada: Act, desk: Target) -> None:
    apply(store, Manifest(id=desk.workload, owner="Ada", models=(Model("acme", "chat"),)), ada)


@pytest.fixture
def away(tmp_path: Path) -> Store:
    """A store whose database was never prepared: every statement fails."""
    return open_store(f"sqlite:///{tmp_path / 'empty.db'}")


def state(store: Store) -> tuple[list[tuple[str, ...]], int]:
    with store.connect() as connection:
        rows = connection.execute(killed.select())
        return [(row.tenant, row.workload, row.reason, row.killed_by) for row in rows], current_revision(connection)


def events(store: Store, target: Target) -> list[tuple[str, int, Event]]:
    with store.connect() as connection:
        return [(entry.actor, entry.at, entry.event) for entry in reversed(recorded(connection, target))][1:]


def test_a_kill_is_a_row_an_event_and_a_new_revision(store: Store, flags: Flags, desk: Target, ada: Act) -> None:
    before = state(store)[1]
    assert kill(store, flags, desk, "wrong answers", ada) == Killed("database", "wrong answers")
    rows, after = state(store)
    assert rows == [("default", "help-desk", "wrong answers", ada.actor)]
    assert after > before
    assert events(store, desk) == [(ada.actor, ada.at, Killed("database", "wrong answers"))]
    assert not flags.read()


def test_a_second_kill_is_recorded_and_keeps_the_first_reason(
    store: Store, flags: Flags, desk: Target, ada: Act
) -> None:
    kill(store, flags, desk, "first", ada)
    assert kill(store, flags, desk, "second", BO) == Killed("database", "second", already=True)
    assert state(store)[0] == [("default", "help-desk", "first", ada.actor)]
    assert [event for _, _, event in events(store, desk)] == [
        Killed("database", "first"),
        Killed("database", "second", already=True),
    ]


def test_a_restore_clears_the_row(store: Store, flags: Flags, desk: Target, ada: Act) -> None:
    kill(store, flags, desk, "wrong", ada)
    before = state(store)[1]
    assert restore(store, flags, desk, "mended", BO) == Restored("mended", ("database",))
    rows, after = state(store)
    assert rows == []
    assert after > before
    assert events(store, desk)[-1] == (BO.actor, BO.at, Restored("mended", ("database",)))


def test_restoring_what_is_on_says_that_nothing_was_cleared(store: Store, flags: Flags, desk: Target, ada: Act) -> None:
    assert restore(store, flags, desk, "to be sure", ada) == Restored("to be sure", ())


def test_without_the_store_a_kill_goes_to_the_file(
    store: Store, away: Store, flags: Flags, desk: Target, ada: Act
) -> None:
    assert kill(away, flags, desk, "wrong answers", ada) == Killed("file", "wrong answers")
    said = read_flag_text(flags.read()["default.help-desk"])
    assert (said.reason, said.actor, said.at) == ("wrong answers", ada.actor, ada.at)
    assert state(store)[0] == []


def test_a_store_that_cannot_be_opened_does_not_stop_a_kill(flags: Flags, desk: Target, ada: Act) -> None:
    assert kill(None, flags, desk, "wrong answers", ada).how == "file"
    assert "default.help-desk" in flags.read()


def test_a_kill_by_file_enters_the_record_when_it_is_restored(
    store: Store, away: Store, flags: Flags, desk: Target, ada: Act
) -> None:
    kill(away, flags, desk, "wrong answers", ada)
    assert restore(store, flags, desk, "mended", BO) == Restored("mended", ("file",))
    assert not flags.read()
    assert events(store, desk) == [
        (ada.actor, ada.at, Killed("file", "wrong answers")),
        (BO.actor, BO.at, Restored("mended", ("file",))),
    ]


def test_a_flag_raised_by_hand_enters_the_record_as_that(store: Store, flags: Flags, desk: Target, ada: Act) -> None:
    flags.raise_flag(desk.tenant, desk.workload, "smoke")
    restore(store, flags, desk, "no fire", ada)
    assert events(store, desk)[0] == (BY_HAND, ada.at, Killed("file", "smoke"))


def test_both_places_are_cleared_together(store: Store, away: Store, flags: Flags, desk: Target, ada: Act) -> None:
    kill(store, flags, desk, "one", ada)
    kill(away, flags, desk, "two", ada)
    assert restore(store, flags, desk, "mended", BO) == Restored("mended", ("database", "file"))
    assert state(store)[0] == []
    assert not flags.read()


def test_unknown_workloads_are_named_with_the_nearest(store: Store, flags: Flags, ada: Act) -> None:
    wrong = Target("default", "helpdesk")
    for operation in (kill, restore):
        with pytest.raises(UnknownWorkload, match="Did you mean `help-desk`") as refused:
            operation(store, flags, wrong, "reason", ada)
        assert refused.value.nearest == "help-desk"
        with pytest.raises(UnknownWorkload, match="List the roster"):
            operation(store, flags, Target("other", "help-desk"), "reason", ada)
    assert state(store)[0] == []


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 301])
def test_a_reason_and_a_person_are_needed(store: Store, flags: Flags, desk: Target, ada: Act, reason: str) -> None:
    for operation in (kill, restore):
        with pytest.raises(ReasonMissing):
            operation(store, flags, desk, reason, ada)
    with pytest.raises(PersonMissing):
        Act(reason, 0)
    with pytest.raises(PersonMissing):
        msgspec.structs.replace(ada, actor=reason)


def test_when_neither_place_can_be_written_the_kill_says_that_nothing_stopped(
    away: Store, flags: Flags, tmp_path: Path, desk: Target, ada: Act
) -> None:
    os.rmdir(tmp_path / "flags")
    with pytest.raises(KillFailed, match="is NOT off"):
        kill(away, flags, desk, "wrong", ada)
    with pytest.raises(KillFailed, match="cannot be a workload"):
        kill(away, flags, Target("default", "../x"), "wrong", ada)


def test_without_the_store_nothing_is_restored(store: Store, away: Store, flags: Flags, desk: Target, ada: Act) -> None:
    kill(away, flags, desk, "wrong", ada)
    with pytest.raises(RestoreIncomplete, match="Bring the store back"):
        restore(away, flags, desk, "mended", BO)
    assert "default.help-desk" in flags.read()


def test_without_the_directory_the_row_stays(
    store: Store, flags: Flags, tmp_path: Path, desk: Target, ada: Act
) -> None:
    kill(store, flags, desk, "wrong", ada)
    os.rmdir(tmp_path / "flags")
    with pytest.raises(RestoreIncomplete, match="permissions"):
        restore(store, flags, desk, "mended", BO)
    assert len(state(store)[0]) == 1


def test_the_flag_that_stops_all_outlives_a_restore_which_says_so(
    store: Store, flags: Flags, desk: Target, ada: Act
) -> None:
    kill(store, flags, desk, "wrong", ada)
    flags.raise_all("fire drill")
    with pytest.raises(RestoreIncomplete, match="flag file ALL"):
        restore(store, flags, desk, "mended", BO)
    assert state(store)[0] == []
    assert "ALL" in flags.read()
