"""How a tree grows in files: new leaves join what the tiles at its right edge hold already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from prodworthy.record.ledger.tiles import (
    TILE_HEIGHT,
    TILE_WIDTH,
    bundle_path,
    encode_bundle,
    pyramid,
    tile_path,
    tiles_between,
    width_at,
)

Put = Callable[[str, bytes], None]


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree of `size` leaves: hashes of each level's partial tile, entries of the partial bundle."""

    size: int = 0
    rows: tuple[tuple[bytes, ...], ...] = ()
    entries: tuple[bytes, ...] = ()


def grow(edge: Edge, leaves: Sequence[bytes], entries: Sequence[bytes], put: Put) -> Edge:
    """Write every tile and bundle that these entries, with their leaf hashes, change or add. Returns the new edge."""
    waiting = (*edge.entries, *entries)
    for number, bundle in _parts(edge.size // TILE_WIDTH, waiting):
        put(bundle_path(number, len(bundle)), encode_bundle(bundle))
    rows, added, level = [], tuple(leaves), 0
    while added or level < len(edge.rows):
        row = (*(edge.rows[level] if level < len(edge.rows) else ()), *added)
        full = []
        if added:
            for number, part in _parts(edge.size >> (TILE_HEIGHT * (level + 1)), row):
                put(tile_path(level, number, len(part)), b"".join(part))
                if len(part) == TILE_WIDTH:
                    full.append(pyramid(part)[-1][0])
        rows.append(row[TILE_WIDTH * len(full) :])
        added, level = tuple(full), level + 1
    rest = len(waiting) // TILE_WIDTH * TILE_WIDTH
    return Edge(edge.size + len(leaves), tuple(rows), waiting[rest:])


def superseded(old: int, new: int) -> Iterator[str]:
    """The folders of partial tiles and bundles that a tree of `old` leaves had, and that are full at `new`."""
    for level, index, width in tiles_between(old, new):
        if width == TILE_WIDTH and width_at(level, index, old):
            yield f"{tile_path(level, index)}.p"
            if not level:
                yield f"{bundle_path(index)}.p"


def _parts(first: int, items: tuple[bytes, ...]) -> Iterator[tuple[int, tuple[bytes, ...]]]:
    for at in range(0, len(items), TILE_WIDTH):
        yield first + at // TILE_WIDTH, items[at : at + TILE_WIDTH]
