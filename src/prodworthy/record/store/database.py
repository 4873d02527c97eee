"""Opens the database: SQLite by default, PostgreSQL for many machines, the same code for both."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pysqlite3
import sqlalchemy
from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from prodworthy.record.faults import StoreFault, StoreUnavailable, StoreUnsuitable

# before 3.51.3 several connections to one WAL database could corrupt it (sqlite.org, "WAL-reset bug")
SAFE_SQLITE = (3, 51, 3)
BUSY_SECONDS = 5.0
# PostgreSQL: a dead network is noticed within about 10 s instead of the system's two hours
POSTGRES_OPTIONS = {
    "connect_timeout": 5,
    "application_name": "prodworthy",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


class Store:
    """One database. Safe to share between threads; not between processes (open it after a fork)."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine that `open_store` configured."""
        self.engine = engine
        self._writing = engine.execution_options(writing=True)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextlib.contextmanager
    def begin(self) -> Iterator[Connection]:
        """A writing transaction: committed at the end, rolled back on an exception.

        SQLite takes its one write lock at once (waiting up to 5 s): no transaction fails half-way for want of it.

        Raises:
            StoreUnavailable: the database cannot be reached, or stayed locked.
            StoreFault: the database refused a statement.
        """
        with translated(), self._writing.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def connect(self) -> Iterator[Connection]:
        """A reading transaction over one consistent state; nothing it does is kept. Raises as `begin` does."""
        with translated(), self.engine.connect() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections that are not in use."""
        self.engine.dispose()


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turn the database library's exceptions into ours, without statements, parameters or addresses."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise StoreUnavailable(f"the database is unavailable: {_cause(error)}") from error
    except DBAPIError as error:
        kind = StoreUnavailable if error.connection_invalidated else StoreFault
        raise kind(f"the database refused a statement: {_cause(error)}") from error


def open_store(url: str) -> Store:
    """Open `sqlite:///PATH` or `postgresql://…`. A missing SQLite file is created, for its owner only (mode 0600).

    Raises:
        StoreUnsuitable: the address is not one of these two, or the SQLite library has a bug that can corrupt data.
        StoreUnavailable: the SQLite file cannot be created or opened. (PostgreSQL is first reached when first used.)
    """
    try:
        parsed = sqlalchemy.make_url(url)
    except sqlalchemy.exc.ArgumentError:
        raise StoreUnsuitable("the database address is malformed; give sqlite:///PATH or postgresql://…") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return Store(_sqlite(parsed))
    if backend == "postgresql":
        return Store(_postgres(parsed))
    raise StoreUnsuitable(f"the database {backend!r} is not supported; give sqlite:///PATH or postgresql://…")


def _postgres(url: URL) -> Engine:
    return sqlalchemy.create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args=dict(POSTGRES_OPTIONS),
        pool_pre_ping=True,
        pool_size=4,
        max_overflow=8,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,
    )


def _sqlite(url: URL) -> Engine:
    require_safe_sqlite(pysqlite3.sqlite_version_info)
    if not url.database or url.database == ":memory:":
        raise StoreUnsuitable("SQLite needs a file: several processes share it; give sqlite:///PATH")
    try:
        _own_file(Path(url.database))
    except OSError as error:
        raise StoreUnavailable(f"the database file cannot be created: {error.strerror}") from error
    engine = sqlalchemy.create_engine(
        url.set(drivername="sqlite+pysqlite"),
        module=pysqlite3,
        pool_timeout=BUSY_SECONDS,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def require_safe_sqlite(version: tuple[int, ...]) -> None:
    """Raise StoreUnsuitable for a SQLite older than 3.51.3, whose WAL mode can corrupt a shared database."""
    if version < SAFE_SQLITE:
        have, need = (".".join(map(str, number)) for number in (version, SAFE_SQLITE))
        raise StoreUnsuitable(f"SQLite {have} can corrupt a shared database; {need} or newer is needed (pysqlite3)")


def _own_file(path: Path) -> None:
    """Create the database for its owner only. SQLite gives its -wal and -shm files the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        status = os.fstat(descriptor)
        if status.st_mode & 0o077 and status.st_uid == os.geteuid():
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Configure a new connection: transactions are begun by us alone, WAL, every commit on disk."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    # what is deleted is overwritten: the end of a retention, or of a key, leaves nothing in free pages
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin, with the write lock where the transaction is going to write.

    SQLite's own busy handler backs off to naps of 100 ms, so that a kill could wait long behind a busy recorder;
    asking every millisecond, a writer gets in at the first gap.
    """
    if not connection.get_execution_options().get("writing"):
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        _begin_immediately(connection)
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


def _begin_immediately(connection: Connection) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        except OperationalError as error:
            code = getattr(error.orig, "sqlite_errorcode", 0)
            if code & 0xFF != pysqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
        time.sleep(0.001)


def _cause(error: Exception) -> str:
    """The first line of what the driver said; for PostgreSQL its code only, because texts repeat values."""
    original = getattr(error, "orig", None)
    if original is None:
        return type(error).__name__
    state = getattr(original, "sqlstate", None)
    if state:
        return f"{type(original).__name__} ({state})"
    if type(original).__module__.startswith("psycopg"):
        return type(original).__name__
    return str(original).splitlines()[0] if str(original) else type(original).__name__
