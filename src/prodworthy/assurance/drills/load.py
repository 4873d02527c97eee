"""Traffic of a drill: requests at a steady pace, and streams that are read as fast as they come; both bounded."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec

from prodworthy.assurance.drills.door import Door, Unanswered, Visit

MOST_AT_ONCE = 32
"""Requests under way at once; where answers take longer than that allows, the pace falls."""


class Asked(msgspec.Struct, frozen=True):
    """One request of the load: when it was sent and when its last byte came (monotonic seconds), and what it was.

    `status` is 0 where no answer came.
    """

    sent: float
    ended: float
    status: int
    code: str = ""

    @property
    def answered(self) -> bool:
        """Whether it got what it asked for."""
        return self.status == 200


class Load:
    """The same request again and again, `rate` times a second, each on a connection of its own."""

    def __init__(self, door: Door, path: str, body: bytes, rate: int) -> None:
        """Nothing is sent yet."""
        self._door, self._path, self._body = door, path, body
        self._every = 1.0 / rate
        self._stopped = threading.Event()
        self._free = threading.Semaphore(MOST_AT_ONCE)
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="drill load")
        self._pacing = threading.Thread(target=self._pace, name="drill pace", daemon=True)
        self._sent: dict[Visit, float] = {}
        self.asked: list[Asked] = []

    def start(self) -> None:
        """Begin."""
        self._pacing.start()

    def stop(self) -> None:
        """Send nothing more, and hang up on what is under way."""
        self._stopped.set()
        if self._pacing.is_alive():
            self._pacing.join()
        for visit in list(self._sent):
            visit.leave()
        self._pool.shutdown(cancel_futures=True)

    def under_way(self) -> list[float]:
        """When those were sent whose answers are still awaited, in monotonic seconds."""
        return list(self._sent.values())

    def _pace(self) -> None:
        due = time.monotonic()
        while not self._stopped.wait(max(0.0, due - time.monotonic())):
            if self._free.acquire(blocking=False):
                self._pool.submit(self._once)
            due = max(due + self._every, time.monotonic())

    def _once(self) -> None:
        with contextlib.closing(self._door.visit()) as visit:
            sent = self._sent[visit] = time.monotonic()
            try:
                visit.open(self._path, self._body)
                reply = visit.whole()
                self.asked.append(Asked(sent, time.monotonic(), reply.status, reply.code))
            except Unanswered:
                self.asked.append(Asked(sent, time.monotonic(), 0))
            finally:
                del self._sent[visit]
                self._free.release()


class HeldStream:
    """A stream that is opened again when it ends, until `close_door`; it notes when its last byte came."""

    def __init__(self, door: Door, path: str, body: bytes, patience: float) -> None:
        """Nothing is opened yet; `patience` is how long it may be silent, in seconds."""
        self._door, self._path, self._body, self._patience = door, path, body, patience
        self._door_closed, self._hung_up = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._visit: Visit | None = None
        self._thread = threading.Thread(target=self._live, name="drill stream", daemon=True)
        self.last_byte = 0.0
        self.running = False

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def flows(self, within: float) -> bool:
        """Whether it is open, and bytes came within so many seconds."""
        return self.running and time.monotonic() - self.last_byte <= within

    @property
    def ended(self) -> bool:
        """Whether it has ended for good."""
        return not self._thread.is_alive()

    def close_door(self) -> None:
        """Do not open it again."""
        self._door_closed.set()

    def hang_up(self) -> None:
        """End it from here, and wait for its end."""
        self._door_closed.set()
        self._hung_up.set()
        with self._lock:
            if self._visit is not None:
                self._visit.leave()
        if self._thread.ident is not None:
            self._thread.join()

    def _live(self) -> None:
        while not self._door_closed.is_set():
            with contextlib.suppress(Unanswered):  # that it does not flow is what is looked at
                self._read()
            self._door_closed.wait(0.02)  # a stream that is refused at once is not asked for in a tight loop

    def _read(self) -> None:
        with contextlib.closing(self._door.visit(self._patience)) as visit:
            with self._lock:
                self._visit = visit
            try:
                status = visit.open(self._path, self._body)
                while status == 200 and not self._hung_up.is_set() and visit.read():
                    self.last_byte = time.monotonic()
                    self.running = True
            finally:
                self.running = False
