"""A zip in one form only: stored, no dates, no extra fields, no comment, files in one order, nothing between them.

So the bytes of an archive follow from the names and contents of its files, whoever writes it: what `Archive` reads back
the same has no place in which something could be hidden or changed unseen. The layout is that of PKWARE's APPNOTE
6.3.10, sections 4.3.7, 4.3.12 and 4.3.16, without zip64: any tool that reads zips reads it.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from prodworthy.assurance.audit.pack.faults import PackFault

MOST_FILES = 65_000
LARGEST_ARCHIVE = (1 << 32) - 2
"""Bytes: what a zip without zip64 can hold."""
LONGEST_NAME = 100
MANIFEST, CLOSING, SEAL = "manifest.json", "closing/", "seal.json"

_PART = r"[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*"
_NAME = re.compile(rf"{_PART}(?:/{_PART})*\Z")
_LOCAL, _CENTRAL, _END = struct.Struct("<IHHHHHIIIHH"), struct.Struct("<IHHHHHHIIIHHHHHII"), struct.Struct("<IHHHHIIH")
LOCAL_BYTES, CENTRAL_BYTES, END_BYTES = _LOCAL.size, _CENTRAL.size, _END.size
_LOCAL_MARK, _CENTRAL_MARK, _END_MARK = 0x04034B50, 0x02014B50, 0x06054B50
_VERSION, _MADE_BY, _OWNER_ONLY = 20, 3 << 8 | 20, 0o600 << 16  # 2.0; by 2.0 on Unix; rw-------
_FIRST_DAY = 1 << 5 | 1  # 1980-01-01, the first day that a zip can name


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive: where its local header begins, its CRC-32 and its bytes."""

    name: str
    offset: int
    crc: int
    size: int

    @property
    def start(self) -> int:
        """Where its content begins."""
        return self.offset + LOCAL_BYTES + len(self.name)

    @property
    def end(self) -> int:
        """Where the next file begins."""
        return self.start + self.size

    def local(self) -> bytes:
        """Its local header."""
        head = _LOCAL_MARK, _VERSION, 0, 0, 0, _FIRST_DAY, self.crc, self.size, self.size, len(self.name), 0
        return _LOCAL.pack(*head) + self.name.encode("ascii")

    def central(self) -> bytes:
        """Its record in the central directory."""
        head = _CENTRAL_MARK, _MADE_BY, _VERSION, 0, 0, 0, _FIRST_DAY, self.crc, self.size, self.size
        return _CENTRAL.pack(*head, len(self.name), 0, 0, 0, 0, _OWNER_ONLY, self.offset) + self.name.encode("ascii")


def read_central(data: bytes, at: int) -> Entry:
    """The entry whose record in the central directory begins at `at`. Raises PackFault unless it has its form."""
    try:
        fields = _CENTRAL.unpack_from(data, at)
        name = data[at + CENTRAL_BYTES : at + CENTRAL_BYTES + fields[10]].decode("ascii")
    except (struct.error, UnicodeDecodeError) as error:
        raise PackFault("the directory of the archive cannot be read") from error
    check_name(name)
    entry = Entry(name, fields[16], fields[7], fields[8])
    if data[at : at + CENTRAL_BYTES + len(name)] != entry.central():
        raise PackFault(f"the record of {name} in the archive's directory does not have the form of a pack's")
    return entry


def end_record(files: int, size: int, offset: int) -> bytes:
    """The end of an archive with so many files, whose directory of `size` bytes begins at `offset`."""
    return _END.pack(_END_MARK, 0, 0, files, files, size, offset, 0)


def read_end(data: bytes) -> tuple[int, int, int]:
    """Files, bytes and offset of the directory, from the last END_BYTES. Raises PackFault unless they have its form."""
    _, _, _, files, _, size, offset, _ = _END.unpack(data)
    if data != end_record(files, size, offset):
        raise PackFault("the file does not end as a pack ends: it was cut, something follows, or it is no pack")
    return files, size, offset


def order(name: str) -> tuple[int, str]:
    """Where a file stands: by name, but what is made last comes last: the manifest, what closes it, the seal."""
    rank = 1 if name == MANIFEST else 2 if name.startswith(CLOSING) else 3 if name == SEAL else 0
    return rank, name


def check_name(name: str) -> None:
    """Raises PackFault unless the name is a plain relative path that means the same on every system."""
    if not _NAME.match(name) or len(name) > LONGEST_NAME:
        raise PackFault(f"{name[:LONGEST_NAME]!r} cannot be the name of a file of a pack")


class ZipWriter:
    """Writes an archive from front to back into a file that can seek; keeps no content in memory."""

    def __init__(self, file: BinaryIO) -> None:
        """`file` is empty, and stands at its beginning."""
        self._file = file
        self._entries: list[Entry] = []
        self._at = 0

    def add(self, name: str, parts: Iterable[bytes]) -> tuple[str, int]:
        """Add a file; its SHA-256 (hex) and its bytes.

        Raises:
            PackFault: no such name is possible, it would not stand in order, or the archive becomes too large.
        """
        check_name(name)
        if self._entries and order(name) <= order(self._entries[-1].name):
            raise PackFault(f"{name} cannot come after {self._entries[-1].name}")
        if len(self._entries) >= MOST_FILES:
            raise PackFault(_TOO_LARGE)
        empty = Entry(name, self._at, 0, 0)
        self._file.write(empty.local())
        crc, size, digest = 0, 0, sha256()
        for part in parts:
            if empty.start + size + len(part) > LARGEST_ARCHIVE:
                raise PackFault(_TOO_LARGE)
            self._file.write(part)
            digest.update(part)
            crc, size = zlib.crc32(part, crc), size + len(part)
        entry = Entry(name, self._at, crc, size)
        self._file.seek(self._at)
        self._file.write(entry.local())
        self._file.seek(entry.end)
        self._entries.append(entry)
        self._at = entry.end
        return digest.hexdigest(), size

    def close(self) -> None:
        """Write the directory. Raises PackFault if the archive becomes too large."""
        directory = b"".join(entry.central() for entry in self._entries)
        if self._at + len(directory) + END_BYTES > LARGEST_ARCHIVE:
            raise PackFault(_TOO_LARGE)
        self._file.write(directory + end_record(len(self._entries), len(directory), self._at))


_TOO_LARGE = "a pack holds 65,000 files and 4 GB at most: make one for a shorter time, or for fewer workloads"
