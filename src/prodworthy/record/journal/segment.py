"""One file of a spool: created under a lock that says its owner lives, appended to, made durable, cut back on a fault.

A name is `<gateway>-<number>.spool`. The owner holds an exclusive `flock` from before the name appears until it closes
the file or dies, so a reader can tell a frame that is still being written from one that never will be.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from pathlib import Path

import msgspec

SUFFIX = ".spool"
_NAME = re.compile(r"^([A-Za-z0-9][A-Za-z0-9_.]{0,39})-(\d{6,12})\.spool$")


class SegmentName(msgspec.Struct, frozen=True, order=True):
    """Whose segment a file is, and its place among the others (from 1)."""

    gateway: str
    number: int

    def __str__(self) -> str:
        """The file name."""
        return f"{self.gateway}-{self.number:06d}{SUFFIX}"


def segment_name(name: str) -> SegmentName | None:
    """Read a file name; None if it is not a segment's."""
    found = _NAME.match(name)
    return SegmentName(found[1], int(found[2])) if found else None


class Disk:
    """What a segment does to its file. A test replaces this to make the disk fail."""

    def write(self, descriptor: int, data: memoryview) -> int:
        """Append; returns how many bytes were taken. Raises OSError."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Return when everything written is on the disk. Raises OSError."""
        os.fdatasync(descriptor)

    def cut(self, descriptor: int, size: int) -> None:
        """Shorten the file. Raises OSError."""
        os.ftruncate(descriptor, size)


class Segment:
    """An open segment. `written` and `synced` are bytes; a `broken` segment must not be written to any more."""

    def __init__(self, directory: Path, name: SegmentName, disk: Disk) -> None:
        """Create the file, locked, mode 0600. Raises OSError; FileExistsError if the name is taken."""
        self._disk = disk
        self.written = 0
        self.synced = 0
        self.broken = False
        beside, path = directory / f".{name}", directory / str(name)
        if path.exists():
            raise FileExistsError(f"the spool segment {name} exists already")
        self._descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(beside, path)
            sync_directory(directory)
        except OSError:
            os.close(self._descriptor)
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise

    def append(self, data: bytes | bytearray) -> None:
        """Write all of `data`, or nothing: on an OSError the half that was written is cut off again."""
        done, view = 0, memoryview(data)
        try:
            while done < len(data):
                done += self._disk.write(self._descriptor, view[done:])
        except OSError:
            self._cut(self.written)
            raise
        self.written += len(data)

    def sync(self) -> None:
        """Make everything durable. After an OSError the segment is broken and cut to what is known to be durable.

        The kernel may have dropped the pages that it could not write, and a second fdatasync would then succeed
        without them; what was not durable has to be written again, elsewhere.
        """
        try:
            self._disk.sync(self._descriptor)
        except OSError:
            self._cut(self.synced)
            self.broken = True
            raise
        self.synced = self.written

    def close(self) -> None:
        """Close the file and give up the lock."""
        os.close(self._descriptor)

    def _cut(self, size: int) -> None:
        try:
            self._disk.cut(self._descriptor, size)
        except OSError:
            self.broken = True
        else:
            self.written = size


def owner_lives(descriptor: int) -> bool:
    """Whether the process that writes the segment behind this descriptor still holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return False


def sync_directory(directory: Path) -> None:
    """Make names in a directory durable. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
