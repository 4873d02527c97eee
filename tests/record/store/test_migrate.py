from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from prodworthy.record.faults import StoreTooNew
from prodworthy.record.store import migrations
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.migrate import HEAD, migrate
from prodworthy.record.store.tables import calibration, metadata, revision


def test_migrations_from_empty_make_exactly_the_tables(store: Store) -> None:
    with store.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_head_named_in_the_code_is_the_newest_step() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrating_again_changes_nothing(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(text("UPDATE policy_revision SET revision = 7"))
    migrate(store)
    with store.connect() as connection:
        assert connection.execute(select(revision.c.id, revision.c.revision)).all() == [(1, 7)]


def test_a_database_of_the_first_step_keeps_what_it_holds(url: str) -> None:
    opened = open_store(url)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    with opened.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("UPDATE policy_revision SET revision = 7"))
    assert "calibration" not in inspect(opened.engine).get_table_names()
    migrate(opened)
    with opened.connect() as connection:
        assert connection.execute(select(revision.c.revision)).scalar_one() == 7
        assert connection.execute(select(calibration)).all() == []
    opened.close()


def test_a_newer_database_is_refused(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew, match="9999"):
        migrate(store)


def test_a_step_that_fails_leaves_nothing_behind(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_store(url)
    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            migrate(opened)
    assert inspect(opened.engine).get_table_names() == []
    migrate(opened)
    assert "rollup" in inspect(opened.engine).get_table_names()
    opened.close()


def _migrate_in_a_process(url: str, barrier: object) -> None:
    barrier.wait()  # type: ignore[attr-defined]  # a proxy without types
    opened = open_store(url)
    migrate(opened)
    opened.close()


def test_several_processes_may_migrate_at_once(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    processes = [context.Process(target=_migrate_in_a_process, args=(url, barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    opened = open_store(url)
    with opened.connect() as connection:
        assert connection.execute(select(revision.c.revision)).all() == [(0,)]
    opened.close()
