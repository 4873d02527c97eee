"""The pages, composed for one installation."""

from __future__ import annotations

from starlette.applications import Starlette

from prodworthy.interfaces.console.app import Parts
from prodworthy.interfaces.console.app import create_console as create
from prodworthy.interfaces.console.leaves import Leaves
from prodworthy.interfaces.settings import Home
from prodworthy.interfaces.standards import load_standard
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags


def create_console(store: Store, flags: Flags, home: Home) -> Starlette:
    """The application over this store and the ledger in the home folder."""
    return create(Parts(store, flags, load_standard(), Leaves(lambda index: None)))
