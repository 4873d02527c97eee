"""What a pack is made of, which part of a chain it holds, and that tools of others read its tiles."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from tlog_scales import signing, tiles
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader

from bench.mutating import unzipped
from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.verifying.verify import verify
from prodworthy.assurance.packing import making, writing
from prodworthy.assurance.packing.chains import Period, Statements, collect
from prodworthy.record.ledger.faults import LedgerDamaged
from prodworthy.record.ledger.tiles import decode_bundle
from tests.assurance.audit.building import DAY, NOW
from tests.assurance.packing.installation import DESK, OTHER, Installation, worked


def test_the_tiles_and_the_checkpoint_verify_with_a_tool_that_is_not_ours(tmp_path: Path) -> None:
    one = worked()
    for _ in range(600):
        one.traffic(OTHER)
    one.traffic(DESK)
    with zipfile.ZipFile(io.BytesIO(one.pack(DESK))) as archive:
        archive.extractall(tmp_path)
        contents = {name: archive.read(name) for name in archive.namelist()}
    reader = TilesReader(LocalBackend(tmp_path / "ledger"))
    checkpoint = reader.get_checkpoint()
    checkpoint.verify(signing.Vkey.from_string(one.log.verifier.text()))
    assert reader.calculate_root_hash() == checkpoint.root_hash
    indexes = json.loads(contents["chains/00001/00000000.indexes.json"])
    entries = decode_bundle(contents["chains/00001/00000000.entries"], len(indexes))
    assert "ledger/tile/0/001" not in contents
    for index, entry in zip(indexes, entries, strict=True):
        reader.get_inclusion_proof(index, checkpoint.size).check(tiles.leaf_hash(entry), checkpoint.root_hash)


def test_a_chain_is_collected_from_its_end() -> None:
    one = worked()
    statements, last = Statements(one.newest()[1]), one.chains[DESK][1]
    size = statements.size
    numbers = {found.index: found.form.link.number for found in statements.back(last, DESK)}

    def kept(since: int, at: int, bound: int = size) -> tuple[list[int], int, int]:
        chain = collect(statements, DESK, last, Period(since, at, bound))
        return [numbers[leaf] for leaf in chain.leaves], chain.first, chain.earlier

    assert kept(0, NOW) == (list(range(10)), 0, 0)
    assert kept(0, 0) == ([0], 0, 0)
    assert kept(0, NOW - 50 * DAY) == ([0, 1, 2, 3], 0, 0)
    assert kept(NOW - 50 * DAY, NOW) == ([0, *range(3, 10)], 3, 1)
    assert kept(NOW, NOW) == ([0, 7, 8, 9], 10, 4)
    assert kept(NOW - 50 * DAY, NOW - 50 * DAY) == ([0, 3], 3, 1)
    assert kept(0, NOW, last) == (list(range(9)), 0, 0)
    assert [*collect(statements, ("no", "one"), -1, Period(0, NOW, size)).leaves] == []
    with pytest.raises(LedgerDamaged, match="is no statement of"):
        collect(statements, OTHER, last, Period(0, NOW, size))


def test_an_empty_ledger_and_one_that_grows_too_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PackFault, match="nothing to pack"):
        Installation().pack()
    one = worked()
    one.before_closing = [DESK] * 3
    monkeypatch.setattr(making, "BUNDLE", 2)
    with pytest.raises(PackFault, match="too much was sealed"):
        one.pack()


def test_bundles_end_early_where_statements_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LARGEST_BUNDLE", 3_000)
    one = worked()
    pack = one.pack()
    assert sum(name.startswith("chains/00001/") and name.endswith(".entries") for name in unzipped(pack)) > 2
    assert verify(io.BytesIO(pack), one.trust()).code == 0


def test_an_event_that_the_store_has_otherwise_than_its_leaf_stays_closed() -> None:
    one = worked()
    one.events[2]["version"] = 2
    outcome = verify(io.BytesIO(one.pack()), one.trust())
    assert (outcome.code, outcome.steps[8].verdict.value) == (2, "incomplete")


def test_many_bundles_and_levels_of_tiles() -> None:
    one = worked()
    for _ in range(300):
        one.traffic(DESK)
        one.traffic(OTHER)
    assert verify(io.BytesIO(one.pack()), one.trust()).code == 0
    assert verify(io.BytesIO(one.pack(DESK, OTHER)), one.trust()).code == 0
