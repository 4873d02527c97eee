"""A leaf of the ledger as its page shows it: the statement, and the proof that the checkpoint covers it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Leaf(msgspec.Struct, frozen=True):
    """One leaf: its statement as JSON to read, and a tlog-proof. Unless `included`, no checkpoint covers it yet."""

    index: int
    hash: str
    keyid: str
    statement: str
    proof: str
    included: bool


class Leaves(msgspec.Struct, frozen=True):
    """Where leaves come from: `read` gives the one at an index, None for one that there is not."""

    read: Callable[[int], Leaf | None]

    def leaf(self, index: int) -> Leaf | None:
        """The leaf at an index."""
        return self.read(index)
