"""What the tests of the ledger share: keys, a slow tree straight from RFC 6962, where published vectors lie."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from prodworthy.record.ledger.keys import Kind, SigningKey, generate_key
from prodworthy.record.ledger.merkle import Nodes

VECTORS = Path(__file__).resolve().parents[4] / "shared" / "vectors"
needs_vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="the published vectors are not beside this repository")
ORIGIN = "log.example/evidence"
WITNESS = "witness.example/w1"


def key(name: str = ORIGIN, kind: Kind = Kind.ED25519, number: int = 1) -> SigningKey:
    """A key that is the same in every run."""
    return generate_key(name, kind, hashlib.sha256(f"{name} {kind:d} {number}".encode()).digest())


def slow_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, as it stands there, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + slow_root(leaves[:split]) + slow_root(leaves[split:])).digest()


def slow_nodes(leaves: Sequence[bytes]) -> Nodes:
    """The complete subtrees of a tree that lies in memory."""

    def nodes(height: int, index: int) -> bytes:
        part = leaves[index << height : (index + 1) << height]
        assert len(part) == 1 << height, "asked for a subtree that is not complete"
        return slow_root(part)

    return nodes
