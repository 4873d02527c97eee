"""Reads a segment in pieces that are small enough for one short transaction."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from prodworthy.record.journal.frames import HEADER, MOST_FRAME_BYTES, Frame, Rest, read_frames

CHUNK_BYTES = 1 << 20
MOST_FRAMES = 2_000


class Chunk(msgspec.Struct, frozen=True):
    """Whole frames, the byte behind the last of them, and what follows: Rest.NONE also where there is simply more."""

    frames: list[Frame]
    end: int
    rest: Rest


def read_chunk(descriptor: int, offset: int, most: int = MOST_FRAMES) -> Chunk:
    """Up to `most` frames from `offset` on, from about a megabyte; more only if a single frame is larger.

    Raises OSError.
    """
    wanted = CHUNK_BYTES
    while True:
        data = os.pread(descriptor, wanted, offset)
        frames, rest = read_frames(data, 0, most)
        end = offset + (frames[-1].end if frames else 0)
        if rest is not Rest.PARTIAL or len(data) < wanted:
            return Chunk(frames, end, rest)
        if frames:
            return Chunk(frames, end, Rest.NONE)
        if wanted > MOST_FRAME_BYTES + HEADER.size:
            return Chunk([], offset, Rest.CORRUPT)
        wanted = min(wanted * 8, MOST_FRAME_BYTES + HEADER.size + 1)


def last_kind(path: Path) -> str:
    """The kind of the last whole frame in a file, "" if there is none. Raises OSError."""
    kind, offset = "", 0
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        while (chunk := read_chunk(descriptor, offset)).frames:
            kind, offset = type(chunk.frames[-1].event).__name__, chunk.end
    finally:
        os.close(descriptor)
    return kind
