from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from prodworthy.record.faults import StoreUnavailable
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.tables import journal_day
from prodworthy.record.store.watch import Watch, bump, current_revision
from tests.postgres import Cluster


def test_bump_grows_by_one_with_its_transaction(store: Store) -> None:
    with store.begin() as connection:
        assert bump(connection) == 1
        assert current_revision(connection) == 1

    def fail() -> None:
        with store.begin() as connection:
            bump(connection)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with store.connect() as connection:
        assert current_revision(connection) == 1


def test_an_unprepared_database_is_unavailable(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(text("DELETE FROM policy_revision"))
    with pytest.raises(StoreUnavailable), store.connect() as connection:
        current_revision(connection)
    with pytest.raises(StoreUnavailable), store.begin() as connection:
        bump(connection)
    with pytest.raises(StoreUnavailable):
        Watch(store).wait(0.01)


def test_the_first_look_is_a_change_and_quiet_is_none(store: Store) -> None:
    watch = Watch(store)
    assert watch.wait(0.0)
    assert not watch.wait(0.0)
    assert not watch.wait(0.05)
    watch.close()
    assert watch.wait(0.0)
    watch.close()


def test_what_is_no_change_of_policy_wakes_nobody(store: Store) -> None:
    watch = Watch(store)
    watch.wait(0.0)
    with store.begin() as connection:
        connection.execute(insert(journal_day).values(day="20260101"))
    assert not watch.wait(0.1)
    watch.close()


def test_a_change_is_seen_at_once(store: Store) -> None:
    watch = Watch(store)
    watch.wait(0.0)
    seen: list[float] = []
    waiter = threading.Thread(target=lambda: seen.append(time.monotonic() if watch.wait(20.0) else 0.0))
    waiter.start()
    with store.begin() as connection:
        bump(connection)
    changed = time.monotonic()
    waiter.join()
    watch.close()
    assert seen[0] - changed < 1.0


def test_a_change_before_the_wait_is_not_missed(store: Store) -> None:
    watch = Watch(store)
    watch.wait(0.0)
    for _ in range(20):
        with store.begin() as connection:
            bump(connection)
        assert watch.wait(5.0)
    watch.close()


def test_a_deleted_sqlite_is_noticed_and_its_return_too(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first = open_store(f"sqlite:///{path}")
    migrate(first)
    watch = Watch(first)
    watch.wait(0.0)
    os.rename(path, tmp_path / "away.db")
    with pytest.raises(StoreUnavailable):
        watch.wait(1.0)
    with pytest.raises(StoreUnavailable):
        watch.wait(1.0)
    os.rename(tmp_path / "away.db", path)
    assert watch.wait(1.0)
    watch.close()
    first.close()


def test_a_replaced_sqlite_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    for name in ("store.db", "other.db"):
        made = open_store(f"sqlite:///{tmp_path / name}")
        migrate(made)
        made.close()
    opened = open_store(f"sqlite:///{path}")
    watch = Watch(opened)
    watch.wait(0.0)
    os.replace(tmp_path / "other.db", path)
    with pytest.raises(StoreUnavailable, match="replaced"):
        watch.wait(1.0)
    assert watch.wait(1.0)
    watch.close()
    opened.close()


def test_a_lost_postgres_connection_is_noticed_and_made_again(postgres: Cluster, postgres_url: str) -> None:
    opened = open_store(postgres_url)
    migrate(opened)
    watch = Watch(opened)
    watch.wait(0.0)
    with opened.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE :q"
            ),
            {"q": "%policy%"},
        )
    with pytest.raises(StoreUnavailable):
        watch.wait(20.0)
    assert watch.wait(1.0)
    watch.close()
    opened.close()


def test_watching_costs_next_to_nothing(store: Store) -> None:
    watch = Watch(store)
    watch.wait(0.0)
    before, began = time.thread_time(), time.monotonic()
    assert not watch.wait(1.0)
    share = (time.thread_time() - before) / (time.monotonic() - began)
    watch.close()
    assert share < 0.05
