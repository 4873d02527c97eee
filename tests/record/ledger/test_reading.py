"""The reader: entries and proofs from a folder and a zip, each against the root; and another reader."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tlog_scales import signing
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader

from prodworthy.record.ledger import merkle, reading
from prodworthy.record.ledger.checkpoint import Checkpoint
from prodworthy.record.ledger.faults import Malformed, Missing, NotProven
from prodworthy.record.ledger.keys import Kind
from prodworthy.record.ledger.log import open_writer
from prodworthy.record.ledger.merkle import leaf_hash, root_of
from prodworthy.record.ledger.note import open_checkpoint, parse_note, sign_note
from prodworthy.record.ledger.reading import Reader, read_checkpoint
from prodworthy.record.ledger.storage import FolderStorage, Storage, ZipStorage
from tests.record.ledger.machines import FailingMachine
from tests.record.ledger.samples import ORIGIN, WITNESS, key

SIZE = 66_000
KEY, LATTICE, WITNESS_KEY = key(), key(kind=Kind.ML_DSA_44), key(WITNESS, Kind.COSIGNATURE)
SIZES = (1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537, SIZE)
INDEXES = (0, 1, 255, 256, 65_279, 65_535, 65_536, SIZE - 1)


def entry(number: int) -> bytes:
    return b"entry %d" % number


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ledger of three levels, signed by two kinds of key and witnessed."""
    path = tmp_path_factory.mktemp("ledger")
    with open_writer(path, ORIGIN, [KEY, LATTICE], machine=FailingMachine()) as writer:
        for start in range(0, SIZE, 16_384):
            writer.append([entry(number) for number in range(start, min(start + 16_384, SIZE))])
        text = parse_note(writer.publish()).text
        cosigned = sign_note(text, [WITNESS_KEY], at=1_700_000_000).signatures[0]
        writer.attach(cosigned.line(), [WITNESS_KEY.verifier])
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def checkpoint(folder: Path) -> Checkpoint:
    data = read_checkpoint(FolderStorage(folder))
    return open_checkpoint(data, ORIGIN, [KEY.verifier, LATTICE.verifier, WITNESS_KEY.verifier])


@pytest.fixture(scope="module")
def zipped(folder: Path) -> Iterator[Storage]:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path in folder.rglob("*"):
            archive.write(path, f"ledger/{path.relative_to(folder)}")
    with zipfile.ZipFile(data) as archive:
        yield ZipStorage(archive, "ledger/")


@pytest.fixture(params=["folder", "zip"])
def reader(request: pytest.FixtureRequest, folder: Path, zipped: Storage, checkpoint: Checkpoint) -> Reader:
    return Reader(FolderStorage(folder) if request.param == "folder" else zipped, checkpoint)


def roots() -> dict[int, bytes]:
    tree, found = merkle.CompactRange(), {}
    for number in range(SIZE):
        tree.append(leaf_hash(entry(number)))
        if tree.size in SIZES:
            found[tree.size] = tree.root()
    return found


ROOTS = roots()


def test_entries(reader: Reader) -> None:
    assert [reader.entry(index) for index in INDEXES] == [entry(index) for index in INDEXES]
    for start, end in ((0, 0), (0, 1), (200, 600), (SIZE - 300, SIZE), (SIZE, SIZE)):
        assert list(reader.entries(start, end)) == [entry(number) for number in range(start, end)]
    for bad in (-1, SIZE):
        with pytest.raises(NotProven):
            reader.entry(bad)
    for start, end in ((0, SIZE + 1), (2, 1), (-1, 1)):
        with pytest.raises(NotProven):
            list(reader.entries(start, end))


def test_proofs_at_every_size(reader: Reader) -> None:
    for size in SIZES:
        assert reader.head_at(size).root == ROOTS[size]
        for index in INDEXES:
            if index < size:
                proof = reader.inclusion_proof(index, size)
                merkle.verify_inclusion(leaf_hash(entry(index)), index, size, proof, ROOTS[size])
        for old in SIZES:
            if old <= size:
                merkle.verify_consistency(old, size, reader.consistency_proof(old, size), ROOTS[old], ROOTS[size])
    assert reader.inclusion_proof(5) == reader.inclusion_proof(5, SIZE)
    assert reader.consistency_proof(5) == reader.consistency_proof(5, SIZE)
    for size in (-1, SIZE + 1):
        with pytest.raises(NotProven):
            reader.head_at(size)


def test_what_the_ledger_does_not_have(folder: Path, checkpoint: Checkpoint) -> None:
    reader = Reader(FolderStorage(folder), checkpoint)
    for level, index in ((-1, 0), (0, -1), (0, 258), (1, 2), (3, 0)):
        with pytest.raises(NotProven):
            reader.tile(level, index)
    for height, number in ((-1, 0), (0, -1), (0, SIZE), (16, 1), (64, 0)):
        with pytest.raises(NotProven):
            reader.node(height, number)
    with pytest.raises(NotProven):
        reader.bundle(258)


