"""A PostgreSQL of the tests' own: a private cluster on a socket in a temporary directory, stopped at the end."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

USER = "prodworthy"
_DEBIAN = Path("/usr/lib/postgresql/15/bin")
_SETTINGS = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=60 -c shared_buffers=32MB"


class Cluster:
    """A running cluster. `url` names a database of it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._count = 0

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self.directory}"

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """An empty database; its URL."""
        self._count += 1
        name = f"test_{self._count}"
        with self._admin() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        try:
            yield self.url(name)
        finally:
            with self._admin() as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.directory), user=USER, dbname="postgres", autocommit=True)


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a cluster; skip the test where PostgreSQL is not installed (with CI=true that is a failure)."""
    binaries = _binaries()
    if binaries is None:
        if os.environ.get("CI") == "true":
            pytest.fail("PostgreSQL is not installed (Debian: apt-get install postgresql), and CI=true skips nothing")
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    directory = Path(tempfile.mkdtemp(prefix="prodworthy-pg-"))
    try:
        _run(directory, binaries / "initdb", "-D", "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        _run(
            directory,
            binaries / "pg_ctl",
            "-D",
            "data",
            "-w",
            "-l",
            "log",
            "-o",
            f"{_SETTINGS} -k {directory}",
            "start",
        )
        try:
            yield Cluster(directory)
        finally:
            _run(directory, binaries / "pg_ctl", "-D", "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _binaries() -> Path | None:
    if (_DEBIAN / "initdb").exists():
        return _DEBIAN
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


def _run(directory: Path, *command: Path | str) -> None:
    """Run a command in the directory; PostgreSQL refuses to run as root, so then as somebody else."""
    options: dict[str, object] = {}
    if os.geteuid() == 0:
        owner = _somebody()
        os.chown(directory, owner.pw_uid, owner.pw_gid)
        options = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": ()}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        **options,  # type: ignore[call-overload]  # mypy cannot match options that depend on the user
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-2000:]}")


def _somebody() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("there is neither a user postgres nor a user nobody to run PostgreSQL as")
