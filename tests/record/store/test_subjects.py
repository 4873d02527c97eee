from __future__ import annotations

import threading

import pytest
from sqlalchemy import delete, func, select

from prodworthy.record.faults import ContentErased
from prodworthy.record.store import subjects as module
from prodworthy.record.store.database import Store
from prodworthy.record.store.subjects import SubjectKeys, key_name, open_content, seal_content
from prodworthy.record.store.tables import subject_key
from prodworthy.record.store.vault import Vault

ADA = ("acme", "aa-202611")
EVE = ("acme", "ee-202611")


def test_names_tell_subject_and_period(vault: Vault) -> None:
    keys = SubjectKeys(vault)
    assert keys.name("acme", "desk", "ab" * 16, "20261123") == "ab" * 16 + "-202611"
    nobody = keys.name("acme", "desk", "", "20261123")
    assert nobody.endswith("-20261123")
    assert nobody != keys.name("acme", "other", "", "20261123")
    assert nobody != keys.name("acme", "desk", "", "20261124")
    assert len(nobody) <= 64


def test_a_key_is_created_on_first_sight_and_found_again(store: Store, vault: Vault) -> None:
    with store.begin() as connection:
        first = SubjectKeys(vault).gather(connection, [ADA, EVE, ADA], 5)
    assert set(first) == {ADA, EVE}
    stored = seal_content(first[ADA], ADA[1], b"body", b"here")
    with store.begin() as connection:
        again = SubjectKeys(vault).gather(connection, [ADA], 6)
    assert key_name(stored) == ADA[1]
    assert open_content(again[ADA], stored, b"here") == b"body"
    for wrong, place in ((first[EVE], b"here"), (first[ADA], b"there")):
        with pytest.raises(ContentErased):
            open_content(wrong, stored, place)
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(subject_key)).scalar() == 2


def test_a_destroyed_key_opens_nothing_even_where_it_was_remembered(store: Store, vault: Vault) -> None:
    keys = SubjectKeys(vault)
    with store.begin() as connection:
        stored = seal_content(keys.gather(connection, [ADA], 5)[ADA], ADA[1], b"body", b"")
    with store.begin() as connection:
        connection.execute(delete(subject_key))
    with store.connect() as connection, pytest.raises(ContentErased):
        keys.find(connection, *ADA)
    with store.begin() as connection:
        fresh = keys.gather(connection, [ADA], 6)[ADA]
    with pytest.raises(ContentErased):
        open_content(fresh, stored, b"")


def test_a_key_of_another_row_does_not_open(store: Store, vault: Vault) -> None:
    keys = SubjectKeys(vault)
    with store.begin() as connection:
        keys.gather(connection, [ADA], 5)
        wrapped = connection.execute(select(subject_key.c.wrapped)).scalar_one()
        connection.execute(subject_key.insert().values(tenant=EVE[0], subject=EVE[1], wrapped=wrapped, created_at=5))
    with store.connect() as connection, pytest.raises(ContentErased):
        keys.find(connection, *EVE)


def test_many_keys_in_bounded_memory(store: Store, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CACHED", 50)
    keys = SubjectKeys(vault)
    wanted = [("acme", f"{number:032x}-202611") for number in range(700)]
    with store.begin() as connection:
        assert len(keys.gather(connection, wanted, 5)) == 700
        assert set(keys.gather(connection, wanted, 6)) == set(wanted)
    assert len(keys._unwrapped) == 50


def test_two_writers_agree_on_one_key(store: Store, vault: Vault) -> None:
    sealed: list[bytes] = []

    def take() -> None:
        keys = SubjectKeys(vault)
        for number in range(10):
            named = ("acme", f"{number}-202611")
            with store.begin() as connection:
                sealed.append(seal_content(keys.gather(connection, [named], 5)[named], named[1], b"x", b""))

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.connect() as connection:
        keys = SubjectKeys(vault)
        opened = [open_content(keys.find(connection, "acme", key_name(one)), one, b"") for one in sealed]
    assert opened == [b"x"] * 30


@pytest.mark.parametrize("stored", [b"", b"\x05\xff\xff\xff\xff\xff"])
def test_damaged_content_has_no_key(stored: bytes) -> None:
    with pytest.raises(ContentErased):
        key_name(stored)
