"""A copy of a ledger in an object store (package `obstore`, extra `object-store`), and reading from there.

The folder is written first and always; the copy follows. It receives every tile and bundle that its next checkpoint
needs, each verified, and that checkpoint last, so at any moment it is a whole ledger. Nothing there is ever deleted.
One process at a time may copy to one place: object stores have no lock that would see to it.
"""

from __future__ import annotations

import hmac
from typing import Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore

from prodworthy.record.ledger.checkpoint import Checkpoint
from prodworthy.record.ledger.faults import Forked, Malformed, Missing, RolledBack, Unreachable
from prodworthy.record.ledger.reading import Reader, read_checkpoint
from prodworthy.record.ledger.storage import Storage
from prodworthy.record.ledger.tiles import (
    CHECKPOINT,
    LARGEST_FILE,
    bundle_path,
    encode_bundle,
    tile_path,
    tiles_between,
)


class Opening(Protocol):
    """Opens a signed checkpoint, or raises: `note.open_checkpoint` or `trust.TrustPolicy.open` with their arguments."""

    def __call__(self, data: bytes) -> Checkpoint:
        """The checkpoint in a signed note."""
        ...


class ObjectStorage:
    """A ledger in an object store, under `prefix`."""

    def __init__(self, store: ObjectStore, prefix: str = "") -> None:
        """`prefix` ends in a slash, or is empty. Nothing is read yet."""
        self._store = store
        self._prefix = prefix

    def read(self, path: str) -> bytes:
        """The object at `path`. Raises Missing, Malformed, Unreachable."""
        try:
            found = obstore.get(self._store, self._prefix + path)
            if found.meta["size"] > LARGEST_FILE:
                raise Malformed(f"{path} is larger than any file of a ledger")
            return bytes(found.bytes())
        except FileNotFoundError as error:
            raise Missing(f"the object store has no {self._prefix}{path}") from error
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error

    def write(self, path: str, data: bytes) -> None:
        """Put an object. Raises Unreachable."""
        try:
            obstore.put(self._store, self._prefix + path, data)
        except (BaseError, OSError) as error:
            raise _unreachable(error) from error


def copy_to(target: ObjectStorage, source: Storage, opening: Opening) -> Checkpoint:
    """Bring the copy in `target` to the checkpoint that `source` has, which is returned.

    Raises:
        RolledBack, Forked: the copy is ahead of the source, or of another ledger. Nothing was written.
        Missing, Malformed, NotProven, NotSigned: the source, or the checkpoint in the copy.
        Unreachable: the object store; what was written so far does no harm, and the next call goes on.
    """
    note = read_checkpoint(source)
    checkpoint = opening(note)
    reader = Reader(source, checkpoint)
    copied = _copied(target, opening)
    if copied is not None:
        if copied.size > checkpoint.size:
            raise RolledBack(
                f"the copy states {copied.size} entries and the ledger {checkpoint.size}: the ledger was put back to "
                "an earlier state. Append nothing; restore its folder, from the copy if there is no newer one"
            )
        if not hmac.compare_digest(reader.head_at(copied.size).root, copied.root):
            raise Forked(
                "the copy is of another ledger than this one: find out which is right before you write to either"
            )
    for level, index, width in tiles_between(copied.size if copied else 0, checkpoint.size):
        target.write(tile_path(level, index, width), b"".join(reader.tile(level, index)))
        if not level:
            target.write(bundle_path(index, width), encode_bundle(reader.bundle(index)))
    target.write(CHECKPOINT, note)
    return checkpoint


def _copied(target: ObjectStorage, opening: Opening) -> Checkpoint | None:
    try:
        return opening(read_checkpoint(target))
    except Missing:
        return None


def _unreachable(error: Exception) -> Unreachable:
    return Unreachable(f"the object store did not do it: {type(error).__name__}; try again later")
