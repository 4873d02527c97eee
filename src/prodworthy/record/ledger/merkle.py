"""The Merkle tree of RFC 6962 section 2.1 over SHA-256: roots; proofs of inclusion and consistency.

Proofs of subtrees follow draft-ietf-plants-merkle-tree-certs sections 4.1 to 4.4; the proofs of RFC 6962 are those of a
subtree that starts at 0. Verifying refuses a consistency proof from an empty tree, which would say nothing, and any
hash that is not 32 bytes long.

A tree is read through `Nodes`: the hash of the complete subtree of height h whose leaves are [i << h, (i + 1) << h).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from prodworthy.record.ledger.faults import Malformed, NotProven

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
LARGEST_TREE = (1 << 63) - 1
"""Leaves; the number that C2SP tlog-cosignature and every 64-bit signed integer can hold."""
Nodes = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf, 32 bytes."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node, 32 bytes."""
    return sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The complete subtrees that a tree of `size` leaves falls into, largest first: enough to go on from."""

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """`hashes`, one for every bit that is set in `size`. Raises Malformed if they are more or fewer."""
        self.size = size
        self._hashes = list(hashes)
        if len(self._hashes) != size.bit_count():
            raise Malformed(f"a tree of {size} leaves falls into {size.bit_count()} subtrees, not {len(self._hashes)}")

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The hashes of the complete subtrees, largest first."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add a leaf by its hash."""
        size, hashes = self.size, self._hashes
        while size & 1:
            leaf = sha256(b"\x01" + hashes.pop() + leaf).digest()
            size >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree."""
        return _fold(self._hashes)

    def copy(self) -> CompactRange:
        """An independent range that stands where this one stands."""
        return CompactRange(self.size, self._hashes)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    tree = CompactRange()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def complete_subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees `(height, index)` of [start, end), left to right; `start` must fit the largest of them."""
    found = []
    while start < end:
        height = (end - start).bit_length() - 1
        found.append((height, start >> height))
        start += 1 << height
    return found


def range_root(nodes: Nodes, start: int, end: int) -> bytes:
    """The root of the subtree [start, end)."""
    return _fold([nodes(height, index) for height, index in complete_subtrees(start, end)])


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """The proof that leaf `index` is in the tree of `size` leaves, from the leaf upwards.

    Raises:
        NotProven: there is no such leaf.
    """
    return subtree_inclusion_proof(nodes, index, 0, size)


def subtree_inclusion_proof(nodes: Nodes, index: int, start: int, end: int) -> list[bytes]:
    """The proof that leaf `index` is in the subtree [start, end). Raises NotProven if it is not."""
    _expect_subtree(start, end)
    if not start <= index < end:
        raise NotProven(f"leaf {index} is not in [{start}, {end})")
    low, high, ranges = start, end, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
    return [range_root(nodes, *part) for part in reversed(ranges)]


