"""Where the files of a ledger are read from: one method, so that a folder, a zip and an object store look alike."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import Protocol

from prodworthy.record.ledger.faults import Malformed, Missing
from prodworthy.record.ledger.tiles import LARGEST_FILE


class Storage(Protocol):
    """Anything that has a ledger's files."""

    def read(self, path: str) -> bytes:
        """The file at `path`, as C2SP tlog-tiles names it. Raises Missing, or Malformed if it cannot be a ledger's."""
        ...


class FolderStorage:
    """A ledger in a folder. Follows no symbolic link at the end of a path."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet."""
        self._folder = folder

    def read(self, path: str) -> bytes:
        """The file at `path`. Raises Missing, Malformed."""
        try:
            descriptor = os.open(self._folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                data = file.read(LARGEST_FILE + 1)
        except OSError as error:
            raise Missing(f"the ledger's file {path} cannot be read: {error.strerror}") from error
        return _bounded(data, path)


class ZipStorage:
    """A ledger in a zip, under `prefix`. What else the zip holds, and whether a name is in it twice, is its owner's
    business.
    """

    def __init__(self, archive: zipfile.ZipFile, prefix: str = "") -> None:
        """The archive stays open as long as it is read from; `prefix` ends in a slash, or is empty."""
        self._archive = archive
        self._prefix = prefix

    def read(self, path: str) -> bytes:
        """The file at `path`. Raises Missing, Malformed."""
        try:
            with self._archive.open(self._prefix + path) as file:
                data = file.read(LARGEST_FILE + 1)
        except KeyError as error:
            raise Missing(f"the archive has no file {self._prefix}{path}") from error
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise Malformed(f"the file {self._prefix}{path} of the archive is damaged") from error
        return _bounded(data, path)


def _bounded(data: bytes, path: str) -> bytes:
    if len(data) > LARGEST_FILE:
        raise Malformed(f"{path} is larger than any file of a ledger")
    return data
