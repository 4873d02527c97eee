"""What the writer asks of the machine, in one place: a test replaces it to make the disk fail at any step."""

from __future__ import annotations

import os
import time
from pathlib import Path


class Machine:
    """System calls and the clock."""

    def write(self, descriptor: int, data: memoryview) -> int:
        """Append; returns how many bytes were taken. Raises OSError."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Return when what was written is on the disk. Raises OSError."""
        os.fdatasync(descriptor)

    def cut(self, descriptor: int, size: int) -> None:
        """Shorten a file. Raises OSError."""
        os.ftruncate(descriptor, size)

    def rename(self, source: Path, target: Path) -> None:
        """Put a file in the place of another at once. Raises OSError."""
        os.rename(source, target)

    def make_directory(self, path: Path) -> None:
        """Make a directory for its owner, unless it is there. Raises OSError."""
        path.mkdir(mode=0o700, exist_ok=True)

    def sync_directory(self, path: Path) -> None:
        """Return when the names in a directory are on the disk. Raises OSError."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def now(self) -> int:
        """POSIX seconds."""
        return int(time.time())


def write_all(machine: Machine, descriptor: int, data: bytes) -> None:
    """Write all of `data`. Raises OSError, when part of it may have been written."""
    done, view = 0, memoryview(data)
    while done < len(data):
        done += machine.write(descriptor, view[done:])


class Files:
    """Whole files in one folder: each appears at once, with all of its content on the disk."""

    def __init__(self, folder: Path, machine: Machine) -> None:
        """Only one of these may write to a folder."""
        self._folder = folder
        self._machine = machine
        self._beside = folder / ".new"
        self._known: set[Path] = {folder}
        self._unsynced: set[Path] = set()

    def put(self, path: str, data: bytes) -> None:
        """Write a file, replacing any. Its name is on the disk after `settle`. Raises OSError."""
        target = self._folder / path
        self._expect(target.parent)
        descriptor = os.open(self._beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            write_all(self._machine, descriptor, data)
            self._machine.sync(descriptor)
        finally:
            os.close(descriptor)
        self._machine.rename(self._beside, target)
        self._unsynced.add(target.parent)

    def settle(self) -> None:
        """Return when every name is on the disk. Raises OSError."""
        for directory in sorted(self._unsynced):
            self._machine.sync_directory(directory)
            self._unsynced.discard(directory)

    def _expect(self, directory: Path) -> None:
        """Have a directory. One from an earlier run is there, but its name may not be on the disk yet."""
        if directory in self._known:
            return
        self._expect(directory.parent)
        self._machine.make_directory(directory)
        self._unsynced.add(directory.parent)
        self._known.add(directory)
