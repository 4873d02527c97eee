"""What a pack is made of, from the ledger and the store of an installation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select

from prodworthy.assurance.packing.chains import Place
from prodworthy.assurance.packing.showing import Opening
from prodworthy.record.ledger.faults import LedgerDamaged
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.sealing.applying import read_chains, read_head
from prodworthy.record.sealing.books import Books
from prodworthy.record.sealing.commitment import fields_of, opened_by_default, opening
from prodworthy.record.sealing.forms import OperationForm
from prodworthy.record.sealing.sealer import Sealer
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import operation_event, operation_leaf

WAIT = 30.0
"""Seconds that are waited for another writer of the ledger."""

Stamping = Callable[[bytes], bytes | None]


def no_stamp(text: bytes) -> bytes | None:
    """No authority is asked."""
    return None


class Recorded:
    """The ledger and the store of this installation. `names`: whether events are opened whole, persons included."""

    def __init__(
        self, store: Store, books: Books, sealer: Sealer, names: bool = False, stamping: Stamping = no_stamp
    ) -> None:
        """Nothing is read yet."""
        self._store = store
        self._books = books
        self._sealer = sealer
        self._names = names
        self._stamping = stamping

    def newest(self) -> tuple[bytes, Reader]:
        """The published checkpoint, and a reader up to it. Raises LedgerFault."""
        return self._books.published()

    def last_leaves(self, size: int) -> Mapping[Place, int]:
        """The last statement of each chain. Raises LedgerFault, SealingFault, StoreFault."""
        self._sealer.seal(WAIT)
        with self._store.connect() as connection:
            if read_head(connection).size < size:
                raise LedgerDamaged("the database does not know all that the ledger holds: see prodworthy ledger")
            return {place: leaf for place, (_, leaf) in read_chains(connection).items()}

    def openings(self, forms: list[OperationForm]) -> Mapping[int, Opening]:
        """The openings of these events by number, of those whose row and salt are there. Raises StoreFault."""
        table, leaf = operation_event.c, operation_leaf.c
        query = select(operation_event, leaf.salt).join(operation_leaf, leaf.event == table.id)
        query = query.where(table.id.in_([form.event for form in forms]))
        with self._store.connect() as connection:
            rows = connection.execute(query).all()
        found = {}
        for row in rows:
            fields = fields_of(row.actor, row.body)
            shown = fields if self._names else opened_by_default(row.kind, fields)
            found[row.id] = opening(row.id, bytes(row.salt), fields, shown)
        return found

    def close(self, manifest: str, places: Sequence[Place]) -> Mapping[Place, int]:
        """Have a statement of the manifest sealed in each chain; their leaves. Raises LedgerFault, StoreFault."""
        return {place: self._sealer.seal_pack(place, manifest, WAIT) for place in places}

    def stamp(self, text: bytes) -> bytes | None:
        """A time stamp of a checkpoint, None where no authority is asked. Raises LedgerFault."""
        return self._stamping(text)
