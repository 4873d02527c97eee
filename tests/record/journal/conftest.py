"""Spools with given events, and a recorder that takes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from prodworthy.policy.core.events import JournalEvent
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.spool import Bounds, Spool
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault

Spooling = Callable[..., Spool]


@pytest.fixture
def spools(tmp_path: Path) -> Path:
    directory = tmp_path / "spool"
    directory.mkdir()
    return directory


@pytest.fixture
def spooled(spools: Path) -> Spooling:
    """Write events into a spool of their own and close it."""

    def write(*events: JournalEvent, bounds: Bounds | None = None) -> Spool:
        spool = Spool(spools, "gw", "1", bounds)
        for event in events:
            spool.append(event)
        spool.close()
        return spool

    return write


@pytest.fixture
def recorder(store: Store, spools: Path, vault: Vault) -> Recorder:
    return Recorder(store, spools, vault)
