"""Writing a ledger: one process at a time, nothing lost that was called durable, nothing half-written ever visible.

`append` returns when its entries are durable in a file of their own (`pending`). `publish` puts them into tiles and
bundles, and only when these are durable, signs a checkpoint and puts it in the place of the last one, at once. So a
signed checkpoint always has its tiles, and what is signed later always begins with it. After a crash or an error the
same entries come again in the same order, whatever step it came in.

What no program can see in its own folder is that the whole folder was put back to an earlier day: keep a `Head`
elsewhere and call `require_extends`.
"""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from prodworthy.record.ledger.checkpoint import Checkpoint, Head
from prodworthy.record.ledger.disk import Files, Machine
from prodworthy.record.ledger.faults import (
    Forked,
    LedgerLocked,
    LedgerUnwritable,
    Malformed,
    RolledBack,
)
from prodworthy.record.ledger.growing import grow, superseded
from prodworthy.record.ledger.keys import SigningKey, VerifierKey
from prodworthy.record.ledger.merkle import leaf_hash
from prodworthy.record.ledger.note import Note, parse_note, parse_signatures, sign_note, verify_note
from prodworthy.record.ledger.pending import Pending
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.ledger.recovery import recover
from prodworthy.record.ledger.storage import FolderStorage
from prodworthy.record.ledger.tiles import CHECKPOINT, LARGEST_ENTRY

MOST_WAITING = 16_384
"""Entries that wait for tiles, and entries of one call; the next call that would exceed this publishes first."""
MOST_WAITING_BYTES = 32 << 20
ASK_AGAIN_S = 0.02


