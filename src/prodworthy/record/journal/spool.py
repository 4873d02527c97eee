"""The durable spool of one gateway process: events go in on the event loop, a thread of its own writes them to disk.

Frames are written at the latest 20 ms after they were appended, and made durable (fdatasync) every second. A durable
append is written and synced at once, together with all that wait (group commit). A disk that fails never loses what was
accepted: it is kept in memory, written again until that works, and nothing new is admitted meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import re
import secrets
import threading
import time
from pathlib import Path

import msgspec

from prodworthy.policy.core.events import Closed, JournalEvent, Opened, Raised
from prodworthy.record.faults import SpoolFault
from prodworthy.record.journal.frames import MOST_CONTENT_BYTES, append_frame
from prodworthy.record.journal.segment import Disk, Segment, SegmentName

_LABEL = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.]{0,19}$")


class Bounds(msgspec.Struct, frozen=True):
    """Sizes in bytes, times in seconds.

    Above `admit` held in memory `accepting` is False; above `most` events are dropped, and counted.
    """

    admit: int = 32 << 20
    most: int = 64 << 20
    unsynced: int = 8 << 20
    segment: int = 64 << 20
    segment_age: float = 60.0
    write_after: float = 0.02
    sync_after: float = 1.0
    retry_after: float = 0.25


class Spool:
    """The spool of this process. `append` and `append_durable` belong to one event loop's thread."""

    def __init__(
        self, directory: Path, label: str, version: str, bounds: Bounds | None = None, disk: Disk | None = None
    ) -> None:
        """Open a new spool and record `Opened`. `gateway` is the label made unique, so sequences never meet.

        Raises:
            ValueError: the label is not 1 to 20 letters, digits, `_` or `.`.
            OSError: the directory or its first file cannot be created.
        """
        if not _LABEL.match(label):
            raise ValueError("a spool's label has 1 to 20 letters, digits, underscores or dots")
        self.gateway = f"{label}.{time.time_ns() // 1_000_000:011x}{secrets.token_hex(4)}"
        self._directory = directory
        self._bounds = bounds or Bounds()
        self._disk = disk or Disk()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # what the event loop adds to, under the lock
        self._lock = threading.Lock()
        self._pending = bytearray()
        self._waiting: list[asyncio.Future[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sequence = 0
        self._lost = 0
        self._woken = False
        self._closing = False
        self._wake = threading.Event()
        self._urgent = threading.Event()
        # what the writer has taken and not yet made durable; only the writer changes it
        self._kept: list[bytearray] = []
        self._kept_bytes = 0
        self._unwritten = 0
        self._synced_at = time.monotonic()
        self._fault = ""
        self._number = 0
        self._segment = self._next_segment()
        self._segment_at = time.monotonic()
        self._take(Opened(tenant="", at=time.time_ns(), version=version, pid=os.getpid()))
        self._writer = threading.Thread(target=self._run, name="spool", daemon=True)
        self._writer.start()

    @property
    def accepting(self) -> bool:
        """Whether new exchanges may begin: the disk takes what it is given, and memory has room."""
        return not self._fault and len(self._pending) + self._kept_bytes < self._bounds.admit

    @property
    def fault(self) -> str:
        """Why the spool is not accepting, "" while it is."""
        return self._fault or ("" if self.accepting else "more events are waiting than memory has room for")

    @property
    def lost(self) -> int:
        """Events dropped for want of memory since the last time that was recorded (as `Raised`)."""
        return self._lost

    def append(self, event: JournalEvent) -> None:
        """Accept an event; it is on disk within 20 ms and survives a power cut after a second.

        Raises:
            SpoolFault: the spool is closed, memory is full, or the event cannot be encoded. It is not recorded.
        """
        with self._lock:
            self._take(event)

    def append_durable(self, event: JournalEvent) -> asyncio.Future[None]:
        """Accept an event; the future is done once it would survive a power cut.

        The future raises SpoolFault if the event was not accepted, or cannot be made durable now (then it may still
        become so later: treat it as unknown).
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._lock:
            try:
                if self._fault:
                    raise SpoolFault(self._fault)
                self._take(event)
            except SpoolFault as fault:
                future.set_exception(fault)
                return future
            self._loop = loop
            self._waiting.append(future)
            if len(self._waiting) == 1:
                self._urgent.set()
        return future

    def close(self) -> None:
        """Record `Closed`, make everything durable and end the writer. Blocks for some milliseconds; may be repeated.

        Raises:
            SpoolFault: the disk did not take everything that was accepted.
        """
        with self._lock:
            if not self._closing:
                self._take(Closed(tenant="", at=time.time_ns()))
                self._closing = True
            self._wake.set()
            self._urgent.set()
        self._writer.join()
        if self._kept:
            raise SpoolFault(f"the spool was closed with {self._kept_bytes} bytes that the disk did not take")

    # --- on the event loop, under the lock

    def _take(self, event: JournalEvent) -> None:
        pending = self._pending
        if self._closing:
            raise SpoolFault("the spool is closed")
        if len(pending) + self._kept_bytes >= self._bounds.most:
            self._lost += 1
            raise SpoolFault("more events are waiting than memory has room for")
        try:
            if self._lost or len(getattr(event, "content", b"")) > MOST_CONTENT_BYTES:
                event = self._raise_conditions(event)
            sequence = self._sequence + 1
            append_frame(pending, sequence, event)
        except ValueError as error:
            raise SpoolFault(str(error)) from error
        self._sequence = sequence
        if not self._woken:
            self._woken = True
            self._wake.set()

    def _raise_conditions(self, event: JournalEvent) -> JournalEvent:
        """Record what could not be recorded: events that were dropped, content too large for a frame."""
        if self._lost:
            self._raise("events_lost", "", "", self._lost)
            self._lost = 0
        content = getattr(event, "content", b"")
        if len(content) > MOST_CONTENT_BYTES:
            self._raise("content_too_large", event.tenant, getattr(event, "workload", ""), 1)
            event = msgspec.structs.replace(event, content=b"")
        return event

    def _raise(self, condition: str, tenant: str, workload: str, count: int) -> None:
        raised = Raised(tenant=tenant, workload=workload, at=time.time_ns(), condition=condition, count=count)
        append_frame(self._pending, self._sequence + 1, raised)
        self._sequence += 1

    # --- in the writer's thread

    def _run(self) -> None:
        try:
            while True:
                self._pause()
                closing = self._closing
                waiting = self._collect()
                self._commit(waiting, closing)
                if closing:
                    return
        finally:
            # however the writer ends, nobody waits for it in vain and nothing new is admitted
            self._fault = self._fault or "the spool's writer has ended"
            with contextlib.suppress(OSError):
                self._segment.close()
            with self._lock:
                waiting, self._waiting = self._waiting, []
            self._release(waiting, self._fault)

    def _pause(self) -> None:
        """Wait until something is to be done: a frame 20 ms old, a durable append, a sync or a rotation that is due."""
        if self._fault:
            self._urgent.wait(self._bounds.retry_after)
            return
        now = time.monotonic()
        due = [] if self._segment.written == 0 else [self._segment_at + self._bounds.segment_age]
        if self._kept:
            due.append(self._synced_at + self._bounds.sync_after)
        self._wake.wait(max(min(due) - now, 0.0) if due else None)
        if self._woken:
            self._urgent.wait(self._bounds.write_after)

    def _collect(self) -> list[asyncio.Future[None]]:
        """Take over what was appended since the last time, and who waits for it."""
        with self._lock:
            taken, self._pending = self._pending, bytearray()
            waiting, self._waiting = self._waiting, []
            self._woken = False
            if not self._closing:
                self._wake.clear()
                self._urgent.clear()
            if taken:
                self._kept.append(taken)
                self._kept_bytes += len(taken)
        return waiting

    def _commit(self, waiting: list[asyncio.Future[None]], closing: bool) -> None:
        """Write, sync if somebody waits or it is due, and rotate; or keep everything and say why."""
        try:
            if self._segment.broken:
                self._rotate()
                self._unwritten = 0
            if self._segment.written == 0:
                self._segment_at = time.monotonic()
            while self._unwritten < len(self._kept):
                self._segment.append(self._kept[self._unwritten])
                self._unwritten += 1
            now = time.monotonic()
            due = now - self._synced_at >= self._bounds.sync_after or self._kept_bytes >= self._bounds.unsynced
            if waiting or closing or due or self._fault:
                self._sync()
            self._release(waiting, "")
            waiting = []
            if self._segment_is_full(now):
                self._sync()
                self._rotate()
        except OSError as error:
            self._fault = f"the disk does not take events: {errno.errorcode.get(error.errno or 0, 'OSError')}"
            self._release(waiting, self._fault)
        else:
            self._fault = ""

    def _sync(self) -> None:
        if self._kept:
            self._segment.sync()
            with self._lock:
                self._kept, self._kept_bytes, self._unwritten = [], 0, 0
        self._synced_at = time.monotonic()

    def _segment_is_full(self, now: float) -> bool:
        old = now - self._segment_at >= self._bounds.segment_age
        return self._segment.written >= self._bounds.segment or (old and self._segment.written > 0)

    def _rotate(self) -> None:
        """Open the next segment before the lock on the last is given up: a spool with a locked segment is alive."""
        last, self._segment = self._segment, self._next_segment()
        last.close()

    def _next_segment(self) -> Segment:
        self._number += 1
        return Segment(self._directory, SegmentName(self.gateway, self._number), self._disk)

    def _release(self, waiting: list[asyncio.Future[None]], fault: str) -> None:
        """Tell everybody in this batch, with one call into their event loop."""
        if waiting and self._loop is not None:
            # a loop that is closed has nobody left who waits
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(_settle, waiting, fault)


def _settle(waiting: list[asyncio.Future[None]], fault: str) -> None:
    for future in waiting:
        if future.done():
            continue
        if fault:
            future.set_exception(SpoolFault(fault))
        else:
            future.set_result(None)
