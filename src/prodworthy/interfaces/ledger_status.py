"""How far the ledger has come, what waits to be sealed, and the bound on what could be lost, by durability."""

from __future__ import annotations

from collections import Counter

import msgspec

from prodworthy.interfaces.books import books_of
from prodworthy.interfaces.settings import Home
from prodworthy.operations.roster.roster import workloads
from prodworthy.policy.core.manifest import Durability, Manifest
from prodworthy.record.ledger.checkpoint import Head
from prodworthy.record.ledger.faults import Forked, LedgerFault, Missing, RolledBack
from prodworthy.record.ledger.merkle import EMPTY_ROOT
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.sealing.applying import read_head
from prodworthy.record.sealing.books import Books
from prodworthy.record.sealing.unsealed import waiting
from prodworthy.record.store.database import Store

_BOUNDS = {
    Durability.BATCHED: "at most the last 50 ms when a gateway is killed, about the last second at a power cut",
    Durability.SYNC: "no Received; Completed of the last 50 ms when a gateway is killed, of a second at a power cut",
    Durability.STRICT: "nothing that a caller saw end",
}
"""Measured in tests/record/journal/test_killed.py, and told in docs/architecture.md."""


class Loss(msgspec.Struct, frozen=True):
    """What could be lost, and where."""

    where: str
    bound: str


class LedgerStatus(msgspec.Struct, frozen=True):
    """The ledger now. `seen` is its size as the database knows it; times are Unix nanoseconds, 0 where there is none.

    `fault` says why nothing can be sealed, as far as reading shows it.
    """

    origin: str
    size: int
    seen: int
    root: str
    checkpoint_at: int
    segments: int
    frames: int
    events: int
    waiting_since: int
    losses: tuple[Loss, ...]
    fault: str = ""


def ledger_status(home: Home, store: Store, now: int) -> LedgerStatus:
    """The status at a time (Unix nanoseconds). Raises SettingsFault, StoreFault."""
    books = books_of(home)
    with store.connect() as connection:
        seen, waits = read_head(connection), waiting(connection)
    try:
        _, reader = books.published()
        head, fault = reader.checkpoint.head, _disagreement(reader, seen)
    except Missing:
        head = Head(0, EMPTY_ROOT)
        fault = "the ledger's folder is gone, and the database has seen one: restore it" if seen.size else ""
    except LedgerFault as error:
        head, fault = Head(0, EMPTY_ROOT), f"{error} ({error.code})"
    return LedgerStatus(
        origin=books.origin,
        size=head.size,
        seen=seen.size,
        root=head.root.hex(),
        checkpoint_at=_written_at(books),
        segments=waits.segments,
        frames=waits.frames,
        events=waits.events,
        waiting_since=waits.since,
        losses=(*_by_durability(store), _unsealed_loss(home, waits.since, now)),
        fault=fault,
    )


def _disagreement(reader: Reader, seen: Head) -> str:
    size = reader.checkpoint.size
    if seen.size > size:
        return f"the ledger was put back: it has {size} leaves, the database has seen {seen.size} ({RolledBack.code})"
    if seen.size and reader.head_at(seen.size) != seen:
        return f"this is another ledger than the one that the database has seen ({Forked.code})"
    return ""


def _written_at(books: Books) -> int:
    """When the checkpoint was published, by its file."""
    try:
        return (books.folder / "checkpoint").stat().st_mtime_ns
    except OSError:
        return 0


def _by_durability(store: Store) -> list[Loss]:
    counts: Counter[Durability] = Counter()
    for version in workloads(store):
        try:
            counts[msgspec.json.decode(version.text, type=Manifest).durability] += 1
        except msgspec.DecodeError:
            counts[Durability.BATCHED] += 1
    return [Loss(f"{one.value} ({counts[one]} workloads)", _BOUNDS[one]) for one in Durability if counts[one]]


def _unsealed_loss(home: Home, since: int, now: int) -> Loss:
    """What a change of the database would leave no trace of."""
    if not home.settings.evidence.enabled:
        return Loss("unsealed", "everything that waits: [evidence] enabled is false on this machine")
    every = f"sealed every {home.settings.evidence.seconds:g} s while prodworthy serve runs"
    waited = f"the last {(now - since) / 1e9:.0f} s" if since else "nothing"
    return Loss("unsealed", f"{waited} could be changed in the database without trace; {every}")
