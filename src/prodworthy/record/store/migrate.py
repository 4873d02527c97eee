"""Brings the database's tables up to this version, at start; several processes may try at once, one does it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from prodworthy.record.faults import StoreTooNew
from prodworthy.record.store.database import Store

# any constant will do, as long as nobody else in the same PostgreSQL database uses it
MIGRATION_LOCK = 0x70726F6477
HEAD = "0003"
"""The newest step, as the migrations have it (a test compares)."""

_STEPS = Path(__file__).parent / "migrations"


def migrate(store: Store) -> None:
    """Apply the steps that are missing, all in one transaction. Does nothing when there are none.

    Raises:
        StoreTooNew: the database was migrated by a newer version than this one.
        StoreUnavailable: the database cannot be reached, or somebody else kept it locked.
    """
    with store.connect() as connection:
        if _current(connection) == HEAD:
            return
    _upgrade(store)


def _upgrade(store: Store) -> None:
    # imported here because a database is nearly always up to date, and every verb of the command line comes by
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    with store.begin() as connection:
        if store.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        current = _current(connection)
        if current is not None and current not in known:
            what = f"the database is at step {current!r}, which this version does not know"
            raise StoreTooNew(f"{what}: install a newer one")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _current(connection: Connection) -> str | None:
    """The step that the database is at; None if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
