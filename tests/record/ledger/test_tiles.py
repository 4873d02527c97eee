"""Paths, widths and bytes of tiles and bundles, and a tree's right edge found in its tiles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.record.ledger import tiles
from prodworthy.record.ledger.checkpoint import parse_checkpoint
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.keys import parse_verifier_key
from prodworthy.record.ledger.merkle import CompactRange, leaf_hash, root_of
from prodworthy.record.ledger.note import open_checkpoint, parse_note
from tests.record.ledger.samples import VECTORS, needs_vectors

TESSERA_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


@pytest.mark.parametrize(
    "path,expected",
    [
        (tiles.tile_path(0, 0), "tile/0/000"),
        (tiles.tile_path(0, 1234067), "tile/0/x001/x234/067"),
        (tiles.tile_path(63, 999, 1), "tile/63/999.p/1"),
        (tiles.tile_path(1, 1000, 255), "tile/1/x001/000.p/255"),
        (tiles.bundle_path(0), "tile/entries/000"),
        (tiles.bundle_path(70_000, 16), "tile/entries/x070/000.p/16"),
    ],
)
def test_paths(path: str, expected: str) -> None:
    assert path == expected


def test_paths_that_do_not_exist() -> None:
    for level, index, width in ((-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)):
        with pytest.raises(Malformed):
            tiles.tile_path(level, index, width)


def test_the_example_of_the_specification() -> None:
    found = list(tiles.tiles_between(0, 70_000))
    assert [sum(1 for one in found if one[0] == level and one[2] == 256) for level in range(3)] == [273, 1, 0]
    assert {one for one in found if one[2] < 256} == {(0, 273, 112), (1, 1, 17), (2, 0, 1)}
    assert list(tiles.tiles_between(0, 256)) == [(0, 0, 256), (1, 0, 1)]
    assert list(tiles.tiles_between(256, 257)) == [(0, 1, 1)]
    assert list(tiles.tiles_between(300, 300)) == []


def test_bundles() -> None:
    entries = [b"", b"one", bytes(tiles.LARGEST_ENTRY)]
    data = tiles.encode_bundle(entries)
    assert data[:7] == b"\x00\x00\x00\x03one"
    assert tiles.decode_bundle(data, 3) == entries
    assert tiles.decode_bundle(data, 2) == entries[:2]
    with pytest.raises(Malformed, match="65,536"):
        tiles.encode_bundle([bytes(tiles.LARGEST_ENTRY + 1)])
    for bad, width in ((data, 4), (data[:-1], 3), (data[:3], 1), (b"\x00\x00" * 257, 256)):
        with pytest.raises(Malformed):
            tiles.decode_bundle(bad, width)


def test_tiles() -> None:
    hashes = tuple(leaf_hash(bytes([number])) for number in range(5))
    assert tiles.decode_tile(b"".join(hashes), 5) == hashes
    assert tiles.decode_tile(b"".join(hashes), 2) == hashes[:2]
    for bad, width in ((b"".join(hashes), 6), (b"".join(hashes)[:-1], 4), (bytes(257 * 32), 256)):
        with pytest.raises(Malformed):
            tiles.decode_tile(bad, width)


@given(st.integers(0, 140_000))
@settings(max_examples=30, deadline=None)
def test_the_right_edge_tells_the_root(size: int) -> None:
    # every leaf is the same, so every complete subtree of a height is too, and a tall tree costs nothing
    same = [leaf_hash(b"same")]
    for _ in range(20):
        same.append(tiles.pyramid((same[-1], same[-1]))[1][0])
    rows = []
    for level in range(3):
        width = (size >> (8 * level)) % 256
        rows.append(tiles.pyramid((same[8 * level],) * width))
    expected = CompactRange(size, [same[bit] for bit in range(20, -1, -1) if size >> bit & 1])
    assert tiles.edge_of(rows, size).root() == expected.root()


@needs_vectors
def test_published_checkpoints_and_tiles() -> None:
    key, folder = parse_verifier_key(TESSERA_KEY), VECTORS / "transparency-dev+tessera" / "testdata" / "log"
    assert key.text() == TESSERA_KEY
    seen = set()
    for path in sorted(folder.glob("checkpoint*")):
        data = path.read_bytes()
        checkpoint = open_checkpoint(data, "example.com/log/testdata", [key])
        assert parse_note(data).data() == data
        assert parse_checkpoint(parse_note(data).text).text() == parse_note(data).text
        size = checkpoint.size
        seen.add(size)
        if size:
            leaves = tiles.decode_tile((folder / tiles.tile_path(0, 0, size)).read_bytes(), size)
            bundle = (folder / tiles.bundle_path(0, size)).read_bytes()
            entries = tiles.decode_bundle(bundle, size)
            assert tuple(leaf_hash(entry) for entry in entries) == leaves
            assert tiles.encode_bundle(entries) == bundle
            assert tiles.edge_of([tiles.pyramid(leaves)], size).root() == checkpoint.root
            assert root_of(leaves) == checkpoint.root
        else:
            assert checkpoint.root == root_of([])
    assert seen == set(range(16))
