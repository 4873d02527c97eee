from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.faults import NotProvable
from prodworthy.record.journal.days import day_table
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.spool import Spool
from prodworthy.record.ledger.keys import Kind, generate_key
from prodworthy.record.ledger.trust import Peer, TrustPolicy
from prodworthy.record.sealing import proof_check
from prodworthy.record.sealing.books import Books
from prodworthy.record.sealing.proof_check import checked
from prodworthy.record.sealing.proving import prove_event, prove_exchange, prove_leaf
from prodworthy.record.sealing.sealer import Sealer
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import journal_segment
from prodworthy.record.store.vault import Vault
from tests.record.journal.samples import completed, exchange_id, received
from tests.record.sealing.conftest import LOG_KEY, NOON, STATEMENT_KEY, event, put

POLICY = TrustPolicy(logs=(Peer(LOG_KEY.verifier),), statement_keys=(STATEMENT_KEY.verifier,))
OTHER = generate_key("statements.example", Kind.ED25519, bytes(range(9, 41)))


@pytest.fixture
def recorded(store: Store, sealer: Sealer, tmp_path: Path, vault: Vault) -> None:
    """Twelve exchanges of two workloads, and an event; all sealed."""
    (tmp_path / "spool").mkdir()
    spool = Spool(tmp_path / "spool", "gw", "1")
    for number in range(12):
        workload = "desk" if number % 3 else "other"
        spool.append(received(number, workload=workload))
        spool.append(completed(number, workload=workload))
    spool.close()
    Recorder(store, tmp_path / "spool", vault).drain()
    put(store, event("Killed", how="database", reason="Bob asked"))
    sealer.seal()


@pytest.mark.usefixtures("recorded")
def test_any_exchange_is_shown_to_be_in_the_ledger_frame_by_frame(store: Store, books: Books) -> None:
    for number in range(12):
        pieces = json.loads(json.dumps(prove_exchange(store, books, exchange_id(number))))
        found = checked(pieces, POLICY)
        assert (found.origin, found.size, found.frames) == (books.origin, 4, 2)
        assert [frame["kind"] for frame in pieces["frames"]] == ["Received", "Completed"]
        others = [exchange_id(other) for other in range(12) if other != number]
        assert not any(other in json.dumps(pieces) for other in others)


@pytest.mark.usefixtures("recorded")
def test_an_event_is_shown_without_what_stays_closed(store: Store, books: Books) -> None:
    pieces = json.loads(json.dumps(prove_event(store, books, 1)))
    assert checked(pieces, POLICY).fields == {"kind": "Killed", "at": NOON, "type": "Killed", "how": "database"}
    assert "Bob" not in json.dumps(pieces)
    assert checked(prove_event(store, books, 1, ["reason"]), POLICY).fields["reason"] == "Bob asked"


def changed(pieces: Any, *path: Any) -> Any:
    """The pieces with something else at a path."""
    found = copy.deepcopy(pieces)
    inner = found
    for name in path[:-2]:
        inner = inner[name]
    inner[path[-2]] = path[-1]
    return found


@pytest.mark.usefixtures("recorded")
def test_pieces_that_do_not_fit_are_refused(store: Store, books: Books) -> None:
    one, two = (prove_exchange(store, books, exchange_id(number)) for number in (1, 2))
    other = prove_exchange(store, books, exchange_id(0))
    act = prove_event(store, books, 1)
    wrong = [
        None,
        {},
        changed(one, "format", "another"),
        changed(one, "frames", []),
        changed(one, "frames", "x"),
        changed(one, "leaves", []),
        changed(one, "exchange", exchange_id(2)),
        changed(one, "frames", two["frames"]),
        changed(one, "leaves", other["leaves"]),
        changed(one, "leaves", [*one["leaves"], None]),
        changed(one, "leaves", 0, "leaf", 99),
        changed(one, "leaves", 0, "entry", other["leaves"][0]["entry"]),
        changed(one, "leaves", 0, "proof", other["leaves"][0]["proof"]),
        changed(one, "leaves", 0, "proof", "x"),
        changed(one, "frames", 0, "body", two["frames"][0]["body"]),
        changed(one, "frames", 0, "body", "!"),
        changed(one, "frames", 0, "index", 5),
        changed(one, "frames", 0, "index", "5"),
        changed(one, "frames", 0, "path", two["frames"][1]["path"]),
        changed(one, "frames", 0, "path", ["xx"]),
        changed(one, "frames", 0, "segment", 99),
        changed(one, "frames", 0, "gateway", "another"),
        changed(one, "frames", 0, "leaf", 99),
        changed(changed(one, "leaves", [*one["leaves"], *act["leaves"]]), "frames", 0, "leaf", act["leaf"]),
        changed(act, "leaf", 99),
        changed(changed(act, "leaves", [*one["leaves"], *act["leaves"]]), "leaf", one["leaves"][0]["leaf"]),
        changed(act, "opening", "open", "how", "value", "file"),
        changed(act, "opening", "event", 2),
    ]
    for pieces in wrong:
        with pytest.raises(EvidenceFault):
            checked(pieces, POLICY)
    for policy in (
        TrustPolicy(statement_keys=POLICY.statement_keys),
        TrustPolicy(logs=POLICY.logs),
        TrustPolicy(logs=POLICY.logs, statement_keys=(OTHER.verifier,)),
    ):
        with pytest.raises(EvidenceFault):
            checked(one, policy)