def test_few_tiles_are_kept_and_read(folder: Path, checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_TILES", 2)
    counting = Counting(FolderStorage(folder))
    reader = Reader(counting, checkpoint)
    before = len(counting.paths)
    reader.inclusion_proof(1)
    assert len(counting.paths) - before <= 2
    for index in INDEXES:
        reader.inclusion_proof(index)
    assert set(reader._kept) <= {(0, 255), (1, 0), (0, 256)}


class Counting:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.paths: list[str] = []

    def read(self, path: str) -> bytes:
        self.paths.append(path)
        return self._storage.read(path)


class Spoiled:
    """Changes one byte of one file, or leaves the file out."""

    def __init__(self, storage: Storage, path: str, leave_out: bool = False) -> None:
        self._storage, self._path, self._leave_out = storage, path, leave_out

    def read(self, path: str) -> bytes:
        data = self._storage.read(path)
        if path != self._path:
            return data
        if self._leave_out:
            raise Missing(path)
        return data[:40] + bytes([data[40] ^ 1]) + data[41:]


@pytest.mark.parametrize(
    "path", ["tile/0/000", "tile/0/257.p/208", "tile/1/000", "tile/entries/000", "tile/entries/257.p/208"]
)
def test_a_changed_or_missing_file_is_noticed(folder: Path, checkpoint: Checkpoint, path: str) -> None:
    storage = FolderStorage(folder)
    assert storage.read(path)
    with pytest.raises((NotProven, Malformed)):
        _use(Reader(Spoiled(storage, path), checkpoint))
    with pytest.raises(Missing):
        _use(Reader(Spoiled(storage, path, leave_out=True), checkpoint))


def _use(reader: Reader) -> None:
    reader.entry(0)
    reader.entry(SIZE - 1)


def test_another_checkpoint_is_noticed(folder: Path) -> None:
    for size, root in ((SIZE, ROOTS[257]), (SIZE - 1, ROOTS[SIZE])):
        with pytest.raises((NotProven, Missing)):
            Reader(FolderStorage(folder), Checkpoint(ORIGIN, size, root))


def test_files_that_cannot_be_a_ledgers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = FolderStorage(tmp_path)
    with pytest.raises(Missing):
        read_checkpoint(storage)
    (tmp_path / "checkpoint").write_bytes(bytes(600_000))
    with pytest.raises(Malformed):
        read_checkpoint(storage)
    monkeypatch.setattr("prodworthy.record.ledger.storage.LARGEST_FILE", 500_000)
    with pytest.raises(Malformed):
        storage.read("checkpoint")
    (tmp_path / "link").symlink_to(tmp_path / "checkpoint")
    with pytest.raises(Missing):
        storage.read("link")


def test_archives_that_cannot_be_a_ledgers() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("checkpoint", b"0123456789")
    raw = data.getvalue()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert ZipStorage(archive).read("checkpoint") == b"0123456789"
        with pytest.raises(Missing):
            ZipStorage(archive, "elsewhere/").read("checkpoint")
    with (
        zipfile.ZipFile(io.BytesIO(raw.replace(b"0123456789", b"0123456780"))) as archive,
        pytest.raises(Malformed, match="damaged"),
    ):
        ZipStorage(archive).read("checkpoint")


def test_an_independent_reader_finds_the_same(folder: Path, checkpoint: Checkpoint) -> None:
    """tlog-scales: its checkpoint parser, its three verifiers, its root, its proofs and entries."""
    theirs = TilesReader(LocalBackend(folder))
    found = theirs.get_checkpoint()
    assert (found.origin, found.size, found.root_hash) == (ORIGIN, SIZE, checkpoint.root)
    for signer in (KEY, LATTICE, WITNESS_KEY):
        found.verify(signing.Vkey.from_string(signer.verifier.text()))
    assert (
        theirs.calculate_root_hash() == checkpoint.root == root_of(leaf_hash(entry(number)) for number in range(SIZE))
    )
    ours = Reader(FolderStorage(folder), checkpoint)
    for index in INDEXES:
        assert theirs.get_entry(index) == entry(index)
        proof = theirs.get_inclusion_proof(index, SIZE)
        assert proof.node_hashes == ours.inclusion_proof(index)
        proof.check(leaf_hash(entry(index)), checkpoint.root)
    for old in SIZES:
        proven = theirs.get_consistency_proof(old, SIZE)
        assert proven.node_hashes == ours.consistency_proof(old)
        proven.check(ROOTS[old], checkpoint.root)
