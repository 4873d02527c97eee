"""Reading a ledger: entries and proofs from its tiles, each checked against the root of one checkpoint.

A reader believes nothing but the checkpoint that it is given. The tiles at the right edge together must give its root;
every other tile must hash to what a tile above it says; every entry must hash to what its tile says. How much is read
grows with the height of the tree, not with its size.
"""

from __future__ import annotations

import hmac
from collections import OrderedDict
from collections.abc import Callable, Iterator

from prodworthy.record.ledger.checkpoint import Checkpoint, Head
from prodworthy.record.ledger.faults import Malformed, Missing, NotProven
from prodworthy.record.ledger.merkle import consistency_proof, inclusion_proof, leaf_hash, range_root
from prodworthy.record.ledger.note import LARGEST_NOTE
from prodworthy.record.ledger.storage import Storage
from prodworthy.record.ledger.tiles import (
    CHECKPOINT,
    TILE_HEIGHT,
    TILE_WIDTH,
    Pyramid,
    bundle_path,
    decode_bundle,
    decode_tile,
    edge_of,
    pyramid,
    tile_path,
    width_at,
)

MOST_TILES = 256
"""Tiles that a reader keeps, with their inner nodes: about 35 KB each."""


def read_checkpoint(storage: Storage) -> bytes:
    """The signed checkpoint as it is stored; nothing is verified: see `open_checkpoint` and `TrustPolicy.open`.

    Raises:
        Missing, Malformed: there is none, or it is too large to be one.
    """
    data = storage.read(CHECKPOINT)
    if len(data) > LARGEST_NOTE:
        raise Malformed(f"a checkpoint may have {LARGEST_NOTE:,} bytes")
    return data


