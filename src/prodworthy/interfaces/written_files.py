"""Every file that an installation writes, for those who look for what should be in none of them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy

from prodworthy.interfaces.settings import Home

PIECE = 1_048_576
"""Bytes that are read at once."""

_BESIDE = ("", "-wal", "-shm", "-journal")


def written_files(home: Home) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(place, contents in pieces) of each regular file of the home folder, and of an SQLite database elsewhere.

    Places are relative to the home folder where they lie in it. A file that goes away meanwhile is empty; one that
    cannot be read raises OSError when its contents are.
    """
    for folder, folders, names in os.walk(home.folder, onerror=_refuse):
        folders.sort()
        for name in sorted(names):
            path = Path(folder, name)
            yield str(path.relative_to(home.folder)), _pieces(path)
    for path in _database(home):
        if not path.is_relative_to(home.folder):
            yield str(path), _pieces(path)


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        # a named pipe would wait for somebody who writes into it
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return
    except OSError:
        if stat.S_ISSOCK(path.stat().st_mode):
            return
        raise
    with os.fdopen(descriptor, "rb") as file:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            while piece := file.read(PIECE):
                yield piece


def _database(home: Home) -> list[Path]:
    url = sqlalchemy.make_url(home.store_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return []
    return [Path(url.database + end).absolute() for end in _BESIDE]


def _refuse(fault: OSError) -> None:
    """A folder that cannot be listed is not one without files. Raises it, unless the folder is gone."""
    if not isinstance(fault, FileNotFoundError):
        raise fault
