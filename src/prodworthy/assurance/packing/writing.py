"""Writes a pack from front to back: no more than one file of statements is in memory at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO

from prodworthy.assurance.audit.pack.folding import Sums
from prodworthy.assurance.audit.pack.form import (
    BUNDLE,
    CHECKPOINT,
    CLOSING_CHECKPOINT,
    CONSISTENCY,
    LEDGER,
    SEAL_TYPE,
    TIMESTAMP,
    ChainPart,
    Manifest,
    chain_file,
    closing_file,
    seal_payload,
)
from prodworthy.assurance.audit.pack.zipped import MANIFEST, SEAL, ZipWriter
from prodworthy.assurance.packing.chains import Chain, Found
from prodworthy.assurance.packing.showing import Opening, Openings, fold, shown_of
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.ledger.dsse import seal
from prodworthy.record.ledger.encoding import to_base64
from prodworthy.record.ledger.keys import SigningKey
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.ledger.tiles import TILE_HEIGHT, TILE_WIDTH, encode_bundle, tile_path, width_at

LARGEST_BUNDLE = 4 << 20
"""Bytes of statements after which a file ends early."""


class PackWriter:
    """A pack that is being written, in the order in which its files stand."""

    def __init__(self, file: BinaryIO) -> None:
        """`file` can seek, is empty, and stands at its beginning."""
        self._zip = ZipWriter(file)
        self._last: dict[str, tuple[str, int]] = {}
        self.files: dict[str, tuple[str, int]] = {}

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        """Add a file that the manifest will name. Raises PackFault."""
        self.files[name] = self._zip.add(name, parts)

    def chain(
        self, number: int, chain: Chain, found: Iterable[Found], openings: Openings, at: int
    ) -> tuple[ChainPart, Sums]:
        """Write the statements of a chain; what the manifest says of it, and the evidence known at `at` in it."""
        sums, bundles = Sums(), 0
        for part in _bundles(found):
            shown = shown_of([one.form for one in part if one.form.link.sealed_at <= at], openings)
            self._bundle((number, bundles), part, [opening for opening, _ in shown.values()])
            for one in part:
                fold(one, shown, sums, at)
            bundles += 1
        return ChainPart(*chain.place, chain.first, chain.earlier, len(chain.leaves), bundles), sums

    def ledger(self, reader: Reader, checkpoint: bytes, leaves: Iterable[int]) -> None:
        """Write the signed checkpoint, and the tiles that lead from these leaves to it."""
        self.add(CHECKPOINT, [checkpoint])
        for path, level, first, width in sorted(_tiles(reader.checkpoint.size, leaves)):
            self.add(LEDGER + path, (reader.node(TILE_HEIGHT * level, first + at) for at in range(width)))

    def manifest(self, manifest: Manifest) -> None:
        """Write the manifest."""
        self._last[MANIFEST] = self._zip.add(MANIFEST, [manifest.data()])

    def close(self, old: int, reader: Reader, checkpoint: bytes, closing: Mapping[int, list[Found]]) -> None:
        """Write what closes each chain, under the last signed checkpoint, and how the ledger came there from `old`."""
        for number in sorted(closing):
            found = closing[number]
            proofs = [{"index": one.index, "hashes": _plain(reader.inclusion_proof(one.index))} for one in found]
            self._add_last(closing_file(number, "entries"), encode_bundle([one.entry for one in found]))
            self._add_last(closing_file(number, "proofs.json"), canonical_json(proofs))
        self._add_last(CLOSING_CHECKPOINT, checkpoint)
        new = reader.checkpoint.size
        hashes = _plain(reader.consistency_proof(old))
        self._add_last(CONSISTENCY, canonical_json({"old": old, "new": new, "hashes": hashes}))

    def stamp(self, token: bytes) -> None:
        """Write a time stamp of the last checkpoint."""
        self._add_last(TIMESTAMP, token)

    def seal(self, signer: SigningKey) -> None:
        """Sign what the manifest cannot name, and end the pack."""
        envelope = seal(SEAL_TYPE, seal_payload(self._last), [signer])
        self._zip.add(SEAL, [envelope.data()])
        self._zip.close()

    def _bundle(self, place: tuple[int, int], part: list[Found], openings: list[Opening]) -> None:
        self.add(chain_file(*place, "entries"), [encode_bundle([one.entry for one in part])])
        self.add(chain_file(*place, "indexes.json"), [canonical_json([one.index for one in part])])
        if openings:
            self.add(chain_file(*place, "openings.json"), [canonical_json(openings)])

    def _add_last(self, name: str, data: bytes) -> None:
        self._last[name] = self._zip.add(name, [data])


def _bundles(found: Iterable[Found]) -> Iterator[list[Found]]:
    part: list[Found] = []
    size = 0
    for one in found:
        part.append(one)
        size += len(one.entry)
        if len(part) == BUNDLE or size > LARGEST_BUNDLE:
            yield part
            part, size = [], 0
    if part:
        yield part


def _tiles(size: int, leaves: Iterable[int]) -> Iterator[tuple[str, int, int, int]]:
    """The tiles on the paths from leaves to the root, and those at the right edge: path, level, first hash, width."""
    level = 0
    wanted = {leaf // TILE_WIDTH for leaf in leaves if leaf < size}
    while (count := size >> (TILE_HEIGHT * level)) > 0:
        wanted |= {(count - 1) // TILE_WIDTH, count // TILE_WIDTH}
        for index in wanted:
            if width := width_at(level, index, size):
                yield tile_path(level, index, width), level, index * TILE_WIDTH, width
        wanted = {index // TILE_WIDTH for index in wanted}
        level += 1


def _plain(hashes: Iterable[bytes]) -> list[str]:
    return [to_base64(value) for value in hashes]
