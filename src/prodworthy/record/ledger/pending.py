"""Entries that are durable and not in tiles yet: one file of frames, each appended by one write and one fdatasync.

The file begins with the head that it continues; each frame with a mark that is random per file, the index of its first
entry and its number of bytes, and it ends with its SHA-256. What a killed process left half-written at the
end is cut off: nobody was told that it is durable. Anything wrong before another whole frame is damage, and said so.
"""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from prodworthy.record.ledger.checkpoint import Head
from prodworthy.record.ledger.disk import Files, Machine, write_all
from prodworthy.record.ledger.faults import LedgerDamaged
from prodworthy.record.ledger.tiles import encode_bundle, split_bundle

NAME = "pending"
_MAGIC = b"prodworthy pending entries 1\n"
_MARK_BYTES = 16
_DIGEST_BYTES = 32
_HEADER = struct.Struct(f">{len(_MAGIC)}s{_MARK_BYTES}sQ32s32s")
_FRAME = struct.Struct(f">{_MARK_BYTES}sQI")


class Pending:
    """The open file. `broken` after an error that leaves open what is on the disk: then only `renew` helps."""

    def __init__(self, folder: Path, files: Files, machine: Machine) -> None:
        """Nothing is opened yet."""
        self._path = folder / NAME
        self._files = files
        self._machine = machine
        self._descriptor = -1
        self._mark = b""
        self._size = 0
        self.broken = True

    def open(self) -> tuple[Head, list[tuple[int, list[bytes]]]]:
        """The head that the file continues, and the frames in it: index of the first entry, entries.

        Raises:
            LedgerDamaged: it is not what this class writes.
            OSError: it cannot be read.
        """
        self.close()
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
        data = _read(self._descriptor)
        base, self._mark = _parse_header(data)
        frames, end = _parse_frames(data, self._mark)
        self._size = end
        if end < len(data):
            self._machine.cut(self._descriptor, end)
            self._machine.sync(self._descriptor)
        self.broken = False
        return base, frames

    def renew(self, base: Head, first: int, entries: Sequence[bytes]) -> None:
        """Put a new file in the place of the old one, which continues `base` and holds these entries from `first` on.

        Raises:
            OSError: the old one may still be in place; it is `broken` now.
        """
        self.broken = True
        mark = os.urandom(_MARK_BYTES)
        data = _header(base, mark) + (_frame(mark, first, entries) if entries else b"")
        self._files.put(NAME, data)
        self._files.settle()
        self.close()
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
        self._mark, self._size, self.broken = mark, len(data), False

    def append(self, first: int, entries: Sequence[bytes]) -> None:
        """Return when the entries are durable. After an OSError none of them is in the file, or the file is broken."""
        data = _frame(self._mark, first, entries)
        self.broken = True
        try:
            write_all(self._machine, self._descriptor, data)
        except OSError:
            self._cut()
            raise
        try:
            self._machine.sync(self._descriptor)
        except OSError:
            # The kernel may have dropped what it could not write, and a second sync would not say so.
            self._cut()
            self.broken = True
            raise
        self._size += len(data)
        self.broken = False

    def close(self) -> None:
        """Close the file."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            self._machine.cut(self._descriptor, self._size)
            self.broken = False


def _read(descriptor: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read()


def _header(base: Head, mark: bytes) -> bytes:
    head = _HEADER.pack(_MAGIC, mark, base.size, base.root, bytes(_DIGEST_BYTES))[:-_DIGEST_BYTES]
    return head + sha256(head).digest()


def _parse_header(data: bytes) -> tuple[Head, bytes]:
    if len(data) >= _HEADER.size:
        magic, mark, size, root, _ = _HEADER.unpack_from(data)
        if magic == _MAGIC and _header(Head(size, root), mark) == data[: _HEADER.size]:
            return Head(size, root), mark
    raise LedgerDamaged(f"the file {NAME!r} does not begin as it was written: restore the whole folder from a backup")


def _frame(mark: bytes, first: int, entries: Sequence[bytes]) -> bytes:
    payload = encode_bundle(entries)
    frame = _FRAME.pack(mark, first, len(payload)) + payload
    return frame + sha256(frame).digest()


def _parse_frames(data: bytes, mark: bytes) -> tuple[list[tuple[int, list[bytes]]], int]:
    frames: list[tuple[int, list[bytes]]] = []
    at = _HEADER.size
    while at < len(data):
        found = _parse_frame(data, at, mark)
        if found is None:
            if any(_parse_frame(data, later, mark) for later in _marks(data, at + 1, mark)):
                raise LedgerDamaged(
                    f"the file {NAME!r} is damaged before entries that are whole: restore the folder from a backup"
                )
            break
        first, entries, at = found
        frames.append((first, entries))
    return frames, at


def _marks(data: bytes, start: int, mark: bytes) -> Iterator[int]:
    while (start := data.find(mark, start)) >= 0:
        yield start
        start += 1


def _parse_frame(data: bytes, at: int, mark: bytes) -> tuple[int, list[bytes], int] | None:
    if len(data) - at < _FRAME.size + _DIGEST_BYTES:
        return None
    found, first, length = _FRAME.unpack_from(data, at)
    body = at + _FRAME.size + length
    end = body + _DIGEST_BYTES
    if found != mark or end > len(data) or sha256(data[at:body]).digest() != data[body:end]:
        return None
    return first, split_bundle(data[at + _FRAME.size : body]), end
