"""Judging after sealing: what is due is judged, and what moved is told."""

from __future__ import annotations

from prodworthy.assurance.stages.assessor import Assessor
from prodworthy.assurance.stages.due import operated
from prodworthy.interfaces.standards import load_standard
from prodworthy.interfaces.telling import tell
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault


class Judging:
    """For one thread. Remembers up to which leaf it has judged."""

    def __init__(self, store: Store, vault: Vault) -> None:
        """Nothing is judged yet: at first everything is due."""
        self._store = store
        self._assessor = Assessor(store, vault, load_standard())
        self._size = 0

    def judge(self, size: int, now: int) -> None:
        """Judge what is due at `now` (Unix ns), the ledger having `size` leaves. Raises StoreFault."""
        urgent = operated(self._store, self._size) if size > self._size else ()
        tell(self._store, self._assessor.assess_due(now, urgent))
        self._size = size
