"""A leaf's page: everything on it was verified, what is closed stays closed, a ledger that is broken is told of."""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Callable

import msgspec
import pytest
from sqlalchemy import insert

from prodworthy.interfaces.books import books_of, trust_of
from prodworthy.interfaces.console.leaves import LeafFault, Leaves, Opened
from prodworthy.interfaces.console.opening import opened
from prodworthy.interfaces.sealing import seal_now
from prodworthy.record.ledger.dsse import seal
from prodworthy.record.ledger.keys import Kind, generate_key
from prodworthy.record.ledger.proof_file import parse_proof, verify_proof
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.ledger.storage import FolderStorage
from prodworthy.record.ledger.trust import Peer, TrustPolicy
from prodworthy.record.sealing.forms import Link, PackForm, payload
from prodworthy.record.store.tables import journal_segment
from tests.interfaces.console.conftest import HOSTILE, NOW, Fleet, fill
from tests.interfaces.console.reading import read
from tests.record.sealing.conftest import segment


def test_a_leaf_is_shown_with_a_proof_that_anybody_can_check(fleet: Fleet) -> None:
    leaf = fleet.parts.leaves.leaf(3)
    assert leaf is not None
    trust = trust_of(fleet.home)
    verify_proof(parse_proof(leaf.proof.encode()), bytes.fromhex(leaf.hash), trust)
    assert [keyid for _, keyid in leaf.signers] == [key.digest for key in trust.statement_keys]
    assert json.loads(leaf.statement)["predicate"]["kind"] == "Applied"
    page = read(fleet.client().get("/roster/leaf/3").text)
    for shown in (leaf.hash, leaf.origin, leaf.signers[0][1], "event 4, Applied", "c2sp.org/tlog-proof@v1"):
        assert shown in page.words


def test_the_statements_of_a_workload_lead_back_to_its_first(fleet: Fleet) -> None:
    size = fleet.parts.leaves.leaf(0).size  # type: ignore[union-attr]  # it is there
    last = fleet.parts.leaves.leaf(size - 1)
    assert last is not None
    assert (last.link.workload, last.about.rpartition(" ")[2]) == ("returns-agent", "Killed")
    page = read(fleet.client().get(f"/roster/leaf/{size - 1}").text)
    assert f"/roster/leaf/{last.link.previous}" in page.links
    assert "/roster/default/returns-agent" in page.links
    assert fleet.parts.leaves.leaf(size) is None
    assert fleet.parts.leaves.leaf(-1) is None


def test_what_is_closed_stays_closed(fleet: Fleet) -> None:
    size = fleet.parts.leaves.leaf(0).size  # type: ignore[union-attr]  # it is there
    for index in range(size):
        text = fleet.client().get(f"/roster/leaf/{index}").text
        assert "ada@example.org" not in text
        assert HOSTILE not in read(text).words
        assert "refunds" not in text


def test_traffic_is_shown_as_what_it_comes_to(own: Fleet) -> None:
    with own.store.begin() as connection:
        connection.execute(insert(journal_segment).values(segment(3)))
    seal_now(own.home, own.store)
    leaf = own.parts.leaves.leaf(0)
    assert leaf is not None
    assert (leaf.about, leaf.at) == ("traffic: 6 records of 20261123", 0)
    assert '"answered": 3' in leaf.statement


def test_without_a_ledger_a_page_says_so_and_no_key_is_made(own: Fleet) -> None:
    reply = own.client().get("/roster/leaf/0")
    words = read(reply.text).words
    assert reply.status_code == 503
    assert "The ledger cannot be read" in words
    assert "ledger_file_missing" in words
    assert "Traceback" not in reply.text
    assert not (own.home.folder / "ledger.key").exists()
    fill(own, 1)
    assert own.client().get("/roster/leaf/0").status_code == 200, "once it is there, it is found"


def _flipped(data: bytes) -> bytes:
    return data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]


@pytest.mark.parametrize(
    "pattern, spoiled",
    [
        ("checkpoint", None),
        ("checkpoint", lambda data: b""),
        ("checkpoint", lambda data: b"x" * 10_000_000),
        ("checkpoint", _flipped),
        ("tile/entries/**/*", _flipped),
        ("tile/entries/**/*", None),
        ("tile/entries/**/*", lambda data: b""),
        ("tile/0/**/*", _flipped),
    ],
)
def test_a_broken_ledger_is_no_trace(own: Fleet, pattern: str, spoiled: Callable[[bytes], bytes] | None) -> None:
    fill(own, 1)
    client = own.client()
    assert client.get("/roster/leaf/0").status_code == 200
    for path in own.home.ledger.glob(pattern):
        if path.is_file():
            data = path.read_bytes()
            path.unlink()
            if spoiled is not None:
                path.write_bytes(spoiled(data))
    reply = client.get("/roster/leaf/0")
    assert reply.status_code == 503
    assert "The ledger cannot be read" in read(reply.text).words
    assert "Traceback" not in reply.text
    assert client.get("/").status_code == 200


def test_a_key_that_cannot_be_read_is_named_by_its_place_only(own: Fleet) -> None:
    fill(own, 1)
    (own.home.folder / "statement.key").chmod(0o644)
    with pytest.raises(LeafFault, match="keys of the ledger"):
        opened(own.home)
    reply = own.client().get("/roster/leaf/0")
    assert reply.status_code == 503
    assert "PRIVATE" not in reply.text


def test_only_our_keys_are_believed(own: Fleet) -> None:
    fill(own, 1)
    trust, storage = trust_of(own.home), FolderStorage(own.home.ledger)
    stranger = generate_key("statements.example", Kind.ED25519, secrets.token_bytes(32)).verifier
    logs = generate_key(trust.logs[0].key.name, Kind.ED25519, secrets.token_bytes(32)).verifier
    for policy in (
        TrustPolicy(logs=trust.logs, statement_keys=(stranger,)),
        TrustPolicy(logs=(Peer(logs),), statement_keys=trust.statement_keys),
    ):
        leaves = Leaves(functools.partial(Opened, storage, policy))
        with pytest.raises(LeafFault, match="not_signed"):
            leaves.leaf(0)


def test_a_pack_is_told_of_too(own: Fleet) -> None:
    fill(own, 1)
    books = books_of(own.home)
    form = PackForm(Link("default", "ill", 9, 1, NOW), "ab" * 32)
    with books.writing(5.0) as writer:
        index = writer.size
        writer.append([seal(PAYLOAD_TYPE, payload(form), books.statement_keys).data()])
        writer.publish()
    leaf = own.parts.leaves.leaf(index)
    assert leaf is not None
    assert leaf.about == "an audit pack that was made"


def test_an_entry_that_is_no_statement_is_not_shown(own: Fleet) -> None:
    fill(own, 1)
    books = books_of(own.home)
    with books.writing(5.0) as writer:
        writer.append([seal(PAYLOAD_TYPE, b'{"_type":"x"}', books.statement_keys).data()])
        writer.publish()
    size = books.published()[1].checkpoint.size
    with pytest.raises(LeafFault, match="no statement of ours"):
        own.parts.leaves.leaf(size - 1)
    assert own.client().get(f"/roster/leaf/{size - 1}").status_code == 503


def test_of_secret_keys_only_the_public_halves_are_kept(fleet: Fleet) -> None:
    found = opened(fleet.home)
    assert isinstance(found, msgspec.Struct)
    assert found.trust == trust_of(fleet.home)
    assert "seed" not in repr(found.trust)
