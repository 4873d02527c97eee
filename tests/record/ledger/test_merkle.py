"""Proofs lead to the root that RFC 6962 defines, and nothing but a right proof does."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.record.ledger import merkle
from prodworthy.record.ledger.faults import Malformed, NotProven
from tests.record.ledger.samples import VECTORS, needs_vectors, slow_nodes, slow_root

LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(80)]
NODES = slow_nodes(LEAVES)


@st.composite
def subtrees(draw: st.DrawFn) -> tuple[int, int, int]:
    """(start, end, size) of a subtree that is not empty."""
    size = draw(st.integers(1, len(LEAVES)))
    height = draw(st.integers(0, size.bit_length()))
    start = draw(st.integers(0, (size - 1) >> height)) << height
    return start, draw(st.integers(start + 1, min(size, start + (1 << height)))), size


@pytest.mark.parametrize("size", range(len(LEAVES)))
def test_roots(size: int) -> None:
    tree = merkle.CompactRange()
    for leaf in LEAVES[:size]:
        tree.append(leaf)
    assert tree.size == size
    assert tree.root() == merkle.root_of(LEAVES[:size]) == slow_root(LEAVES[:size])
    assert merkle.range_root(NODES, 0, size) == tree.root()
    again = merkle.CompactRange(size, tree.hashes).copy()
    again.append(LEAVES[size])
    assert again.root() == slow_root(LEAVES[: size + 1])
    assert tree.size == size


def test_a_compact_range_needs_a_hash_for_every_subtree() -> None:
    with pytest.raises(Malformed):
        merkle.CompactRange(3, LEAVES[:1])


@given(subtrees(), st.data())
@settings(max_examples=200, deadline=None)
def test_inclusion(part: tuple[int, int, int], data: st.DataObject) -> None:
    start, end, size = part
    index = data.draw(st.integers(start, end - 1))
    proof = merkle.subtree_inclusion_proof(NODES, index, start, end)
    root = slow_root(LEAVES[start:end])
    merkle.verify_subtree_inclusion(LEAVES[index], index, range(start, end), proof, root)
    whole = merkle.inclusion_proof(NODES, index, size)
    merkle.verify_inclusion(LEAVES[index], index, size, whole, slow_root(LEAVES[:size]))
    for bad in _spoiled(whole):
        with pytest.raises(NotProven):
            merkle.verify_inclusion(LEAVES[index], index, size, bad, slow_root(LEAVES[:size]))


@given(subtrees())
@settings(max_examples=200, deadline=None)
def test_consistency(part: tuple[int, int, int]) -> None:
    start, end, size = part
    proof = merkle.subtree_consistency_proof(NODES, start, end, size)
    inner, root = slow_root(LEAVES[start:end]), slow_root(LEAVES[:size])
    merkle.verify_subtree_consistency(range(start, end), size, proof, inner, root)
    for bad in _spoiled(proof):
        with pytest.raises(NotProven):
            merkle.verify_subtree_consistency(range(start, end), size, bad, inner, root)
    old = merkle.consistency_proof(NODES, end, size)
    merkle.verify_consistency(end, size, old, slow_root(LEAVES[:end]), root)


def _spoiled(proof: list[bytes]) -> list[list[bytes]]:
    flipped = [[*proof[:at], bytes([one[0] ^ 1]) + one[1:], *proof[at + 1 :]] for at, one in enumerate(proof)]
    short = [proof[:-1], proof[1:], [*proof[:-1], proof[-1][:-1]]] if proof else []
    return [*flipped, *short, [*proof, LEAVES[0]], [LEAVES[0], *proof]]


def test_what_has_no_proof() -> None:
    for index, size in ((3, 3), (-1, 3), (0, 0)):
        with pytest.raises(NotProven):
            merkle.inclusion_proof(NODES, index, size)
        with pytest.raises(NotProven):
            merkle.verify_inclusion(LEAVES[0], index, size, [], LEAVES[0])
    with pytest.raises(NotProven):
        merkle.consistency_proof(NODES, 0, 3)
    with pytest.raises(NotProven):
        merkle.consistency_proof(NODES, 4, 3)
    for old, new in ((0, 3), (4, 3)):
        with pytest.raises(NotProven):
            merkle.verify_consistency(old, new, [], merkle.EMPTY_ROOT, LEAVES[0])
    for start, end in ((1, 3), (2, 5), (-1, 0), (3, 2)):
        with pytest.raises(NotProven):
            merkle.subtree_inclusion_proof(NODES, 1, start, end)
    with pytest.raises(NotProven):
        merkle.subtree_consistency_proof(NODES, 1, 3, 5)


def test_an_empty_subtree_says_nothing() -> None:
    assert merkle.subtree_consistency_proof(NODES, 5, 5, 7) == []
    merkle.verify_subtree_consistency(range(5, 5), 7, [], merkle.EMPTY_ROOT, LEAVES[0])
    for proof, root in (([LEAVES[0]], merkle.EMPTY_ROOT), ([], LEAVES[0])):
        with pytest.raises(NotProven):
            merkle.verify_subtree_consistency(range(5, 5), 7, proof, root, LEAVES[0])
    with pytest.raises(NotProven):
        merkle.verify_subtree_consistency(range(8, 8), 7, [], merkle.EMPTY_ROOT, LEAVES[0])


@needs_vectors
@pytest.mark.parametrize(
    "kind,count,odd",
    [("inclusion", 98, 0), ("consistency", 98, 1), ("subtreeinclusion", 204, 0), ("subtreeconsistency", 118, 3)],
)
def test_published_vectors(kind: str, count: int, odd: int) -> None:
    """Four of them take a text of 12 bytes for a root and want it accepted: here a root has 32 bytes.

    These are refused as they stand, and accepted with the SHA-256 of that text in its place.
    """
    cases = [
        json.loads(path.read_text())
        for path in sorted((VECTORS / "transparency-dev+merkle" / "testdata" / kind).rglob("*.json"))
    ]
    assert len(cases) == count
    short = [
        case for case in cases if not case["wantErr"] and {len(_bytes(case[name])) for name in _roots(case)} != {32}
    ]
    assert len(short) == odd
    for case in short:
        assert not _verifies(kind, case)
        case.update({name: base64.b64encode(_as_root(_bytes(case[name]))) for name in _roots(case)})
    assert not [case["desc"] for case in cases if _verifies(kind, case) == case["wantErr"]]


def _roots(case: dict[str, object]) -> list[str]:
    return [name for name in case if name.startswith("root")]


def _bytes(text: object) -> bytes:
    assert isinstance(text, str | bytes)
    return base64.b64decode(text)


def _as_root(value: bytes) -> bytes:
    return value if len(value) == 32 else hashlib.sha256(value).digest()


def _verifies(kind: str, case: dict[str, object]) -> bool:
    def given_as(name: str) -> bytes:
        return _bytes(case[name] or "")

    def number(name: str) -> int:
        return int(str(case[name]))

    proof = [base64.b64decode(one) for one in case["proof"] or ()]  # type: ignore[attr-defined]  # a list of texts
    try:
        if kind == "inclusion":
            merkle.verify_inclusion(
                given_as("leafHash"), number("leafIdx"), number("treeSize"), proof, given_as("root")
            )
        elif kind == "subtreeinclusion":
            part = range(number("start"), number("end"))
            merkle.verify_subtree_inclusion(given_as("leafHash"), number("leafIdx"), part, proof, given_as("root"))
        elif kind == "consistency":
            roots = given_as("root1"), given_as("root2")
            merkle.verify_consistency(number("size1"), number("size2"), proof, *roots)
        else:
            part = range(number("start"), number("end"))
            merkle.verify_subtree_consistency(part, number("size"), proof, given_as("root1"), given_as("root2"))
    except NotProven:
        return False
    return True