def consistency_proof(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `old` leaves is the beginning of the tree of `new` leaves.

    Raises:
        NotProven: not 0 < old <= new.
    """
    if not old:
        raise NotProven("a consistency proof from an empty tree says nothing")
    return subtree_consistency_proof(nodes, 0, old, new)


def subtree_consistency_proof(nodes: Nodes, start: int, end: int, size: int) -> list[bytes]:
    """The proof that the subtree [start, end) is part of the tree of `size` leaves. Raises NotProven."""
    _expect_subtree(start, end)
    if end > size:
        raise NotProven(f"[{start}, {end}) is not within {size} leaves")
    if start == end:
        return []
    low, high, known, ranges = 0, size, True, []
    while (low, high) != (start, end):
        middle = low + _split(high - low)
        if end <= middle:
            ranges.append((middle, high))
            high = middle
        else:
            ranges.append((low, middle))
            low = middle
            if start < middle:
                start, known = middle, False
    if not known:
        ranges.append((low, high))
    return [range_root(nodes, *part) for part in reversed(ranges)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return if leaf hash `leaf` stands at `index` in the tree of `size` leaves with this root. Raises NotProven."""
    if not 0 <= index < size:
        raise NotProven(f"a tree of {size} leaves has no leaf {index}")
    _expect_hashes(leaf, root, *proof)
    if not hmac.compare_digest(_climb(leaf, index, size - 1, proof), root):
        raise NotProven(f"the proof does not lead from leaf {index} to the root")


def verify_subtree_inclusion(leaf: bytes, index: int, subtree: range, proof: Sequence[bytes], root: bytes) -> None:
    """Return if `leaf` stands at `index` of the log, within a subtree with this root. Raises NotProven."""
    _expect_subtree(subtree.start, subtree.stop)
    verify_inclusion(leaf, index - subtree.start, len(subtree), proof, root)


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Return if the tree of `old` leaves is the beginning of that of `new` leaves. Raises NotProven."""
    if not 0 < old <= new:
        raise NotProven(f"a consistency proof needs 0 < old <= new, not {old} and {new}")
    verify_subtree_consistency(range(old), new, proof, old_root, new_root)


def verify_subtree_consistency(subtree: range, size: int, proof: Sequence[bytes], part: bytes, root: bytes) -> None:
    """Return if the subtree with root `part` is what the tree of `size` leaves with `root` has there. Raises NotProven.

    An empty subtree has one root only and needs no proof; then nothing is said of the tree.
    """
    start, end = subtree.start, subtree.stop
    _expect_subtree(start, end)
    _expect_hashes(part, root, *proof)
    if end > size:
        raise NotProven(f"[{start}, {end}) is not within {size} leaves")
    if start == end:
        if proof or not hmac.compare_digest(part, EMPTY_ROOT):
            raise NotProven("an empty subtree has the root of an empty tree, and no proof")
        return
    found = _climb_both(start, end - 1, size - 1, proof, part)
    if not (hmac.compare_digest(found[0], part) and hmac.compare_digest(found[1], root)):
        raise NotProven(f"the proof does not lead from [{start}, {end}) to the root of {size} leaves")


def _climb(here: bytes, index: int, last: int, proof: Sequence[bytes]) -> bytes:
    """RFC 9162 section 2.1.3.2: the root that an inclusion proof leads to."""
    for sibling in proof:
        if not last:
            raise NotProven("the proof is too long")
        if index & 1 or index == last:
            here = node_hash(sibling, here)
            while not index & 1:
                index, last = index >> 1, last >> 1
        else:
            here = node_hash(here, sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise NotProven("the proof is too short")
    return here


def _climb_both(first: int, end: int, last: int, proof: Sequence[bytes], part: bytes) -> tuple[bytes, bytes]:
    """Section 4.4.3 of the draft: the roots of the subtree and of the tree that the proof leads to.

    `first` and `end` are the first and the last leaf of the subtree, `last` that of the tree.
    """
    while first != end and (end == last or end & 1):
        first, end, last = first >> 1, end >> 1, last >> 1
    rest = list(proof)
    if first == end:
        inner = outer = part
    elif rest:
        inner = outer = rest.pop(0)
    else:
        raise NotProven("the proof is empty")
    for sibling in rest:
        if not last:
            raise NotProven("the proof is too long")
        if end & 1 or end == last:
            if first < end:
                inner = node_hash(sibling, inner)
            outer = node_hash(sibling, outer)
            while not end & 1:
                first, end, last = first >> 1, end >> 1, last >> 1
        else:
            outer = node_hash(outer, sibling)
        first, end, last = first >> 1, end >> 1, last >> 1
    if last:
        raise NotProven("the proof is too short")
    return inner, outer


def _fold(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _split(count: int) -> int:
    """The largest power of two below `count`, which is 2 or more."""
    return 1 << ((count - 1).bit_length() - 1)


def _expect_subtree(start: int, end: int) -> None:
    width = end - start
    if start < 0 or width < 0 or (width and start & ((1 << (width - 1).bit_length()) - 1)):
        raise NotProven(f"[{start}, {end}) is not a subtree of a Merkle tree")


def _expect_hashes(*hashes: bytes) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise NotProven(f"a hash must be {HASH_BYTES} bytes long")
