"""Seals what is unsealed: statements about segments of the journal and about operation events go into the ledger.

1. The ledger must be the one that the database has seen, or a continuation of it; what it has beyond that was appended
   before a crash, and is read back and applied (`applying`).
2. The salts of new events are drawn and committed, so that no statement is ever without its salts.
3. Statements are made and signed, and appended: durable from here on, and published with the next checkpoint.
4. One transaction writes leaf numbers, chains, head and days of evidence.

However it ends, the next one goes on from there: nothing is sealed twice, and nothing is skipped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from prodworthy.record.ledger.log import Writer
from prodworthy.record.sealing.applying import apply, read_chains, read_head
from prodworthy.record.sealing.books import Books, forms_of
from prodworthy.record.sealing.statements import Entry, Statements
from prodworthy.record.sealing.unsealed import EVENTS_PER_ROUND, next_unsealed
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault

LEAVES_PER_ROUND = 400
"""Leaves that are read back and applied in one transaction."""

MOST_ROUNDS = 500
"""Rounds of one call; what is left waits for the next."""


class Sealed(NamedTuple):
    """What a call has sealed, and the size of the ledger after it. `recovered` leaves had been appended before."""

    segments: int
    events: int
    recovered: int
    size: int


class Sealer:
    """For one thread. Several may be at work: the ledger's lock lets one of them write."""

    def __init__(self, store: Store, vault: Vault, books: Books, clock: Callable[[], int] = time.time_ns) -> None:
        """Nothing is opened yet. `clock` gives Unix nanoseconds."""
        self._store = store
        self._books = books
        self._statements = Statements(vault, books.statement_keys, clock)
        self._all_events = True
        self._in_step = False

    def seal(self, wait: float = 0.0) -> Sealed:
        """Seal everything that is unsealed now; waits up to `wait` seconds for another writer of the ledger.

        Raises:
            StoreFault: the database; what was appended is applied by the next call.
            LedgerFault: the ledger is locked, cannot be written, or is not the one that this database has seen.
            SealingFault: the database is not the one that this ledger is about.
        """
        self._in_step = False
        with self._books.writing(wait) as writer:
            recovered = self._recover(writer)
            segments = events = 0
            for _ in range(MOST_ROUNDS):
                found = next_unsealed(self._store, self._all_events)
                self._all_events = len(found.events) == EVENTS_PER_ROUND
                if not found.segments and not found.events:
                    break
                with self._store.connect() as connection:
                    chains = read_chains(connection)
                entries = [*self._statements.operations(found.events, chains, writer.size)]
                entries += self._statements.traffic(found.segments, chains, writer.size + len(entries))
                self._append(writer, entries)
                segments, events = segments + len(found.segments), events + len(found.events)
            self._in_step = True
            return Sealed(segments, events, recovered, writer.size)

    def seal_if_due(self, wait: float = 0.0) -> Sealed:
        """As `seal`, but without a look at the ledger where that was done before and nothing waits. Raises as it does.

        The ledger is not written to, and its lock not asked for, while nothing happens.
        """
        if self._in_step:
            found = next_unsealed(self._store, self._all_events)
            if not found.segments and not found.events:
                with self._store.connect() as connection:
                    return Sealed(0, 0, 0, read_head(connection).size)
        return self.seal(wait)

    def seal_pack(self, place: tuple[str, str], manifest: str, wait: float = 0.0) -> int:
        """Put the digest (SHA-256, hex) of an audit pack's manifest into the ledger, in the chain of a workload.

        Returns the leaf. Raises as `seal` does.
        """
        with self._books.writing(wait) as writer:
            self._recover(writer)
            with self._store.connect() as connection:
                chains = read_chains(connection)
            leaf = writer.size
            self._append(writer, [self._statements.pack(place, manifest, chains)])
            return leaf

    def _recover(self, writer: Writer) -> int:
        """Step 1; how many leaves were read back."""
        with self._store.connect() as connection:
            before = read_head(connection)
        if before.size:
            writer.require_extends(before)
        if writer.size == before.size:
            return 0
        writer.publish()
        reader = self._books.reading(writer.head)
        for start in range(before.size, writer.head.size, LEAVES_PER_ROUND):
            end = min(start + LEAVES_PER_ROUND, writer.head.size)
            forms = [*forms_of(reader, start, end)]
            with self._store.begin() as connection:
                apply(connection, reader.head_at(start), forms, reader.head_at(end))
        return writer.head.size - before.size

    def _append(self, writer: Writer, entries: Sequence[Entry]) -> None:
        """Steps 3 and 4."""
        before = writer.head
        writer.append([entry.data for entry in entries])
        writer.publish()
        with self._store.begin() as connection:
            apply(connection, before, [entry.form for entry in entries], writer.head)
