"""Sealing as a process and the command line do it: with the keys that the settings name, after what is declared."""

from __future__ import annotations

import time
from collections.abc import Callable

from prodworthy.interfaces.books import attestors_of, books_of
from prodworthy.interfaces.installed import installed
from prodworthy.interfaces.judging import Judging
from prodworthy.interfaces.settings import Home, SettingsFault
from prodworthy.operations.acts import Target
from prodworthy.operations.roster.declaring import Declaring, install
from prodworthy.policy.controls.catalogue import discover
from prodworthy.record.sealing.attesting import Attesting
from prodworthy.record.sealing.sealer import Sealed, Sealer
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault, read_or_create_key

WAIT = 10.0
"""Seconds that the command line waits for another writer of the ledger."""


def seal_now(home: Home, store: Store, wait: float = WAIT) -> Sealed:
    """Seal everything that is unsealed now.

    Raises:
        SettingsFault: a key cannot be read.
        StoreFault, LedgerFault, SealingFault: as `Sealer.seal` does.
    """
    return Sealer(store, vault_of(home), books_of(home)).seal(wait)


def declare_now(home: Home, store: Store, target: Target) -> None:
    """Put on record what is installed, and what the manifest of a workload claims now. Raises StoreFault."""
    catalogue = discover()
    install(store, installed(catalogue), time.time_ns())
    Declaring(store, catalogue, home.settings.evidence.grace_days).declare(time.time_ns(), target)


class Evidence:
    """One turn after the other of what makes evidence. For one thread."""

    def __init__(self, home: Home, store: Store, clock: Callable[[], int] = time.time_ns) -> None:
        """Read the catalogue and the keys. Raises SettingsFault."""
        self._store = store
        self._clock = clock
        self._catalogue = discover()
        self._declaring = Declaring(store, self._catalogue, home.settings.evidence.grace_days)
        books, vault = books_of(home), vault_of(home)
        self._sealer = Sealer(store, vault, books, clock)
        self._judging = Judging(store, vault)
        self._attesting = Attesting(books, attestors_of(home), clock)
        self._installed = False

    def turn(self) -> Sealed:
        """Put on record what is installed and declared, seal, judge what is due, and tell what moved.

        Raises StoreFault, LedgerFault, SealingFault.
        """
        if not self._installed:
            install(self._store, installed(self._catalogue), self._clock())
            self._installed = True
        self._declaring.declare(self._clock())
        sealed = self._sealer.seal_if_due()
        self._judging.judge(sealed.size, self._clock())
        return sealed

    def attest(self) -> list[str]:
        """Ask witnesses and time stamps that are due; what went wrong. Raises LedgerFault."""
        return self._attesting.attest()


def vault_of(home: Home) -> Vault:
    """What makes the pseudonyms of persons. Raises SettingsFault where its key is not here; KeyFault."""
    if not home.master_key.exists():  # reading would make a new one, under which the same person is another
        raise SettingsFault(
            f"there is no master key in {home.master_key}; put it back, or start prodworthy serve first"
        )
    return Vault(read_or_create_key(home.master_key))
