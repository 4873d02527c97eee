from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from prodworthy.policy.core.events import Completed, Received
from prodworthy.record.faults import ContentErased
from prodworthy.record.journal.contents import content
from prodworthy.record.journal.days import day_table
from prodworthy.record.journal.read import show
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import operation_event, subject_key
from prodworthy.record.store.vault import Vault, place
from tests.record.journal.conftest import Spooling
from tests.record.journal.samples import DAY, NOON, completed, exchange_id, received

ADA = "ad" * 16


def pair(vault: Vault, number: int, subject: str, at: int = NOON) -> tuple[Received, Completed]:
    """An exchange whose request and answer are kept."""
    exchange = exchange_id(number, at)
    request = vault.seal_spool(f"request {number}".encode(), place("acme", exchange, "Received"))
    answer = vault.seal_spool(f"answer {number}".encode(), place("acme", exchange, "Completed"))
    return received(number, at, subject=subject, content=request), completed(number, at, content=answer)


def names(store: Store) -> list[str]:
    with store.connect() as connection:
        return sorted(connection.execute(select(subject_key.c.subject)).scalars())


def test_content_is_kept_under_its_subjects_key_and_opens(
    store: Store, recorder: Recorder, spooled: Spooling, vault: Vault
) -> None:
    spooled(*pair(vault, 1, ADA), *pair(vault, 2, ""))
    recorder.drain()
    assert content(store, vault, exchange_id(1)) == {"Received": b"request 1", "Completed": b"answer 1"}
    assert content(store, vault, exchange_id(2), "acme") == {"Received": b"request 2", "Completed": b"answer 2"}
    assert content(store, vault, exchange_id(2), "rival") == {}
    assert content(store, vault, exchange_id(9)) == content(store, vault, "") == {}
    assert names(store) == sorted([f"{ADA}-202611", f"{vault.anonymous('acme', 'desk', '20261123')}-20261123"])
    record = show(store, exchange_id(1))
    assert record is not None
    assert record.content == ("Received", "Completed")


def test_a_person_has_a_key_for_each_month(store: Store, recorder: Recorder, spooled: Spooling, vault: Vault) -> None:
    spooled(*pair(vault, 1, ADA), *pair(vault, 2, ADA, NOON + DAY), *pair(vault, 3, ADA, NOON + 30 * DAY))
    recorder.drain()
    assert names(store) == [f"{ADA}-202611", f"{ADA}-202612"]


def test_a_completed_finds_its_subject_in_the_journal_after_a_restart(
    store: Store, spools: Path, spooled: Spooling, vault: Vault
) -> None:
    begun, ended = pair(vault, 1, ADA)
    spooled(begun)
    Recorder(store, spools, vault).drain()
    spooled(ended, pair(vault, 2, ADA)[1])
    Recorder(store, spools, vault).drain()
    assert content(store, vault, exchange_id(1))["Completed"] == b"answer 1"
    # the second one's Received never came: nobody can say whose it is
    assert content(store, vault, exchange_id(2)) == {"Completed": b"answer 2"}
    assert len(names(store)) == 2


def test_destroying_a_persons_keys_erases_what_they_wrote_and_nothing_else(
    store: Store, recorder: Recorder, spooled: Spooling, vault: Vault
) -> None:
    spooled(*pair(vault, 1, ADA), *pair(vault, 2, "ee" * 16))
    recorder.drain()
    with store.begin() as connection:
        connection.execute(delete(subject_key).where(subject_key.c.subject.startswith(f"{ADA}-")))
    with pytest.raises(ContentErased):
        content(store, vault, exchange_id(1))
    assert content(store, vault, exchange_id(2))["Received"] == b"request 2"
    spooled(*pair(vault, 3, ADA))
    recorder.drain()
    assert content(store, vault, exchange_id(3))["Received"] == b"request 3"
    with pytest.raises(ContentErased):
        content(store, vault, exchange_id(1))


def test_stored_content_opens_at_its_own_place_only(
    store: Store, recorder: Recorder, spooled: Spooling, vault: Vault
) -> None:
    spooled(*pair(vault, 1, ADA), *pair(vault, 2, ADA))
    recorder.drain()
    table = day_table("20261123")
    with store.begin() as connection:
        query = select(table.c.content).where(table.c.exchange == exchange_id(1), table.c.kind == "Received")
        moved = connection.execute(query).scalar_one()
        connection.execute(table.update().where(table.c.exchange == exchange_id(2)).values(content=moved))
    with pytest.raises(ContentErased):
        content(store, vault, exchange_id(2))


def test_content_that_does_not_open_is_told_and_the_rest_is_kept(
    store: Store, recorder: Recorder, spooled: Spooling
) -> None:
    foreign = Vault(b"x" * 32)
    spooled(*pair(foreign, 1, ADA))
    recorder.drain()
    record = show(store, exchange_id(1))
    assert record is not None
    assert record.completed
    assert record.content == ()
    with store.connect() as connection:
        kinds = connection.execute(select(operation_event.c.kind)).scalars().all()
    assert kinds == ["ContentUnreadable"]


def test_nothing_kept_is_readable_on_the_disk(
    store: Store, recorder: Recorder, spooled: Spooling, vault: Vault, tmp_path: Path
) -> None:
    spooled(*pair(vault, 1, ADA))
    recorder.drain()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"request 1" not in path.read_bytes(), path
