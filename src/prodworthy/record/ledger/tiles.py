"""Where a tree lies in files: paths, widths, tiles and entry bundles, as C2SP tlog-tiles lays them out.

A tile holds up to 256 hashes of one height (a multiple of 8); a bundle holds the entries of a tile of level 0, each
after its length (16 bits, big endian). A tile that is not full yet has its width in its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.merkle import HASH_BYTES, CompactRange

CHECKPOINT = "checkpoint"
TILE_WIDTH = 256
TILE_HEIGHT = 8
LARGEST_ENTRY = 65_535
"""Bytes of one entry: its length is told in 16 bits."""
LARGEST_FILE = TILE_WIDTH * (2 + LARGEST_ENTRY)
"""Bytes of the largest file of a ledger: a full bundle of the largest entries."""
HIGHEST_LEVEL = 63
Pyramid = tuple[tuple[bytes, ...], ...]


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """`tile/0/x001/234`, or `tile/0/x001/234.p/5` while only 5 of its hashes exist. Raises Malformed."""
    if not 0 <= level <= HIGHEST_LEVEL:
        raise Malformed(f"a tile's level is 0 to {HIGHEST_LEVEL}, not {level}")
    return f"tile/{level}/{_number(index)}{_partial(width)}"


def bundle_path(index: int, width: int = TILE_WIDTH) -> str:
    """`tile/entries/x001/234`, or with `.p/W` while only W of its entries exist. Raises Malformed."""
    return f"tile/entries/{_number(index)}{_partial(width)}"


def width_at(level: int, index: int, size: int) -> int:
    """How many hashes this tile has when the tree has `size` leaves: 0 to 256."""
    return min(max((size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH, 0), TILE_WIDTH)


def tiles_between(old: int, new: int) -> Iterator[tuple[int, int, int]]:
    """Every tile `(level, index, width)` that a tree of `new` leaves has and one of `old` has not, from level 0."""
    level = 0
    while new >> (TILE_HEIGHT * level):
        first, last = (size >> (TILE_HEIGHT * level) for size in (old, new))
        for index in range(first // TILE_WIDTH, -(-last // TILE_WIDTH)):
            if width_at(level, index, new) != width_at(level, index, old):
                yield level, index, width_at(level, index, new)
        level += 1


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """The bytes of an entry bundle. Raises Malformed for an entry that is too large."""
    for entry in entries:
        if len(entry) > LARGEST_ENTRY:
            raise Malformed(f"an entry may have {LARGEST_ENTRY:,} bytes, not {len(entry):,}: put a digest in its place")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The first `width` entries of a bundle of that many, or of a fuller one. Raises Malformed."""
    entries = split_bundle(data)
    if not width <= len(entries) <= TILE_WIDTH:
        raise Malformed(f"an entry bundle has {len(entries)} entries instead of {width}")
    return entries[:width]


def split_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle of any length. Raises Malformed."""
    entries, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data) or len(data) - at < 2:
            raise Malformed("an entry bundle ends within an entry")
        entries.append(data[at + 2 : end])
        at = end
    return entries


def decode_tile(data: bytes, width: int) -> tuple[bytes, ...]:
    """The first `width` hashes of a tile that has that many, or of a fuller one. Raises Malformed."""
    if len(data) % HASH_BYTES or not width * HASH_BYTES <= len(data) <= TILE_WIDTH * HASH_BYTES:
        raise Malformed(f"a tile has {len(data)} bytes instead of {width * HASH_BYTES}")
    return tuple(data[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES))


def pyramid(hashes: tuple[bytes, ...]) -> Pyramid:
    """Every complete subtree within a tile: its hashes, their parents, and so on, nine rows at most."""
    rows = [hashes]
    while len(rows[-1]) > 1:
        below = rows[-1]
        # `merkle.node_hash`, written out: most of what a proof costs happens here
        rows.append(
            tuple([sha256(b"\x01" + one + two).digest() for one, two in zip(below[::2], below[1::2], strict=False)])
        )
    return tuple(rows)


def edge_of(rows: Sequence[Pyramid], size: int) -> CompactRange:
    """The complete subtrees of a tree, from the pyramids of its tiles at the right edge, level 0 first.

    Every level below the highest needs a pyramid, which is () where the level's last tile is full or there is none.
    """
    hashes = []
    for level in range(len(rows) - 1, -1, -1):
        width = (size >> (TILE_HEIGHT * level)) % TILE_WIDTH
        hashes += [rows[level][bit][(width >> bit) - 1] for bit in range(TILE_HEIGHT - 1, -1, -1) if width >> bit & 1]
    return CompactRange(size, hashes)


def _number(index: int) -> str:
    if index < 0:
        raise Malformed("a tile's index is not negative")
    digits = f"{index:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])


def _partial(width: int) -> str:
    if not 0 < width <= TILE_WIDTH:
        raise Malformed(f"a tile has 1 to {TILE_WIDTH} hashes, not {width}")
    return f".p/{width}" if width < TILE_WIDTH else ""
