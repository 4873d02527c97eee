"""A ledger's copy in an object store is whole at any moment, and is read like the folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from obstore.store import LocalStore, MemoryStore

from prodworthy.record.ledger import object_store
from prodworthy.record.ledger.checkpoint import Checkpoint
from prodworthy.record.ledger.faults import Forked, Malformed, Missing, RolledBack, Unreachable
from prodworthy.record.ledger.log import Writer, open_writer
from prodworthy.record.ledger.note import open_checkpoint
from prodworthy.record.ledger.object_store import ObjectStorage, copy_to
from prodworthy.record.ledger.reading import Reader, read_checkpoint
from prodworthy.record.ledger.storage import FolderStorage
from tests.record.ledger.machines import FailingMachine
from tests.record.ledger.samples import ORIGIN, key


def opening(data: bytes) -> Checkpoint:
    return open_checkpoint(data, ORIGIN, [key().verifier])


def grown(folder: Path, *counts: int, text: bytes = b"entry") -> Writer:
    writer = open_writer(folder, ORIGIN, [key()], machine=FailingMachine())
    for count in counts:
        writer.append([b"%b %d" % (text, number) for number in range(writer.size, writer.size + count)])
        writer.publish()
    return writer


def copied(target: ObjectStorage) -> list[bytes]:
    checkpoint = opening(read_checkpoint(target))
    return list(Reader(target, checkpoint).entries(0, checkpoint.size))


@pytest.mark.parametrize("prefix", ["", "evidence/"])
def test_a_copy_follows_the_ledger(tmp_path: Path, prefix: str) -> None:
    target = ObjectStorage(MemoryStore(), prefix)
    source = FolderStorage(tmp_path)
    with grown(tmp_path) as writer:
        assert copy_to(target, source, opening).size == 0
        for count in (3, 0, 250, 10, 600):
            writer.append([b"entry %d" % number for number in range(writer.size, writer.size + count)])
            writer.publish()
            assert copy_to(target, source, opening).head == writer.head
            assert copied(target) == [b"entry %d" % number for number in range(writer.size)]


def test_a_copy_that_is_ahead_or_of_another_ledger(tmp_path: Path) -> None:
    target = ObjectStorage(MemoryStore())
    with grown(tmp_path / "one", 5), grown(tmp_path / "short", 3), grown(tmp_path / "other", 7, text=b"other"):
        copy_to(target, FolderStorage(tmp_path / "one"), opening)
        with pytest.raises(RolledBack):
            copy_to(target, FolderStorage(tmp_path / "short"), opening)
        with pytest.raises(Forked):
            copy_to(target, FolderStorage(tmp_path / "other"), opening)
    assert copied(target)[4] == b"entry 4"


class Breaking(ObjectStorage):
    """Ends at the n-th object."""

    def __init__(self, store: MemoryStore, left: int) -> None:
        super().__init__(store)
        self._left = left

    def write(self, path: str, data: bytes) -> None:
        self._left -= 1
        if self._left < 0:
            raise Unreachable(path)
        super().write(path, data)


def test_a_copy_that_breaks_off_is_whole_and_goes_on(tmp_path: Path) -> None:
    source, store = FolderStorage(tmp_path), MemoryStore()
    with grown(tmp_path, 3) as writer:
        copy_to(ObjectStorage(store), source, opening)
        writer.append([b"entry %d" % number for number in range(3, 600)])
        writer.publish()
        for left in range(8):
            with pytest.raises(Unreachable):
                copy_to(Breaking(store, left), source, opening)
            assert copied(ObjectStorage(store)) == [b"entry %d" % number for number in range(3)]
        copy_to(ObjectStorage(store), source, opening)
        assert len(copied(ObjectStorage(store))) == 600


def test_a_store_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = ObjectStorage(MemoryStore())
    with pytest.raises(Missing):
        storage.read("checkpoint")
    storage.write("checkpoint", b"0123456789")
    monkeypatch.setattr(object_store, "LARGEST_FILE", 9)
    with pytest.raises(Malformed):
        storage.read("checkpoint")
    (tmp_path / "file").touch()
    broken = ObjectStorage(LocalStore(tmp_path))
    with pytest.raises(Unreachable):
        broken.write("file/checkpoint", b"")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(Unreachable):
        broken.read("loop")