@pytest.mark.usefixtures("recorded")
def test_leaves_under_two_checkpoints_are_no_proof(store: Store, sealer: Sealer, books: Books) -> None:
    before = prove_exchange(store, books, exchange_id(1))
    put(store, event())
    sealer.seal()
    after = prove_event(store, books, 2)
    assert checked(before, POLICY).size == 4
    with pytest.raises(EvidenceFault, match="one checkpoint"):
        checked(changed(before, "leaves", [*before["leaves"], *after["leaves"]]), POLICY)


@pytest.mark.usefixtures("recorded")
def test_a_frame_that_is_about_nothing_is_no_proof(store: Store, books: Books, sealer: Sealer) -> None:
    pieces = prove_exchange(store, books, exchange_id(1))
    pieces["frames"] = pieces["frames"][:1]

    with pytest.MonkeyPatch.context() as patch:

        def broken(body: bytes) -> Any:
            raise ValueError

        patch.setattr(proof_check, "decode_event", broken)
        with pytest.raises(EvidenceFault, match="no event"):
            checked(pieces, POLICY)


@pytest.mark.usefixtures("recorded")
def test_what_cannot_be_proven_says_why(store: Store, books: Books) -> None:
    put(store, event())
    wrong: list[tuple[Any, str]] = [
        (lambda: prove_exchange(store, books, ""), "no such exchange"),
        (lambda: prove_exchange(store, books, exchange_id(99)), "no such exchange"),
        (lambda: prove_event(store, books, 99), "no event 99"),
        (lambda: prove_event(store, books, 2), "not sealed yet"),
        (lambda: prove_event(store, books, 1, ["name"]), "it has actor, how, reason, type"),
    ]
    with store.begin() as connection:
        connection.execute(delete(day_table("20261123")).where(day_table("20261123").c.exchange == exchange_id(2)))
    wrong.append((lambda: prove_exchange(store, books, exchange_id(1)), "14 of 16 are there"))
    for call, why in wrong:
        with pytest.raises(NotProvable, match=why):
            call()
    assert NotProvable.code == "not_provable"
    with store.begin() as connection:
        connection.execute(update(journal_segment).values(leaf=None))
    with pytest.raises(NotProvable, match="not sealed yet"):
        prove_exchange(store, books, exchange_id(0))
    with store.begin() as connection:
        connection.execute(delete(journal_segment))
    with pytest.raises(NotProvable, match="before evidence was sealed"):
        prove_exchange(store, books, exchange_id(0))


@pytest.mark.usefixtures("recorded")
def test_any_leaf_is_shown_as_it_is(books: Books) -> None:
    pieces = prove_leaf(books, 0)
    found = checked(pieces, POLICY)
    assert (found.leaves, found.frames) == ((0,), 0)
    assert found.fields.keys() == {"tenant", "workload"}
    for leaf in (-1, found.size):
        with pytest.raises(NotProvable, match=f"has no leaf {leaf}: it has {found.size}"):
            prove_leaf(books, leaf)
    with pytest.raises(EvidenceFault, match="a piece of the proof is missing"):
        checked(pieces | {"leaf": 1}, POLICY)
