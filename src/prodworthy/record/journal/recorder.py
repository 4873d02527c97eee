"""Takes what gateways spooled into the journal, each frame exactly once.

The rows of a batch and the position behind it are written in one transaction: however this process ends, the next one
goes on where the journal stands. Nothing is skipped in silence: what is wrong with a spool becomes an operation event
(`findings`).

1. A spool is the segments of one gateway, taken in order. Whether its owner lives is asked before the file is read.
2. While it lives, whole frames are taken and a partial one waits.
3. A segment without an owner is final: all of it taken, it is deleted; what is damaged goes aside as `.corrupt`.
4. A spool whose last segment is final has ended: its position is forgotten, and the file with it.
"""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from prodworthy.record.faults import StoreFault
from prodworthy.record.journal.batch import Batch, Taker
from prodworthy.record.journal.findings import Finding, record_finding
from prodworthy.record.journal.frames import Rest
from prodworthy.record.journal.positions import Position, forget_position, move_position, read_position
from prodworthy.record.journal.prices import Prices
from prodworthy.record.journal.reading import Chunk, last_kind, read_chunk
from prodworthy.record.journal.segment import SegmentName, owner_lives, segment_name, sync_directory
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault

# between two batches others get the one write lock that SQLite has: they ask for it every millisecond
YIELD_SECONDS = 0.003
CORRUPT = ".corrupt"
ENDED = ".ended"
_log = logging.getLogger("prodworthy.recorder")


class Recorder:
    """For one thread. One recorder per spool directory; a second one does no harm, and no good."""

    def __init__(self, store: Store, spool_directory: Path, vault: Vault, prices: Prices | None = None) -> None:
        """Nothing is read yet."""
        self._store = store
        self._directory = spool_directory
        self._taker = Taker(vault, prices or Prices())
        self._positions: dict[str, Position] = {}

    def drain(self) -> int:
        """Take all whole frames that are in the spools now; how many were taken.

        Raises:
            StoreFault: the database; what was not taken stays in the spools, and the next call goes on from there.
        """
        taken = 0
        try:
            for gateway, numbers in self._spools().items():
                try:
                    taken += self._drain_spool(gateway, numbers)
                except OSError as error:
                    _log.warning("the spool of %s cannot be read: %s", gateway, error.strerror)
        except StoreFault:
            # the database may have been replaced, or a day dropped: nothing that was remembered counts
            self._positions.clear()
            self._taker.days.clear()
            raise
        return taken

    def _spools(self) -> dict[str, list[int]]:
        """The segments by gateway, in order."""
        found: dict[str, list[int]] = {}
        try:
            names = os.listdir(self._directory)
        except FileNotFoundError:
            return {}
        for file in names:
            name = segment_name(file.removesuffix(ENDED))
            if name is not None:
                found.setdefault(name.gateway, []).append(name.number)
        return {gateway: sorted(numbers) for gateway, numbers in sorted(found.items())}

    def _drain_spool(self, gateway: str, numbers: list[int]) -> int:
        """Steps 1 to 4 for one gateway."""
        taken = 0
        for number in numbers:
            name = SegmentName(gateway, number)
            path = self._directory / str(name)
            if not path.exists():
                self._end(name)
                return taken
            position = self._position(gateway)
            if position.segment > number:
                # a damaged segment that was reported, but not yet put aside, before a crash
                os.rename(path, f"{path}{CORRUPT}")
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                lives = owner_lives(descriptor)
                count, last = self._take_segment(name, descriptor)
            finally:
                os.close(descriptor)
            taken += count
            if lives:
                return taken
            self._finish(name, last)
        return taken

    def _take_segment(self, name: SegmentName, descriptor: int) -> tuple[int, Chunk]:
        """Take the whole frames that a segment has now, batch by batch; how many, and the last chunk."""
        taken, size = 0, os.fstat(descriptor).st_size
        while True:
            before = self._position(name.gateway)
            offset = before.offset if before.segment == name.number else 0
            chunk = read_chunk(descriptor, offset)
            if chunk.frames:
                taken += self._take(name, before, chunk)
            if chunk.rest is not Rest.NONE or chunk.end >= size or not chunk.frames:
                return taken, chunk
            if self._store.dialect == "sqlite":
                time.sleep(YIELD_SECONDS)

    def _take(self, name: SegmentName, before: Position, chunk: Chunk) -> int:
        """One batch in one transaction."""
        batch, sequence, count = Batch(name.gateway, self._taker), before.sequence, 0
        findings: list[Finding] = []
        for frame in chunk.frames:
            # a segment whose sync failed was written again in the next one: what is known is skipped
            if frame.sequence <= sequence:
                continue
            if frame.sequence != sequence + 1:
                findings.append(Finding("SpoolGap", name.gateway, str(name), frame.sequence - sequence - 1))
            batch.read(frame)
            sequence, count = frame.sequence, count + 1
        if batch.unreadable:
            findings.append(Finding("ContentUnreadable", name.gateway, str(name), batch.unreadable))
        after = Position(name.number, chunk.end, sequence)
        batch.prepare(self._store)
        with self._store.begin() as connection:
            move_position(connection, name.gateway, before, after)
            batch.write(connection)
            for finding in findings:
                record_finding(connection, finding)
        batch.written()
        self._positions[name.gateway] = after
        return count

    def _finish(self, name: SegmentName, chunk: Chunk) -> None:
        """Step 3 and 4: nobody writes to this segment any more, and all its whole frames are taken."""
        path = self._directory / str(name)
        before = self._position(name.gateway)
        if chunk.rest is Rest.CORRUPT:
            after = Position(name.number + 1, 0, before.sequence)
            amount = path.stat().st_size - chunk.end
            self._report(before, after, Finding("SpoolCorrupt", name.gateway, str(name), amount))
            os.rename(path, f"{path}{CORRUPT}")
            return
        if chunk.rest is Rest.PARTIAL:
            size = path.stat().st_size
            after = Position(name.number, size, before.sequence)
            self._report(before, after, Finding("SpoolCut", name.gateway, str(name), size - chunk.end))
        # a next segment appears before the lock on this one is given up, so looking again is conclusive
        if max(self._spools()[name.gateway]) > name.number:
            os.unlink(path)
            sync_directory(self._directory)
            return
        os.rename(path, f"{path}{ENDED}")
        sync_directory(self._directory)
        self._end(name)

    def _end(self, name: SegmentName) -> None:
        """Forget the position of a spool that has ended, then its last file; in this order also after a crash."""
        path = self._directory / f"{name}{ENDED}"
        kind = last_kind(path)
        with self._store.begin() as connection:
            known = forget_position(connection, name.gateway)
            if known and kind != "Closed":
                record_finding(connection, Finding("GatewayLost", name.gateway, str(name), 1))
        self._positions.pop(name.gateway, None)
        os.unlink(path)

    def _report(self, before: Position, after: Position, finding: Finding) -> None:
        with self._store.begin() as connection:
            move_position(connection, finding.gateway, before, after)
            record_finding(connection, finding)
        self._positions[finding.gateway] = after

    def _position(self, gateway: str) -> Position:
        found = self._positions.get(gateway)
        if found is None:
            with self._store.connect() as connection:
                found = self._positions[gateway] = read_position(connection, gateway)
        return found
