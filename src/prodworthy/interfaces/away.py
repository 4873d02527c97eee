"""A database that cannot even be opened, in the place of one: what needs it hears why, what does not goes on."""

from __future__ import annotations

from typing import NoReturn

import sqlalchemy

from prodworthy.record.faults import StoreFault
from prodworthy.record.store.database import Store, open_store


class Away(Store):
    """Every use raises the fault that opening raised."""

    def __init__(self, fault: StoreFault) -> None:
        """Nothing is opened."""
        super().__init__(sqlalchemy.create_engine("sqlite+pysqlite://"))
        self._fault = fault

    def begin(self) -> NoReturn:
        """Raises the fault."""
        raise self._fault

    def connect(self) -> NoReturn:
        """Raises the fault."""
        raise self._fault


def open_or_away(url: str) -> Store:
    """The store, or in its place what says why it cannot be opened."""
    try:
        return open_store(url)
    except StoreFault as fault:
        return Away(fault)
