"""Judging after sealing: what is due is judged, and what moved is told."""

from __future__ import annotations

from prodworthy.assurance.stages.assessor import Assessor
from prodworthy.assurance.stages.due import operated
from prodworthy.interfaces.standards import load_standard
from prodworthy.interfaces.telling import tell
from prodworthy.operations.acts import Target
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault

MOST = 250
"""Workloads that are judged in one turn, some 12 ms of CPU each: sealing waits meanwhile. The others come next."""


class Judging:
    """For one thread. Remembers up to which leaf it has judged, and what is left of the last turn."""

    def __init__(self, store: Store, vault: Vault) -> None:
        """Nothing is judged yet: at first everything is due."""
        self._store = store
        self._assessor = Assessor(store, vault, load_standard())
        self._size = 0
        self._left: frozenset[Target] = frozenset()

    def judge(self, size: int, now: int) -> None:
        """Judge what is due at `now` (Unix ns), the ledger having `size` leaves. Raises StoreFault."""
        operated_since = operated(self._store, self._size) if size > self._size else frozenset()
        targets = self._assessor.due(now, self._left | operated_since)
        tell(self._store, self._assessor.assess_all(targets[:MOST], now))
        self._size, self._left = size, frozenset(targets[MOST:])
