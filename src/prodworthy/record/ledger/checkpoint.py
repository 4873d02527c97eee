"""The text of a checkpoint (C2SP tlog-checkpoint): which log, how many leaves, which root. Its signatures: `note`."""

from __future__ import annotations

from dataclasses import dataclass

from prodworthy.record.ledger.encoding import from_decimal, hash_from_base64, to_base64, to_text
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.merkle import EMPTY_ROOT, HASH_BYTES, LARGEST_TREE


@dataclass(frozen=True, slots=True)
class Head:
    """How far a ledger has come: what to keep elsewhere to notice later that it was rolled back."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin of the log, leaves, root, and extension lines, which nobody audits and we do not write."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises Malformed for what cannot be written so that it reads back the same."""
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line or to_text(line.encode("utf-8", "replace"), "a checkpoint") != line:
                raise Malformed("the lines of a checkpoint are not empty")
        if not 0 <= self.size <= LARGEST_TREE or len(self.root) != HASH_BYTES:
            raise Malformed(f"a checkpoint has 0 to 2^63 - 1 leaves and a root of {HASH_BYTES} bytes")
        if not self.size and self.root != EMPTY_ROOT:
            raise Malformed("an empty tree has another root")

    @property
    def head(self) -> Head:
        """Size and root."""
        return Head(self.size, self.root)

    def text(self) -> bytes:
        """The text that is signed; it ends in a newline."""
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines).encode()


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read the text of a checkpoint, without its signatures. Raises Malformed."""
    lines = to_text(text, "a checkpoint").split("\n")
    if len(lines) < 4 or lines[-1]:
        raise Malformed("a checkpoint has at least three lines, each ended by a newline")
    size, root = from_decimal(lines[1], "a checkpoint's size"), hash_from_base64(lines[2], "a checkpoint's root")
    return Checkpoint(lines[0], size, root, tuple(lines[3:-1]))
