"""A pack's bytes follow from its files: whatever else looks like a zip is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.assurance.audit.pack import zipped
from prodworthy.assurance.audit.pack.archive import Archive
from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.zipped import ZipWriter, check_name, end_record, order

FILES = {"a.txt": b"one", "b/c.bin": b"", "b/d.json": b"x" * 3_000_000, "manifest.json": b"{}", "seal.json": b"s"}


def _zip(contents: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    writer = ZipWriter(file)
    for name in sorted(contents, key=order):
        writer.add(name, [contents[name][:7], contents[name][7:]])
    writer.close()
    return file.getvalue()


GOOD = _zip(FILES)


def test_what_is_written_is_read() -> None:
    archive = Archive(io.BytesIO(GOOD))
    assert {name: archive.read(name, 1 << 22) for name in archive.entries} == FILES
    assert [len(piece) for piece in archive.pieces("b/d.json")] == [1 << 20, 1 << 20, 3_000_000 - (2 << 20)]


def test_the_bytes_are_those_that_pythons_own_zips_have_without_dates() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(FILES, key=order):
            archive.writestr(zipfile.ZipInfo(name), FILES[name])
    assert file.getvalue() == GOOD
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        assert archive.testzip() is None


@given(st.integers(0, len(GOOD) - 1).filter(lambda at: not 200 < at < len(GOOD) - 600), st.integers(1, 255))
def test_no_byte_can_change(at: int, bits: int) -> None:
    data = bytearray(GOOD)
    data[at] ^= bits
    with pytest.raises(PackFault):
        _read(bytes(data))


@given(st.binary(max_size=200))
def test_nothing_else_is_an_archive(data: bytes) -> None:
    with pytest.raises(PackFault):
        _read(data)


def test_an_archive_that_ends_early_while_it_is_read() -> None:
    class Shrinking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(size)[:-1]

    with pytest.raises(PackFault, match="ends within"):
        Archive(Shrinking(GOOD))


def test_directories_that_lie() -> None:
    entries = Archive(io.BytesIO(GOOD)).entries.values()
    directory = b"".join(entry.central() for entry in entries)
    before = GOOD[: len(GOOD) - zipped.END_BYTES - len(directory)]
    swapped = [entry.central() for entry in entries]
    swapped[0], swapped[1] = swapped[1], swapped[0]
    for found, count in (
        (directory, 4),
        (directory, 6),
        (directory + b"more", 5),
        (directory[:-1], 5),
        (b"".join(swapped), 5),
        (directory.replace(b"a.txt", b"\xe9.txt"), 5),
        (directory.replace(b"a.txt", b"../.t"), 5),
        (directory[:46], 1),
    ):
        with pytest.raises(PackFault):
            _read(before + found + end_record(count, len(found), len(before)))
    with pytest.raises(PackFault, match="does not stand where"):
        _read(before + directory + end_record(5, len(directory), len(before) + 1))
    with pytest.raises(PackFault, match="does not stand where"):
        _read(before + directory + end_record(zipped.MOST_FILES + 1, len(directory), len(before)))


def test_names_that_differ_in_case_only() -> None:
    with pytest.raises(PackFault, match="belongs"):
        _read(_zip({"A.txt": b"", "a.txt": b""}))


@pytest.mark.parametrize(
    "name",
    ["../x", "/x", "a//b", "a/", "a\\b", ".x", "a/../b", "a/.b", "C:x", "", "é", "a b", "a\0", "x" * 101, "a.", "a\n"],
)
def test_names_that_no_file_has(name: str) -> None:
    with pytest.raises(PackFault):
        check_name(name)


def test_what_is_not_there_or_too_large() -> None:
    archive = Archive(io.BytesIO(GOOD))
    with pytest.raises(PackFault, match=r"no z\.txt"):
        archive.read("z.txt", 10)
    with pytest.raises(PackFault, match="more than"):
        archive.read("a.txt", 2)


def test_the_writer_keeps_order_and_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = ZipWriter(io.BytesIO())
    writer.add("b.txt", [b"x"])
    for name in ("a.txt", "b.txt"):
        with pytest.raises(PackFault, match="cannot come after"):
            writer.add(name, [])
    monkeypatch.setattr(zipped, "MOST_FILES", 1)
    with pytest.raises(PackFault, match="65,000"):
        writer.add("c.txt", [])
    monkeypatch.setattr(zipped, "LARGEST_ARCHIVE", 60)
    with pytest.raises(PackFault, match="4 GB"):
        ZipWriter(io.BytesIO()).add("c.txt", [b"x" * 60])
    with pytest.raises(PackFault, match="4 GB"):
        writer.close()


def test_a_file_beyond_what_a_zip_can_hold() -> None:
    class Huge(io.BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            return 1 << 33

    with pytest.raises(PackFault, match="larger than"):
        Archive(Huge(GOOD))


def _read(data: bytes) -> None:
    archive = Archive(io.BytesIO(data))
    for name in archive.entries:
        archive.read(name, 1 << 22)
