"""Proofs as the command line hands them out: sealed first if need be, and checked against our own trust policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from prodworthy.interfaces.books import books_of, trust_of
from prodworthy.interfaces.sealing import seal_now
from prodworthy.interfaces.settings import Home
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.faults import NotProvable, NotSealed
from prodworthy.record.ledger.encoding import to_base64
from prodworthy.record.ledger.faults import Missing
from prodworthy.record.ledger.merkle import verify_consistency
from prodworthy.record.ledger.note import open_checkpoint
from prodworthy.record.sealing.proof_check import Proven, checked
from prodworthy.record.sealing.proving import Pieces, prove_event, prove_exchange, prove_leaf
from prodworthy.record.store.database import Store


def proof_of_exchange(home: Home, store: Store, exchange: str) -> tuple[Pieces, Proven]:
    """The pieces for an exchange, and what they show. Raises SettingsFault, StoreFault, LedgerFault, SealingFault."""
    books = books_of(home)
    return _proof(home, store, lambda: prove_exchange(store, books, exchange))


def proof_of_event(home: Home, store: Store, event: int, names: Iterable[str] | None) -> tuple[Pieces, Proven]:
    """The pieces for an event, these fields open. Raises as `proof_of_exchange` does."""
    books = books_of(home)
    return _proof(home, store, lambda: prove_event(store, books, event, names))


def proof_of_leaf(home: Home, store: Store, leaf: int) -> tuple[Pieces, Proven]:
    """The pieces for a leaf, and what they show. Raises as `proof_of_exchange` does."""
    books = books_of(home)
    return _proof(home, store, lambda: prove_leaf(books, leaf))


def consistency(home: Home, old: bytes) -> dict[str, Any]:
    """That the ledger continues the one of an older checkpoint: sizes, the proof (base64), and the checkpoint now.

    Raises:
        LedgerFault: the older one is not of this ledger, or the ledger does not continue it.
    """
    books = books_of(home)
    before = open_checkpoint(old, books.origin, [key.verifier for key in books.log_keys])
    data, reader = books.published()
    now = reader.checkpoint
    proof = reader.consistency_proof(before.size)
    verify_consistency(before.size, now.size, proof, before.root, now.root)
    return {
        "old": before.size,
        "new": now.size,
        "proof": [to_base64(one) for one in proof],
        "checkpoint": data.decode(),
    }


def _proof(home: Home, store: Store, prove: Callable[[], Pieces]) -> tuple[Pieces, Proven]:
    try:
        pieces = prove()
    except (NotSealed, Missing):
        seal_now(home, store)
        pieces = prove()
    try:
        return pieces, checked(pieces, trust_of(home))
    except EvidenceFault as fault:
        raise NotProvable(f"the proof does not hold: {fault}") from None
