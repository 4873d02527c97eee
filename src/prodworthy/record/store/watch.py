"""Notices that policy changed: writers `bump` a revision in their transaction, a `Watch` in each gateway sees it.

SQLite tells through `PRAGMA data_version`, asked every 20 ms; PostgreSQL through NOTIFY, with a question every 250 ms
besides, so that a lost notification costs no more than that.
"""

from __future__ import annotations

import os
import time
from typing import Any, Protocol

import pysqlite3
from sqlalchemy import Connection, select, text, update

from prodworthy.record.faults import StoreUnavailable
from prodworthy.record.store.database import BUSY_SECONDS, POSTGRES_OPTIONS, Store
from prodworthy.record.store.tables import revision

CHANNEL = "prodworthy_policy"
SQLITE_POLL_SECONDS = 0.02
POSTGRES_POLL_SECONDS = 0.25
# who watches has to notice soon that nothing is to be learned: seconds, milliseconds
_IMPATIENT = {"connect_timeout": 2, "tcp_user_timeout": 2_000}
_READ = "SELECT revision FROM policy_revision WHERE id = 1"


def current_revision(connection: Connection) -> int:
    """The revision as this transaction sees it. Raises StoreUnavailable before the first migration."""
    found = connection.execute(select(revision.c.revision).where(revision.c.id == 1)).scalar_one_or_none()
    if found is None:
        raise StoreUnavailable("the database has not been prepared yet")
    return int(found)


def bump(connection: Connection) -> int:
    """Raise the revision within the caller's transaction and return it; watchers learn of it at the commit."""
    grown = update(revision).where(revision.c.id == 1).values(revision=revision.c.revision + 1)
    found = connection.execute(grown.returning(revision.c.revision)).scalar_one_or_none()
    if found is None:
        raise StoreUnavailable("the database has not been prepared yet")
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_notify(:channel, :revision)"), {"channel": CHANNEL, "revision": str(found)})
    return int(found)


class _Source(Protocol):
    """A connection of the watch's own."""

    def pause(self, seconds: float) -> bool:
        """Wait at most so long, or less; whether the revision is worth reading."""

    def read(self) -> int | None:
        """The revision in the database."""

    def close(self) -> None:
        """Give the connection up."""


class Watch:
    """For one background thread that keeps a copy of policy current."""

    def __init__(self, store: Store) -> None:
        """Connects at the first `wait`."""
        self._store = store
        self._source: _Source | None = None
        self._seen: int | None = None

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for a change of policy.

        True: the revision differs from the one seen before (always at the first call, and after a failure). False: the
        database was asked just now, and nothing changed: what the caller knows is current.

        Raises:
            StoreUnavailable: the database cannot be asked; the next call tries to connect again.
        """
        deadline = time.monotonic() + timeout
        try:
            if self._source is None:
                self._source = _open(self._store)
                return self._changed(self._source)
            while True:
                left = max(deadline - time.monotonic(), 0.0)
                if self._source.pause(left) and self._changed(self._source):
                    return True
                if time.monotonic() >= deadline:
                    return False
        except (self._store.engine.dialect.loaded_dbapi.Error, OSError) as error:
            self.close()
            raise StoreUnavailable(f"the database is unavailable: {type(error).__name__}") from error
        except StoreUnavailable:
            self.close()
            raise

    def close(self) -> None:
        """Give up the connection; a later `wait` connects again and returns True."""
        source, self._source, self._seen = self._source, None, None
        if source is not None:
            source.close()

    def _changed(self, source: _Source) -> bool:
        found = source.read()
        if found is None:
            raise StoreUnavailable("the database has not been prepared yet")
        changed = found != self._seen
        self._seen = found
        return changed


def _open(store: Store) -> _Source:
    return _Sqlite(store) if store.dialect == "sqlite" else _Postgres(store)


class _Sqlite:
    """A connection that only reads: `data_version` changes when any other connection has committed."""

    def __init__(self, store: Store) -> None:
        self._path = str(store.engine.url.database)
        self._file = self._identity()
        self._connection: Any = pysqlite3.connect(
            self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._version = self._data_version()

    def pause(self, seconds: float) -> bool:
        time.sleep(min(seconds, SQLITE_POLL_SECONDS))
        if self._identity() != self._file:
            raise StoreUnavailable("the database file was replaced")
        version = self._data_version()
        changed = version != self._version
        self._version = version
        return changed

    def read(self) -> int | None:
        row = self._connection.execute(_READ).fetchone()
        return None if row is None else int(row[0])

    def close(self) -> None:
        self._connection.close()

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _identity(self) -> tuple[int, int]:
        """An open file outlives its name: without this, a deleted database would look quiet instead of gone."""
        status = os.stat(self._path)
        return status.st_dev, status.st_ino


class _Postgres:
    """A connection that listens."""

    def __init__(self, store: Store) -> None:
        arguments, options = store.engine.dialect.create_connect_args(store.engine.url)
        # psycopg, which only those load who use PostgreSQL
        self._connection: Any = store.engine.dialect.loaded_dbapi.connect(
            *arguments, **{**POSTGRES_OPTIONS, **_IMPATIENT, **options}, autocommit=True
        )
        self._connection.execute(f"LISTEN {CHANNEL}")

    def pause(self, seconds: float) -> bool:
        for _ in self._connection.notifies(timeout=min(seconds, POSTGRES_POLL_SECONDS), stop_after=1):
            break
        return True

    def read(self) -> int | None:
        row = self._connection.execute(_READ).fetchone()
        return None if row is None else int(row[0])

    def close(self) -> None:
        self._connection.close()
