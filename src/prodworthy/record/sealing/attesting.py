"""Has others attest the ledger's checkpoints where the settings name them: witnesses, and a time-stamping authority.

A rollback that is consistent in itself is visible only to who holds an older head, a witness or a time stamp. Both are
asked seldom, and after the checkpoint is published: who does not answer delays nothing, and is asked again.

Stamps are kept beside the ledger as `stamps/SIZE.tsr`, each on the text of the checkpoint of that size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from prodworthy.record.ledger.disk import Files, Machine
from prodworthy.record.ledger.faults import LedgerFault, LedgerUnwritable
from prodworthy.record.ledger.keys import VerifierKey
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.ledger.timestamp import request_stamp
from prodworthy.record.ledger.web import post
from prodworthy.record.ledger.witness import Ask, Witness, add_checkpoint
from prodworthy.record.sealing.books import Books

SECOND = 1_000_000_000
WITNESS_EVERY = 60 * SECOND
STAMP_EVERY = 3_600 * SECOND
"""Nanoseconds between two questions, as long as there is something new to attest."""

LOCK_SECONDS = 5.0


class Attestors(NamedTuple):
    """Witnesses by name, and the address and roots (DER) of a time-stamping authority, "" for none."""

    witnesses: dict[str, Witness]
    stamp_url: str = ""
    stamp_roots: tuple[bytes, ...] = ()


class Attesting:
    """For one thread."""

    def __init__(self, books: Books, attestors: Attestors, clock: Callable[[], int], ask: Ask = post) -> None:
        """Nobody is asked yet. `clock` gives Unix nanoseconds."""
        self._books = books
        self._attestors = attestors
        self._clock = clock
        self._ask = ask
        self._witnessed: dict[str, tuple[int, int]] = {}
        self._stamped = 0, 0

    def attest(self) -> list[str]:
        """Ask whoever is due; what went wrong, one text for each. Raises LedgerFault where the ledger itself cannot be
        read.
        """
        now = self._clock()
        due = [name for name in self._attestors.witnesses if now >= self._witnessed.get(name, (0, 0))[1]]
        stamps = bool(self._attestors.stamp_url) and now >= self._stamped[1]
        if not due and not stamps:
            return []
        note, reader = self._books.published()
        faults = self._witness(due, note, reader, now)
        if stamps and reader.checkpoint.size > self._stamped[0]:
            faults += self._stamp(reader, now)
        return faults

    def _witness(self, due: list[str], note: bytes, reader: Reader, now: int) -> list[str]:
        faults: list[str] = []
        lines, keys = b"", list[VerifierKey]()
        for name in due:
            size, _ = self._witnessed.get(name, (0, 0))
            if reader.checkpoint.size <= size:
                continue
            witness = self._attestors.witnesses[name]
            known = Witness(witness.url, witness.keys, size)
            self._witnessed[name] = size, now + WITNESS_EVERY
            try:
                cosigned = add_checkpoint(known, note, reader, now // SECOND, self._ask)
            except LedgerFault as fault:
                faults.append(f"witness {name}: {fault} ({fault.code})")
                continue
            self._witnessed[name] = cosigned.size, now + WITNESS_EVERY
            lines, keys = lines + cosigned.lines, [*keys, *witness.keys]
        if lines:
            with self._books.writing(LOCK_SECONDS) as writer:
                # a checkpoint that was published meanwhile is another one, and gets its cosignatures at the next turn
                if writer.head == reader.checkpoint.head:
                    writer.attach(lines, keys)
        return faults

    def _stamp(self, reader: Reader, now: int) -> list[str]:
        checkpoint = reader.checkpoint
        try:
            stamp = request_stamp(self._attestors.stamp_url, checkpoint.text(), self._attestors.stamp_roots, self._ask)
            self._keep(f"{checkpoint.size}.tsr", stamp)
        except LedgerFault as fault:
            self._stamped = self._stamped[0], now + WITNESS_EVERY
            return [f"time stamp: {fault} ({fault.code})"]
        self._stamped = checkpoint.size, now + STAMP_EVERY
        return []

    def _keep(self, name: str, stamp: bytes) -> None:
        folder = self._books.stamps
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            files = Files(folder, Machine())
            files.put(name, stamp)
            files.settle()
        except OSError as error:
            raise LedgerUnwritable(f"the time stamp was not kept: {error.strerror or error}") from error