class Reader:
    """A ledger as one checkpoint states it. For one thread."""

    def __init__(self, storage: Storage, checkpoint: Checkpoint) -> None:
        """Read the right edge of the tree. Who signed the checkpoint is the caller's to verify before.

        Raises:
            Missing, Malformed: a tile at the right edge.
            NotProven: they do not give the root of the checkpoint.
        """
        self.checkpoint = checkpoint
        self._storage = storage
        self._kept: OrderedDict[tuple[int, int], Pyramid] = OrderedDict()
        self._edge = read_edge(storage, checkpoint)

    def entry(self, index: int) -> bytes:
        """The entry at `index`. Raises NotProven if there is none, or it is not what was signed; Missing, Malformed."""
        if not 0 <= index < self.checkpoint.size:
            raise NotProven(f"the ledger has no entry {index}: it has {self.checkpoint.size}")
        return next(self.entries(index, index + 1))

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """The entries [start, end), bundle by bundle.

        Raises:
            NotProven: there are not that many, or one is not what was signed.
            Missing, Malformed: a tile or a bundle.
        """
        if not 0 <= start <= end <= self.checkpoint.size:
            raise NotProven(f"the ledger has no entries {start} to {end}: it has {self.checkpoint.size}")
        for bundle in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
            first = bundle * TILE_WIDTH
            yield from self.bundle(bundle)[max(start - first, 0) : end - first]

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that entry `index` is in the ledger, as it was at `size` (default: at the checkpoint).

        Raises:
            NotProven, Missing, Malformed: there is no such entry or size, or a tile is wrong.
        """
        return inclusion_proof(self.node, index, self._size(size))

    def consistency_proof(self, old: int, new: int | None = None) -> list[bytes]:
        """The proof that the ledger at size `old` is the beginning of the one at `new` (default: at the checkpoint).

        Raises:
            NotProven, Missing, Malformed: not 0 < old <= new <= size, or a tile is wrong.
        """
        return consistency_proof(self.node, old, self._size(new))

    def head_at(self, size: int) -> Head:
        """Size and root of the ledger as it was at `size`. Raises NotProven, Missing, Malformed."""
        return Head(size, range_root(self.node, 0, self._size(size)))

    def node(self, height: int, index: int) -> bytes:
        """The hash of a complete subtree, as `merkle.Nodes` asks for it. Raises NotProven, Missing, Malformed."""
        if min(height, index) < 0 or (index + 1) << height > self.checkpoint.size:
            raise NotProven(f"the ledger has no complete subtree {index} of height {height}")
        level = height // TILE_HEIGHT
        row = height - level * TILE_HEIGHT
        tile = (index << row) // TILE_WIDTH
        return self._tile(level, tile)[row][index - (tile * TILE_WIDTH >> row)]

    def tile(self, level: int, index: int) -> tuple[bytes, ...]:
        """The hashes of a tile that the ledger has at the checkpoint. Raises NotProven, Missing, Malformed."""
        return self._tile(level, index)[0]

    def bundle(self, index: int) -> list[bytes]:
        """The entries of a bundle that the ledger has at the checkpoint. Raises NotProven, Missing, Malformed."""
        return read_bundle(self._storage, index, self.tile(0, index))

    def _size(self, size: int | None) -> int:
        size = self.checkpoint.size if size is None else size
        if not 0 <= size <= self.checkpoint.size:
            raise NotProven(
                f"the checkpoint says nothing of size {size}: the ledger has {self.checkpoint.size} entries"
            )
        return size

    def _tile(self, level: int, index: int) -> Pyramid:
        if level < 0 or index < 0 or not width_at(level, index, self.checkpoint.size):
            raise NotProven(f"the ledger has no tile {index} of level {level}")
        if index == self.checkpoint.size >> (TILE_HEIGHT * (level + 1)):
            return self._edge[level]
        key = (level, index)
        if key not in self._kept:
            found = pyramid(decode_tile(self._storage.read(tile_path(level, index)), TILE_WIDTH))
            if not hmac.compare_digest(found[-1][0], self.node(TILE_HEIGHT * (level + 1), index)):
                raise NotProven(f"the tile {tile_path(level, index)} is not what was signed")
            self._kept[key] = found
            if len(self._kept) > MOST_TILES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def read_edge(storage: Storage, checkpoint: Checkpoint) -> list[Pyramid]:
    """The tiles at the right edge, level 0 first, () for a level that has no partial tile. They give the root.

    Raises:
        Missing, Malformed: a tile.
        NotProven: they do not give the root.
    """
    rows: list[Pyramid] = []
    while checkpoint.size >> (TILE_HEIGHT * len(rows)):
        level = len(rows)
        index, width = divmod(checkpoint.size >> (TILE_HEIGHT * level), TILE_WIDTH)
        rows.append(pyramid(_read_tile(storage, level, index, width)) if width else ())
    if not hmac.compare_digest(edge_of(rows, checkpoint.size).root(), checkpoint.root):
        raise NotProven("the tiles at the right edge do not give the root of the checkpoint")
    return rows


def read_bundle(storage: Storage, index: int, hashes: tuple[bytes, ...]) -> list[bytes]:
    """The entries of a bundle, which have these leaf hashes. Raises Missing, Malformed, NotProven."""
    data = _partial(storage, lambda width: bundle_path(index, width), len(hashes))
    entries = decode_bundle(data, len(hashes))
    if tuple(leaf_hash(entry) for entry in entries) != hashes:
        raise NotProven(f"an entry of {bundle_path(index, len(hashes))} is not what was signed")
    return entries


def _read_tile(storage: Storage, level: int, index: int, width: int) -> tuple[bytes, ...]:
    return decode_tile(_partial(storage, lambda wide: tile_path(level, index, wide), width), width)


def _partial(storage: Storage, path: Callable[[int], str], width: int) -> bytes:
    """A partial file, or the full one that took its place: logs may delete the former (C2SP tlog-tiles)."""
    try:
        return storage.read(path(width))
    except Missing:
        if width == TILE_WIDTH:
            raise
        try:
            return storage.read(path(TILE_WIDTH))
        except Missing:
            pass
        raise