class Writer:
    """The one writer of a ledger, from `open_writer`. For one thread. `close` it to let another one write."""

    def __init__(self, folder: Path, origin: str, signers: Sequence[SigningKey], machine: Machine) -> None:
        """Recover; the caller holds the lock. Raises what `open_writer` raises."""
        self._folder = folder
        self._origin = origin
        self._signers = tuple(signers)
        self._machine = machine
        self._files = Files(folder, machine)
        self._pending = Pending(folder, self._files, machine)
        self._interrupted = False
        with contextlib.ExitStack() as opened:
            opened.callback(self._pending.close)
            found = recover(folder, origin, [signer.verifier for signer in signers], self._pending)
            self._edge = found.edge
            self._note = found.note
            self._head = found.head
            self._published = found.tree.copy()
            self._tree = found.tree
            self._entries: list[bytes] = []
            self._leaves: list[bytes] = []
            self._bytes = 0
            self._accept(found.waiting)
            if not self._note:
                self.publish()
            self._held = opened.pop_all()

    @property
    def size(self) -> int:
        """Entries that are durable, published or not."""
        return self._tree.size

    @property
    def head(self) -> Head:
        """Size and root of the checkpoint that is published: what to keep elsewhere."""
        return self._head

    def append(self, entries: Sequence[bytes]) -> range:
        """Add entries at the end; their indexes, when they are durable.

        Raises:
            Malformed: an entry is larger than 65,535 bytes, or the call than 16,384 entries or 32 MB; nothing is added.
            LedgerUnwritable: the disk refused. Nothing was added; if the process dies before the next successful call,
                the entries may be found in the ledger nevertheless, whole and in order.
        """
        added = _bytes_of(entries)
        if not entries:
            return range(self.size, self.size)
        if len(self._entries) + len(entries) > MOST_WAITING or self._bytes + added > MOST_WAITING_BYTES:
            self.publish()
        first = self.size
        with self._step("the entries were not added"):
            if self._pending.broken:
                self._pending.renew(self._head, self._head.size, self._entries)
            self._pending.append(first, entries)
            self._accept(entries)
        return range(first, self.size)

    def publish(self) -> bytes:
        """Put everything durable into tiles, and sign and publish a checkpoint of it, which is returned.

        The checkpoint that is there is returned if it states all entries and all signers have signed it.

        Raises:
            LedgerUnwritable: the disk refused; the last checkpoint stands, and the entries wait for the next call.
        """
        if self._note and not self._entries and self._signed_by_all():
            return self._note
        before = self._edge.size
        checkpoint = Checkpoint(self._origin, self.size, self._tree.root())
        with self._step("no checkpoint was published"):
            edge = grow(self._edge, self._leaves, self._entries, self._files.put)
            self._files.settle()
            note = sign_note(checkpoint.text(), self._signers, self._machine.now()).data()
            self._files.put(CHECKPOINT, note)
            self._files.settle()
            # From here on it is published. What follows tidies up, and is done again later if the disk refuses now.
            self._edge, self._note, self._head = edge, note, checkpoint.head
            self._published = self._tree.copy()
            self._entries, self._leaves, self._bytes = [], [], 0
            with contextlib.suppress(OSError):
                self._pending.renew(self._head, self.size, ())
        for path in superseded(before, self.size):
            shutil.rmtree(self._folder / path, ignore_errors=True)
        return note

    def attach(self, lines: bytes, keys: Iterable[VerifierKey]) -> bytes:
        """Add cosignature lines by `keys` to the published checkpoint, which is returned; other lines are passed over.

        Raises:
            Malformed: these are no signature lines.
            NotSigned: one of `keys` signed something else, for example an older checkpoint.
            LedgerUnwritable: the disk refused; the checkpoint stands without them.
        """
        note = parse_note(self._note)
        verified = verify_note(Note(note.text, parse_signatures(lines)), keys)
        new = {(signed.key.name, signed.key.key_id) for signed in verified}
        kept = [one for one in note.signatures if (one.name, one.key_id) not in new]
        added = {(one.name, one.key_id): one for one in parse_signatures(lines) if (one.name, one.key_id) in new}
        data = Note(note.text, (*kept, *added.values())).data()
        with self._step("the cosignatures were not added"):
            self._files.put(CHECKPOINT, data)
            self._files.settle()
            self._note = data
        return data

    def require_extends(self, head: Head) -> None:
        """Return if this ledger is the one that had `head`, or a continuation of it.

        Raises:
            RolledBack: it is shorter.
            Forked: it is at least as long, and another one.
        """
        if head.size > self.size:
            raise RolledBack(
                f"the ledger is known to have had {head.size} entries and has {self.size}: it was put back to an "
                "earlier state. Append nothing; restore its newest copy, or begin a new ledger and say why"
            )
        if head.size <= self._head.size:
            checkpoint = Checkpoint(self._origin, self._head.size, self._head.root)
            root = Reader(FolderStorage(self._folder), checkpoint).head_at(head.size).root
        else:
            tree = self._published.copy()
            for leaf in self._leaves[: head.size - tree.size]:
                tree.append(leaf)
            root = tree.root()
        if not hmac.compare_digest(root, head.root):
            raise Forked(
                f"the ledger's first {head.size} entries are not those that it is known to have had: it is another "
                "one, or was rewritten. Append nothing; find the folder that belongs to the head that was kept"
            )

    def close(self) -> None:
        """Let go. What waits for tiles stays durable, and the next writer publishes it."""
        self._held.close()

    def hold(self, lock: contextlib.ExitStack) -> Self:
        """Keep what gives up the lock until `close`."""
        self._held.push(lock.pop_all())
        return self

    def __enter__(self) -> Self:
        """The writer itself; it is closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _accept(self, entries: Sequence[bytes]) -> None:
        for entry in entries:
            leaf = leaf_hash(entry)
            self._leaves.append(leaf)
            self._tree.append(leaf)
        self._entries.extend(entries)
        self._bytes += sum(map(len, entries))

    def _signed_by_all(self) -> bool:
        lines = {(one.name, one.key_id) for one in parse_note(self._note).signatures}
        return all((one.verifier.name, one.verifier.key_id) in lines for one in self._signers)

    @contextlib.contextmanager
    def _step(self, failed: str) -> Iterator[None]:
        """A step that the disk may refuse, which leaves everything as it was. Any other exception, a signal's for
        example, may come between two lines; then only the folder knows what is true, and it has to be read again.
        """
        if self._interrupted:
            raise LedgerUnwritable("an earlier call was interrupted: close this ledger and open it again")
        self._interrupted = True
        try:
            yield
        except OSError as error:
            self._interrupted = False
            raise _unwritable(failed, error) from error
        self._interrupted = False


def open_writer(
    folder: Path, origin: str, signers: Sequence[SigningKey], wait: float = 0.0, machine: Machine | None = None
) -> Writer:
    """Open the ledger in `folder` for writing, or begin one there; waits up to `wait` seconds for another writer.

    Every checkpoint is signed by all `signers`. To change a key, publish at least once with the old and the new one.

    Raises:
        LedgerLocked: another process writes to it.
        LedgerUnwritable: the folder cannot be made, read or written to.
        LedgerDamaged: files of the ledger are missing, or contradict each other.
        RolledBack, Forked: the checkpoint is not the one that the other files belong to.
        NotSigned: the checkpoint is of another log, or none of `signers` has signed it.
        Malformed: there is no signer, or the checkpoint cannot be read.
    """
    if not signers:
        raise Malformed("a ledger needs at least one key to sign its checkpoints with")
    try:
        with contextlib.ExitStack() as stack:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, lock)
            _take(lock, wait)
            writer = Writer(folder, origin, signers, machine or Machine())
            return writer.hold(stack)
    except OSError as error:
        raise _unwritable("the ledger cannot be opened", error) from error


def _take(lock: int, wait: float) -> None:
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise LedgerLocked("another process writes to this ledger; try again when it has ended") from error
            time.sleep(ASK_AGAIN_S)
        else:
            return


def _bytes_of(entries: Sequence[bytes]) -> int:
    """All bytes of entries that one call may add. Raises Malformed."""
    size = sum(map(len, entries))
    if len(entries) > MOST_WAITING or size > MOST_WAITING_BYTES:
        raise Malformed(f"one call may add {MOST_WAITING:,} entries and {MOST_WAITING_BYTES:,} bytes: make several")
    if any(len(entry) > LARGEST_ENTRY for entry in entries):
        raise Malformed(f"an entry may have {LARGEST_ENTRY:,} bytes: put a digest in its place")
    return size


def _unwritable(what: str, error: OSError) -> LedgerUnwritable:
    return LedgerUnwritable(f"{what}: {error.strerror or error}; make room or mend the disk, then try again")
