"""A proof of logging in one text (C2SP tlog-proof, `.tlog-proof`): index, inclusion proof, checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

from prodworthy.record.ledger.checkpoint import parse_checkpoint
from prodworthy.record.ledger.encoding import from_base64, from_decimal, hash_from_base64, to_base64, to_text
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.merkle import verify_inclusion
from prodworthy.record.ledger.note import LARGEST_NOTE, parse_note
from prodworthy.record.ledger.trust import Trusted, TrustPolicy

MAGIC = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 63
"""A tree of 2^63 leaves is that high."""
LARGEST_EXTRA = 64 << 10
LARGEST_PROOF = LARGEST_NOTE + 2 * LARGEST_EXTRA


@dataclass(frozen=True, slots=True)
class Proof:
    """Index of the leaf, inclusion proof from the leaf upwards, the signed checkpoint, and unsigned extra data."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def data(self) -> bytes:
        """The proof as it is stored."""
        lines = [MAGIC, *([] if self.extra is None else [f"extra {to_base64(self.extra)}"]), f"index {self.index}"]
        lines += [to_base64(value) for value in self.hashes]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.checkpoint


def parse_proof(data: bytes) -> Proof:
    """Read a proof; nothing is verified but the form, that of its checkpoint included. Raises Malformed."""
    if len(data) > LARGEST_PROOF:
        raise Malformed(f"a proof may have {LARGEST_PROOF:,} bytes")
    before, separator, checkpoint = data.partition(b"\n\n")
    lines = to_text(before, "a proof").split("\n")
    if not separator or lines.pop(0) != MAGIC:
        raise Malformed(f"a proof begins with {MAGIC} and has an empty line before its checkpoint")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "), "the extra data of a proof")
    if not lines or not lines[0].startswith("index "):
        raise Malformed("a proof tells the index of its leaf")
    index = from_decimal(lines.pop(0).removeprefix("index "), "the index of a proof")
    if len(lines) > MOST_HASHES or len(extra or b"") > LARGEST_EXTRA:
        raise Malformed(f"a proof has {MOST_HASHES} hashes and {LARGEST_EXTRA:,} bytes of extra data at most")
    parse_checkpoint(parse_note(checkpoint).text)
    return Proof(index, tuple(hash_from_base64(line, "a hash of a proof") for line in lines), checkpoint, extra)


def verify_proof(proof: Proof, leaf: bytes, policy: TrustPolicy) -> Trusted:
    """What the policy says of the checkpoint, after the leaf with hash `leaf` was found under its root.

    Raises:
        Malformed: the checkpoint is none.
        NotSigned: it is not signed, or not witnessed, as the policy demands.
        NotProven: the leaf is not under its root.
    """
    trusted = policy.open(proof.checkpoint)
    verify_inclusion(leaf, proof.index, trusted.checkpoint.size, proof.hashes, trusted.checkpoint.root)
    return trusted
