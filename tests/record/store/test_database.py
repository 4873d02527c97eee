from __future__ import annotations

import stat
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update

from prodworthy.record.faults import StoreFault, StoreUnavailable, StoreUnsuitable
from prodworthy.record.store import database
from prodworthy.record.store.database import Store, open_store, require_safe_sqlite
from prodworthy.record.store.tables import killed, revision

ROW = {"tenant": "t", "workload": "w", "reason": "r", "killed_by": "p", "killed_at": 1}


@pytest.mark.parametrize("address", ["mysql://h/d", "sqlite://", "sqlite:///:memory:", "nonsense"])
def test_refuses_addresses_it_cannot_serve(address: str) -> None:
    with pytest.raises(StoreUnsuitable):
        open_store(address)


@pytest.mark.parametrize("version", [(3, 40, 1), (3, 51, 2)])
def test_refuses_a_sqlite_that_can_corrupt_data(version: tuple[int, ...]) -> None:
    with pytest.raises(StoreUnsuitable, match=r"3\.51\.3 or newer"):
        require_safe_sqlite(version)


def test_accepts_the_fixed_sqlite() -> None:
    require_safe_sqlite((3, 51, 3))
    require_safe_sqlite((4, 0, 0))


def test_sqlite_files_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "store.db"
    store = open_store(f"sqlite:///{path}")
    with store.begin() as connection:
        connection.execute(text("CREATE TABLE x (a INTEGER)"))
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    store.close()
    assert modes == {"store.db": 0o600, "store.db-wal": 0o600, "store.db-shm": 0o600}


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.touch(mode=0o644)
    path.chmod(0o644)
    open_store(f"sqlite:///{path}").close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_sqlite_is_configured_for_safety(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    names = ("journal_mode", "synchronous", "busy_timeout", "secure_delete")
    with store.connect() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in names}
    with store.begin() as connection:
        waiting = connection.execute(text("PRAGMA busy_timeout")).scalar()
    store.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000, "secure_delete": 1}
    assert waiting == 5000


def test_begin_commits_and_rolls_back(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(insert(killed).values(ROW))

    def fail() -> None:
        with store.begin() as connection:
            connection.execute(insert(killed).values(ROW | {"workload": "other"}))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with store.connect() as connection:
        assert connection.execute(select(killed.c.workload)).scalars().all() == ["w"]


def test_connect_keeps_nothing(store: Store) -> None:
    with store.connect() as connection:
        connection.execute(insert(killed).values(ROW))
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(killed)).scalar() == 0


def test_concurrent_writers_lose_nothing(store: Store) -> None:
    """Read, then write, in one transaction each: an upgrade of a read lock would deadlock or lose an addition."""
    faults: list[StoreFault] = []

    def add() -> None:
        for _ in range(25):
            try:
                with store.begin() as connection:
                    query = select(revision.c.revision).where(revision.c.id == 1).with_for_update()
                    before = connection.execute(query).scalar_one()
                    connection.execute(update(revision).values(revision=before + 1))
            except StoreFault as fault:
                faults.append(fault)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.connect() as connection:
        assert connection.execute(select(revision.c.revision)).scalar_one() == 100
    assert faults == []


def test_a_locked_sqlite_is_unavailable_after_the_wait(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    first, second = open_store(sqlite_url), open_store(sqlite_url)
    with first.begin():
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="locked"), second.begin():
            pytest.fail("two writers at once")
        assert time.monotonic() - began < 3
    with second.begin() as connection:
        connection.execute(text("SELECT 1"))
    first.close()
    second.close()


def test_a_postgres_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    store = open_store(f"postgresql://somebody:topsecret@/nothing?host={tmp_path}")
    with pytest.raises(StoreUnavailable) as caught, store.connect():
        pytest.fail("connected to nothing")
    assert "topsecret" not in str(caught.value)
    store.close()


def test_a_refused_statement_tells_no_values(store: Store) -> None:
    secret = "personal-value"
    with store.begin() as connection:
        connection.execute(insert(killed).values(ROW | {"workload": secret}))
    with pytest.raises(StoreFault) as caught, store.begin() as connection:
        connection.execute(insert(killed).values(ROW | {"workload": secret}))
    assert secret not in str(caught.value)
    assert not isinstance(caught.value, StoreUnavailable)


def test_the_last_good_state_survives_a_broken_file(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"this is no database, and never was" * 100)
    with pytest.raises(StoreFault), open_store(sqlite_url).connect():
        pytest.fail("opened a file that is no database")
