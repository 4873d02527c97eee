"""The tiles of a pack, as a ledger's reader asks for them."""

from __future__ import annotations

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.form import LEDGER
from prodworthy.assurance.audit.verifying.opened import Opened
from prodworthy.record.ledger.faults import Malformed, Missing
from prodworthy.record.ledger.tiles import LARGEST_FILE


class PackStorage:
    """The tiles of a pack, as a ledger's reader asks for them."""

    def __init__(self, opened: Opened) -> None:
        """Nothing is read yet."""
        self._opened = opened

    def read(self, path: str) -> bytes:
        """The file at `path` of the ledger. Raises Missing, Malformed."""
        name = LEDGER + path
        if name not in self._opened.archive.entries:
            raise Missing(f"the pack has no {name}")
        try:
            return self._opened.read(name, LARGEST_FILE)
        except PackFault as fault:
            raise Malformed(str(fault)) from fault
