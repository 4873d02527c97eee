from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from prodworthy.policy.core.events import Closed, JournalEvent
from prodworthy.record.journal import reading as module
from prodworthy.record.journal.frames import Rest, append_frame
from prodworthy.record.journal.reading import last_kind, read_chunk
from tests.record.journal.samples import completed, received

LARGE = 3_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A small frame, a large one, and many small ones."""
    events: list[JournalEvent] = [received(1), received(2, content=b"x" * LARGE)]
    events += [completed(number) for number in range(10)]
    buffer = bytearray()
    for sequence, event in enumerate(events, start=1):
        append_frame(buffer, sequence, event)
    found = tmp_path / "segment"
    found.write_bytes(buffer)
    return found


@pytest.fixture
def descriptor(path: Path) -> Iterator[int]:
    opened = os.open(path, os.O_RDONLY)
    yield opened
    os.close(opened)


def test_chunks_follow_each_other_and_a_large_frame_comes_whole(descriptor: int) -> None:
    sizes, offset = [], 0
    while (chunk := read_chunk(descriptor, offset, most=4)).frames:
        sizes.append([frame.sequence for frame in chunk.frames])
        offset = chunk.end
        assert chunk.rest is Rest.NONE
    assert sizes == [[1], [2, 3, 4, 5], [6, 7, 8, 9], [10, 11, 12]]


def test_a_large_frame_that_is_not_all_there_is_partial(path: Path, descriptor: int) -> None:
    first = read_chunk(descriptor, 0, most=1)
    os.truncate(path, first.end + LARGE)
    chunk = read_chunk(descriptor, first.end)
    assert (chunk.frames, chunk.end, chunk.rest) == ([], first.end, Rest.PARTIAL)


def test_a_header_that_claims_too_much_is_corrupt(path: Path, descriptor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FRAME_BYTES", 1_100_000)
    first = read_chunk(descriptor, 0, most=1)
    chunk = read_chunk(descriptor, first.end)
    assert (chunk.frames, chunk.rest) == ([], Rest.CORRUPT)


def test_beyond_the_end_there_is_nothing(path: Path, descriptor: int) -> None:
    chunk = read_chunk(descriptor, path.stat().st_size + 100)
    assert (chunk.frames, chunk.rest) == ([], Rest.NONE)


def test_the_last_kind_of_a_file(path: Path, tmp_path: Path) -> None:
    assert last_kind(path) == "Completed"
    buffer = bytearray()
    append_frame(buffer, 13, Closed("", 1))
    with path.open("ab") as file:
        file.write(bytes(buffer) + b"half")
    assert last_kind(path) == "Closed"
    (tmp_path / "empty").touch()
    assert last_kind(tmp_path / "empty") == ""
