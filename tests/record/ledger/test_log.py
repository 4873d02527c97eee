"""The writer: what is durable stays, what is published is signed and has its tiles, and one line is never two."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.record.ledger import log
from prodworthy.record.ledger.checkpoint import Checkpoint, Head
from prodworthy.record.ledger.faults import (
    Forked,
    LedgerDamaged,
    LedgerLocked,
    LedgerUnwritable,
    Malformed,
    NotSigned,
    RolledBack,
)
from prodworthy.record.ledger.keys import Kind, SigningKey
from prodworthy.record.ledger.log import Writer, open_writer
from prodworthy.record.ledger.merkle import EMPTY_ROOT, leaf_hash, root_of
from prodworthy.record.ledger.note import open_checkpoint, parse_note, sign_note
from prodworthy.record.ledger.reading import Reader, read_checkpoint
from prodworthy.record.ledger.storage import FolderStorage
from tests.record.ledger.machines import FailingMachine, ForgetfulMachine, PowerCut
from tests.record.ledger.samples import ORIGIN, WITNESS, key

KEY, NEXT, LATTICE = key(), key(number=2), key(kind=Kind.ML_DSA_44)


def entries(start: int, end: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(start, end)]


def written(folder: Path, signer: SigningKey = KEY) -> list[bytes]:
    """Everything that the published checkpoint states, each entry verified."""
    storage = FolderStorage(folder)
    checkpoint = open_checkpoint(read_checkpoint(storage), ORIGIN, [signer.verifier])
    found = list(Reader(storage, checkpoint).entries(0, checkpoint.size))
    assert root_of(map(leaf_hash, found)) == checkpoint.root
    return found


def opened(folder: Path, machine: FailingMachine | None = None) -> Writer:
    return open_writer(folder, ORIGIN, [KEY], machine=machine or FailingMachine())


def test_a_ledger_begins_empty_and_grows(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "ledger"
    with open_writer(folder, ORIGIN, [KEY]) as writer:
        assert writer.head == Head(0, EMPTY_ROOT)
        assert written(folder) == []
        assert writer.append([]) == range(0)
        assert writer.append(entries(0, 3)) == range(3)
        assert writer.append([b""]) == range(3, 4)
        assert (writer.size, writer.head.size) == (4, 0)
        assert written(folder) == []
        note = writer.publish()
        assert writer.publish() == note == (folder / "checkpoint").read_bytes()
        assert writer.head == Head(4, root_of(map(leaf_hash, [*entries(0, 3), b""])))
    assert written(folder) == [*entries(0, 3), b""]
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / "checkpoint").stat().st_mode & 0o077 == 0


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans(), st.booleans()), max_size=6))
@settings(max_examples=25, deadline=None)
def test_any_way_to_the_same_entries_gives_the_same_ledger(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bool, bool]]
) -> None:
    """Batches, publications and reopened writers leave no trace in the tree."""
    folder = tmp_path_factory.mktemp("ledger")
    writer, size = opened(folder), 0
    for count, publishes, reopens in steps:
        assert writer.append(entries(size, size + count)) == range(size, size + count)
        size += count
        if publishes:
            writer.publish()
        if reopens:
            writer.close()
            writer = opened(folder)
            assert writer.size == size
    writer.publish()
    writer.close()
    assert written(folder) == entries(0, size)


def test_what_waits_for_tiles_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "MOST_WAITING", 300)
    monkeypatch.setattr(log, "MOST_WAITING_BYTES", 5_000)
    with opened(tmp_path) as writer:
        writer.append(entries(0, 200))
        writer.append(entries(200, 300))
        assert writer.head.size == 0
        writer.append(entries(300, 301))
        assert writer.head.size == 300
        writer.append([bytes(4_000)])
        writer.append([bytes(4_000)])
        assert writer.head.size == 302
        for refused in ([b""] * 301, [bytes(5_001)]):
            with pytest.raises(Malformed, match="several"):
                writer.append(refused)
        assert writer.size == 303
    monkeypatch.undo()
    with opened(tmp_path) as writer, pytest.raises(Malformed, match="digest"):
        writer.append([b"fits", bytes(65_536)])


def test_the_largest_entries_fit(tmp_path: Path) -> None:
    with opened(tmp_path) as writer:
        writer.append([bytes(65_535)] * 300)
        writer.publish()
    assert written(tmp_path) == [bytes(65_535)] * 300


def test_partial_tiles_stay_until_the_full_one_is_there(tmp_path: Path) -> None:
    with opened(tmp_path) as writer:
        for size in (5, 200, 255):
            writer.append(entries(writer.size, size))
            writer.publish()
        assert {path.name for path in (tmp_path / "tile/0/000.p").iterdir()} == {"5", "200", "255"}
        old = Checkpoint(ORIGIN, 200, writer.head.root and root_of(map(leaf_hash, entries(0, 200))))
        writer.append(entries(255, 600))
        writer.publish()
        assert not (tmp_path / "tile/0/000.p").exists()
        assert not (tmp_path / "tile/entries/000.p").exists()
        assert (tmp_path / "tile/1/000.p/2").stat().st_size == 64
    # a reader that still holds the older checkpoint finds the full tile instead
    assert list(Reader(FolderStorage(tmp_path), old).entries(190, 200)) == entries(190, 200)


def test_one_writer_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(tmp_path) as first:
        first.append(entries(0, 1))
        with pytest.raises(LedgerLocked):
            opened(tmp_path)
        # the second writer waits, and is let in when the first has ended
        monkeypatch.setattr("time.sleep", lambda _: first.close())
        with open_writer(tmp_path, ORIGIN, [KEY], wait=60) as second:
            assert second.append(entries(1, 2)) == range(1, 2)
    with opened(tmp_path) as third:
        assert third.size == 2


def test_keys_change(tmp_path: Path) -> None:
    with opened(tmp_path) as writer:
        writer.append(entries(0, 1))
        writer.publish()
    with pytest.raises(NotSigned, match="among the others"):
        open_writer(tmp_path, ORIGIN, [NEXT])
    with open_writer(tmp_path, ORIGIN, [KEY, NEXT, LATTICE], machine=FailingMachine()) as writer:
        note = parse_note(writer.publish())
        assert [one.key_id for one in note.signatures] == [each.verifier.key_id for each in (KEY, NEXT, LATTICE)]
    with open_writer(tmp_path, ORIGIN, [NEXT]) as writer:
        writer.append(entries(1, 2))
        writer.publish()
    assert written(tmp_path, NEXT) == entries(0, 2)
    with pytest.raises(NotSigned, match="not of"):
        open_writer(tmp_path, "another.example", [NEXT])
    with pytest.raises(Malformed, match="at least one key"):
        open_writer(tmp_path, ORIGIN, [])


def test_cosignatures_are_attached(tmp_path: Path) -> None:
    witness, stranger = key(WITNESS, Kind.COSIGNATURE), key("stranger", Kind.COSIGNATURE)
    with opened(tmp_path) as writer:
        text = parse_note(writer.publish()).text
        lines = b"".join(one.line() for one in sign_note(text, [witness, stranger], at=1).signatures)
        note = parse_note(writer.attach(lines, [witness.verifier]))
        assert [one.name for one in note.signatures] == [ORIGIN, WITNESS]
        later = b"".join(one.line() for one in sign_note(text, [witness], at=2).signatures)
        assert len(parse_note(writer.attach(later, [witness.verifier])).signatures) == 2
        assert writer.publish() == (tmp_path / "checkpoint").read_bytes()
        writer.append(entries(0, 1))
        writer.publish()
        with pytest.raises(NotSigned):
            writer.attach(later, [witness.verifier])
    with opened(tmp_path, FailingMachine(frozenset(range(99)))) as writer:
        with pytest.raises(LedgerUnwritable):
            writer.attach(b"".join(one.line() for one in parse_note(note.data()).signatures), [])
        assert writer.head.size == 1


def test_a_head_that_was_kept_tells_a_rollback_from_a_fork(tmp_path: Path) -> None:
    folder, copy = tmp_path / "ledger", tmp_path / "copy"
    heads = [Head(size, root_of(map(leaf_hash, entries(0, size)))) for size in range(400)]
    with opened(folder) as writer:
        writer.append(entries(0, 300))
        writer.publish()
        writer.append(entries(300, 350))
        for size in (0, 1, 255, 256, 257, 300, 301, 350):
            writer.require_extends(heads[size])
            with pytest.raises(Forked):
                writer.require_extends(Head(size, leaf_hash(b"another")))
        with pytest.raises(RolledBack, match="restore"):
            writer.require_extends(heads[351])
    shutil.copytree(folder, copy)
    with opened(folder) as writer:
        writer.append([b"one end"])
        writer.publish()
        kept = writer.head
    with opened(copy) as writer:
        writer.append([b"another"])
        with pytest.raises(Forked):
            writer.require_extends(kept)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """300 entries published, 10 more durable."""
    with opened(tmp_path) as writer:
        writer.append(entries(0, 300))
        writer.publish()
        writer.append(entries(300, 305))
        writer.append(entries(305, 310))
    return tmp_path


def _restored(ledger: Path) -> bytes:
    """The pending file of a ledger that went on from here."""
    copy = ledger / "copy"
    shutil.copytree(ledger, copy, ignore=lambda _, names: [name for name in names if name == "copy"])
    with opened(copy) as writer:
        writer.append(entries(310, 311))
        writer.publish()
    return (copy / "pending").read_bytes()


def test_part_of_a_folder_that_was_put_back_is_noticed(ledger: Path) -> None:
    older = (ledger / "pending").read_bytes()
    (ledger / "pending").write_bytes(_restored(ledger))
    with pytest.raises(RolledBack, match="311 were published"):
        opened(ledger)
    (ledger / "pending").write_bytes(older)
    assert opened(ledger).size == 310


def test_an_older_pending_file_is_noticed(tmp_path: Path) -> None:
    with opened(tmp_path) as writer:
        empty = (tmp_path / "pending").read_bytes()
        writer.append(entries(0, 2))
        half = (tmp_path / "pending").read_bytes()
        writer.append(entries(2, 4))
        writer.publish()
    for older in (empty, half):
        (tmp_path / "pending").write_bytes(older)
        with pytest.raises(LedgerDamaged, match="ends before"):
            opened(tmp_path)


def test_another_pending_file_is_noticed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with opened(tmp_path / name) as writer:
            writer.append([name.encode()])
            writer.publish()
            writer.append([name.encode()])
    shutil.copy(tmp_path / "one" / "pending", tmp_path / "two" / "pending")
    with pytest.raises(Forked):
        opened(tmp_path / "two")


def test_a_gap_is_noticed(ledger: Path) -> None:
    data = (ledger / "pending").read_bytes()
    mark = data[29:45]
    second = data.index(mark, 45)
    third = data.index(mark, second + 1)
    (ledger / "pending").write_bytes(data[:second] + data[third:])
    with pytest.raises(LedgerDamaged, match="gap"):
        opened(ledger)


def test_every_changed_byte_of_pending_is_noticed_or_was_never_promised(ledger: Path) -> None:
    """Damage before whole entries is refused; in the last frame it cannot be told from a half-written one."""
    path = ledger / "pending"
    data = path.read_bytes()
    path.write_bytes(data[:40])
    with pytest.raises(LedgerDamaged):
        opened(ledger)
    last = data.rindex(data[29:45])
    for at in range(0, len(data), 7):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :])
        if at < last:
            with pytest.raises(LedgerDamaged):
                opened(ledger)
        else:
            with opened(ledger) as writer:
                assert writer.size == 305


def test_every_torn_tail_is_cut_off(ledger: Path) -> None:
    path = ledger / "pending"
    data = path.read_bytes()
    last = data.rindex(data[29:45])
    for end in range(last, len(data), 5):
        for tail in (b"", bytes(len(data) - end), data[29:45] * 2 + data[-9:]):
            path.write_bytes(data[:end] + tail)
            with opened(ledger) as writer:
                assert writer.size == 305
                assert path.stat().st_size == last


@pytest.mark.parametrize("gone", ["checkpoint", "pending", "tile", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries"])
def test_a_missing_file_is_noticed(ledger: Path, gone: str) -> None:
    path = ledger / gone
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    with pytest.raises(LedgerDamaged):
        opened(ledger)
    if gone == "checkpoint":
        shutil.rmtree(ledger / "tile")
        with pytest.raises(LedgerDamaged):
            opened(ledger)


def test_entries_without_a_checkpoint_are_noticed(tmp_path: Path) -> None:
    with opened(tmp_path) as writer:
        writer.append(entries(0, 1))
    (tmp_path / "checkpoint").unlink()
    with pytest.raises(LedgerDamaged, match="where entries are"):
        opened(tmp_path)


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"])
def test_a_changed_file_is_noticed(ledger: Path, path: str) -> None:
    data = bytearray((ledger / path).read_bytes())
    data[-20] ^= 1
    (ledger / path).write_bytes(data)
    with pytest.raises((LedgerDamaged, NotSigned, Malformed)):
        opened(ledger)


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerUnwritable):
        opened(tmp_path / "file")
    with opened(tmp_path / "ledger"):
        pass
    (tmp_path / "ledger" / "pending").unlink()
    (tmp_path / "ledger" / "pending").mkdir()
    with pytest.raises(LedgerUnwritable):
        opened(tmp_path / "ledger")


def test_an_interrupted_call_makes_the_writer_useless_and_the_ledger_not(tmp_path: Path) -> None:
    machine = FailingMachine(cut=True)
    with opened(tmp_path, machine) as writer:
        writer.append(entries(0, 2))
        machine.at = frozenset(range(machine.calls, 1000))
        with pytest.raises(PowerCut):
            writer.append(entries(2, 3))
        machine.at = frozenset()
        for call in (lambda: writer.append(entries(2, 3)), writer.publish):
            with pytest.raises(LedgerUnwritable, match="open it again"):
                call()
    with opened(tmp_path) as writer:
        assert writer.append(entries(2, 3)) == range(2, 3)


BATCHES = [(0, 2), (2, 254), (254, 259), (259, 260)]
PUBLISHES = {1, 2}
LAST = 260


def _script(writer: Writer, acknowledged: list[bytes], heads: list[Head]) -> None:
    """Appends and publications; notes what was promised. Goes on at the first batch that was not."""
    for number, (start, end) in enumerate(BATCHES):
        if len(acknowledged) < end:
            assert writer.append(entries(start, end)) == range(start, end)
            acknowledged.extend(entries(start, end))
        if number in PUBLISHES and writer.head.size < end:
            writer.publish()
            heads.append(writer.head)


def _calls(folder: Path) -> int:
    machine = FailingMachine()
    with opened(folder, machine) as writer:
        _script(writer, [], [])
    return machine.calls


@pytest.mark.parametrize("code,width", [(errno.ENOSPC, 1), (errno.EIO, 3), (errno.EIO, 7)])
def test_every_call_to_the_disk_may_fail(scratch: Path, code: int, width: int) -> None:
    """`width` calls in a row: also the attempts to undo fail. Then there is room, and nothing is lost or doubled."""
    total = _calls(scratch / "count")
    for first in range(total):
        folder = scratch / f"at{first}"
        machine = FailingMachine(frozenset(range(first, first + width)), code=code)
        acknowledged: list[bytes] = []
        heads: list[Head] = []
        writer = None
        for _ in range(width + 1):
            try:
                writer = writer or opened(folder, machine)
                _script(writer, acknowledged, heads)
                break
            except LedgerUnwritable:
                if (folder / "checkpoint").exists():
                    assert written(folder) == entries(0, len(written(folder)))
        assert writer is not None
        writer.publish()
        writer.close()
        with opened(folder) as again:
            for head in heads:
                again.require_extends(head)
        assert written(folder) == entries(0, LAST)
        shutil.rmtree(folder)


@pytest.mark.parametrize("forgets", [True, False])
def test_power_may_be_cut_at_every_call(scratch: Path, forgets: bool) -> None:
    """What is left is read by a new writer: all that was promised, in order, and at most the batch that was on its way.

    With `forgets`, everything is gone that was not made durable by then; without, the process was merely killed.
    """
    total = _calls(scratch / "count")
    for first in range(total):
        folder, left = scratch / f"at{first}", scratch / f"left{first}"
        machine = ForgetfulMachine(folder, frozenset([first]))
        acknowledged: list[bytes] = []
        heads: list[Head] = []
        with pytest.raises(PowerCut), opened(folder, machine) as writer:
            _script(writer, acknowledged, heads)
        if forgets:
            machine.leave(left)
        else:
            shutil.copytree(folder, left)
        with opened(left) as again:
            assert len(acknowledged) <= again.size
            assert again.size in {0, *(end for _, end in BATCHES)}
            for head in heads:
                again.require_extends(head)
            again.publish()
            found = written(left)
            assert found == entries(0, again.size)
            _script(again, found, heads)
            again.publish()
        assert written(left) == entries(0, LAST)
        shutil.rmtree(left)
        shutil.rmtree(folder)
