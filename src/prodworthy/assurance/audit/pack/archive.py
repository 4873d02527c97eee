"""Reading an archive in the one form that `zipped` writes: every byte of it has to be what its files say.

Nothing is unpacked to disk, and no more is read at once than the caller allows.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.zipped import (
    CENTRAL_BYTES,
    END_BYTES,
    LARGEST_ARCHIVE,
    LOCAL_BYTES,
    LONGEST_NAME,
    MOST_FILES,
    Entry,
    order,
    read_central,
    read_end,
)

PIECE = 1 << 20
_LARGEST_DIRECTORY = MOST_FILES * (CENTRAL_BYTES + LONGEST_NAME)


class Archive:
    """An archive whose structure was found to be whole; contents are checked against their CRC as they are read."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the directory and all local headers. Raises PackFault, OSError."""
        self._file = file
        size = file.seek(0, 2)
        if size > LARGEST_ARCHIVE:
            raise PackFault("the file is larger than a pack can be")
        count, directory, offset = read_end(self._at(max(size - END_BYTES, 0), END_BYTES))
        if count > MOST_FILES or directory > _LARGEST_DIRECTORY or offset + directory + END_BYTES != size:
            raise PackFault("the directory of the archive does not stand where its end says, or is too large")
        self.entries: Mapping[str, Entry] = MappingProxyType(_entries(self._at(offset, directory), count, offset))
        for entry in self.entries.values():
            if self._at(entry.offset, LOCAL_BYTES + len(entry.name)) != entry.local():
                raise PackFault(f"the header before {entry.name} is not what the archive's directory says")

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of a file, at most PIECE bytes at once. Raises PackFault if it is not there, or damaged."""
        entry = self.entries.get(name)
        if entry is None:
            raise PackFault(f"the pack has no {name}")
        crc = 0
        for at in range(entry.start, entry.end, PIECE):
            piece = self._at(at, min(PIECE, entry.end - at))
            crc = zlib.crc32(piece, crc)
            yield piece
        if crc != entry.crc:
            raise PackFault(f"{name} was changed: its checksum does not fit")

    def read(self, name: str, most: int) -> bytes:
        """The content of a file of at most `most` bytes. Raises PackFault."""
        if name in self.entries and self.entries[name].size > most:
            raise PackFault(f"{name} has more than the {most:,} bytes that it may have")
        return b"".join(self.pieces(name))

    def _at(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) != size:
            raise PackFault("the file ends within the archive")
        return data


def _entries(data: bytes, count: int, offset: int) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    alike: set[str] = set()
    at, before, last = 0, 0, (-1, "")
    for _ in range(count):
        entry = read_central(data, at)
        at += CENTRAL_BYTES + len(entry.name)
        if entry.offset != before or order(entry.name) <= last or entry.name.lower() in alike:
            raise PackFault(f"{entry.name} is not where it belongs: files stand in order, each once, without gaps")
        before, last = entry.end, order(entry.name)
        found[entry.name] = entry
        alike.add(entry.name.lower())
    if at != len(data) or before != offset:
        raise PackFault("there is something in the archive that belongs to no file")
    return found
