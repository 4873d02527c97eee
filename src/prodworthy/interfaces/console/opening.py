"""The pages, composed for one installation."""

from __future__ import annotations

from starlette.applications import Starlette

from prodworthy.interfaces.books import trust_of
from prodworthy.interfaces.console.app import Parts
from prodworthy.interfaces.console.app import create_console as create
from prodworthy.interfaces.console.leaves import LeafFault, Leaves, Opened
from prodworthy.interfaces.settings import Home, SettingsFault
from prodworthy.interfaces.standards import load_standard
from prodworthy.record.ledger.reading import read_checkpoint
from prodworthy.record.ledger.storage import FolderStorage
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags


def create_console(store: Store, flags: Flags, home: Home) -> Starlette:
    """The application over this store and the ledger in the home folder."""
    return create(Parts(store, flags, load_standard(), Leaves(lambda: opened(home))))


def opened(home: Home) -> Opened:
    """The ledger of an installation, to read. Of its keys only the public halves are kept.

    Raises:
        LedgerFault: there is no ledger yet. Its keys are then not asked for either: asking would make them.
        LeafFault: its keys cannot be read.
    """
    storage = FolderStorage(home.ledger)
    read_checkpoint(storage)
    try:
        return Opened(storage, trust_of(home))
    except SettingsFault as fault:
        raise LeafFault(f"the keys of the ledger cannot be read: {fault}") from None
