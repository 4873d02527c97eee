"""What a ledger's folder says when its writer begins: the last checkpoint verified, and what is durable beyond it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from prodworthy.record.ledger.checkpoint import Checkpoint, Head
from prodworthy.record.ledger.faults import (
    Forked,
    LedgerDamaged,
    Malformed,
    Missing,
    NotProven,
    NotSigned,
    RolledBack,
)
from prodworthy.record.ledger.growing import Edge
from prodworthy.record.ledger.keys import VerifierKey
from prodworthy.record.ledger.merkle import EMPTY_ROOT, CompactRange
from prodworthy.record.ledger.note import open_checkpoint
from prodworthy.record.ledger.pending import NAME, Pending
from prodworthy.record.ledger.reading import read_bundle, read_checkpoint, read_edge
from prodworthy.record.ledger.storage import FolderStorage
from prodworthy.record.ledger.tiles import TILE_WIDTH, edge_of

EMPTY = Head(0, EMPTY_ROOT)
_RESTORE = "restore the whole folder from one backup"


@dataclass(frozen=True, slots=True)
class Recovered:
    """The published head, its signed checkpoint (b"" before the first), its tree and edge, and what waits beyond."""

    head: Head
    note: bytes
    tree: CompactRange
    edge: Edge
    waiting: list[bytes]


def recover(folder: Path, origin: str, keys: list[VerifierKey], pending: Pending) -> Recovered:
    """Read the folder of a ledger, or begin one in it. The caller holds its lock.

    Raises:
        LedgerDamaged, RolledBack, Forked, NotSigned, Malformed: see `open_writer`.
        OSError: a file cannot be read or written.
    """
    storage = FolderStorage(folder)
    # 1. The checkpoint, signed by one of our keys. Without one there must be nothing that one could have stated.
    try:
        note = read_checkpoint(storage)
    except Missing as error:
        return _begin(folder, pending, error)
    try:
        checkpoint = open_checkpoint(note, origin, keys)
    except NotSigned as error:
        raise NotSigned(
            f"{error}. Open the ledger with a key that signed its last checkpoint among the others"
        ) from error
    # 2. The tiles at its right edge, which must give its root.
    tree, edge = _read_tree(storage, checkpoint)
    # 3. What was durable and not published: it must continue this very checkpoint.
    try:
        base, frames = pending.open()
    except FileNotFoundError as error:
        raise LedgerDamaged(f"the file {NAME!r} is missing, and with it durable entries: {_RESTORE}") from error
    return Recovered(checkpoint.head, note, tree, edge, _continuing(checkpoint.head, base, frames))


def _begin(folder: Path, pending: Pending, missing: Missing) -> Recovered:
    frames: list[tuple[int, list[bytes]]] = []
    if (folder / NAME).exists():
        base, frames = pending.open()
        if base != EMPTY:
            raise LedgerDamaged(f"the checkpoint is missing where others were published: {_RESTORE}") from missing
    if frames or (folder / "tile").exists():
        raise LedgerDamaged(f"the checkpoint is missing where entries are: {_RESTORE}") from missing
    pending.renew(EMPTY, 0, ())
    return Recovered(EMPTY, b"", CompactRange(), Edge(), [])


def _read_tree(storage: FolderStorage, checkpoint: Checkpoint) -> tuple[CompactRange, Edge]:
    try:
        rows = read_edge(storage, checkpoint)
        hashes = tuple(row[0] if row else () for row in rows)
        entries: list[bytes] = []
        if checkpoint.size % TILE_WIDTH:
            entries = read_bundle(storage, checkpoint.size // TILE_WIDTH, hashes[0])
    except (Missing, Malformed, NotProven) as error:
        raise LedgerDamaged(f"the ledger does not fit its own checkpoint: {error}; {_RESTORE}") from error
    return edge_of(rows, checkpoint.size), Edge(checkpoint.size, hashes, tuple(entries))


def _continuing(head: Head, base: Head, frames: list[tuple[int, list[bytes]]]) -> list[bytes]:
    """The entries in `frames`, which continue `base`, that lie beyond `head`."""
    if base.size > head.size:
        raise RolledBack(
            f"the checkpoint states {head.size} entries where {base.size} were published before: only part of the "
            f"folder was put back to an earlier state. {_RESTORE.capitalize()}"
        )
    if base.size == head.size and base.root != head.root:
        raise Forked(f"the file {NAME!r} continues another ledger than the checkpoint states: {_RESTORE}")
    waiting: list[bytes] = []
    end = base.size
    for first, entries in frames:
        if first != end:
            raise LedgerDamaged(f"the file {NAME!r} does not continue the checkpoint without a gap: {_RESTORE}")
        end += len(entries)
        # A publication that was seen and not known to be durable may end within a frame that was written again later.
        waiting += entries[max(head.size - first, 0) :]
    if end < head.size:
        raise LedgerDamaged(f"the file {NAME!r} ends before the checkpoint does: {_RESTORE}")
    return waiting
