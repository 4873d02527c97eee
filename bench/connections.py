"""The connections of a load, and the ledger in which they write what they saw."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable
from typing import cast

from bench.http import Answers

_TOOK = re.compile(rb"\r\nx-bench-took: (\d+)\r\n", re.IGNORECASE)
_SENT = re.compile(rb'"t=(\d+) ')


class Ledger:
    """Counts and times of one load. Times are nanoseconds, of what ended after the warm-up."""

    def __init__(self, loop: asyncio.AbstractEventLoop, warm: float) -> None:
        """`warm`: seconds after the beginning of which no times are kept."""
        self.answers = self.passed = self.faults = self.chunks = 0
        self._loop = loop
        self._warm = round(warm * 1_000_000_000)
        self._from = self._until = 0
        self._measured = 0
        self._times: list[int] = []
        self._due: deque[int] = deque()
        self._under_way = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def stalled(self) -> int:
        """Calls that have no end yet."""
        return self._under_way + len(self._due)

    def begin(self) -> None:
        """The first call leaves now."""
        self._from = time.monotonic_ns() + self._warm

    def end(self) -> None:
        """What ends from now on is counted, but not in the rate."""
        self._until = time.monotonic_ns()

    def opened(self) -> None:
        """A call is under way."""
        self._under_way += 1
        self._empty.clear()

    def closed(self, status: int, now: int) -> None:
        """A call has its answer."""
        self.answers += 1
        self.passed += status == 200
        if now >= self._from and not self._until:
            self._measured += 1
        self._less()

    def broken(self) -> None:
        """A call has lost its connection."""
        self.faults += 1
        self._less()

    def aborted(self) -> None:
        """A call was given up after it had begun to be answered."""
        self.answers += 1
        self._less()

    def dropped(self) -> None:
        """A call was given up because the load ends."""
        self._less()

    def took(self, nanoseconds: int, now: int) -> None:
        """Keep a time, unless still warming up."""
        if now >= self._from:
            self._times.append(nanoseconds)

    def call(self, due: int, free: list[Open]) -> None:
        """A call is due: send it, or let it wait for the next free connection."""
        self.opened()
        if free:
            free.pop().send(due)
        else:
            self._due.append(due)
            self._under_way -= 1

    def next_due(self) -> int | None:
        """The oldest call that waits for a connection."""
        if not self._due:
            return None
        self._under_way += 1
        return self._due.popleft()

    async def drained(self, seconds: float) -> None:
        """Wait until nothing is under way, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            return

    def rate(self) -> float:
        """Answers per second between warm-up and end."""
        return self._measured / max(1e-9, (self._until - self._from) / 1_000_000_000)

    def quantiles(self) -> tuple[float, float, float, float]:
        """50, 90 and 99 of a hundred, and the largest; microseconds."""
        times = sorted(self._times) or [0]
        at = [times[min(len(times) - 1, int(len(times) * part))] / 1_000 for part in (0.5, 0.9, 0.99)]
        return at[0], at[1], at[2], times[-1] / 1_000

    def _less(self) -> None:
        self._under_way -= 1
        if not self._under_way and not self._due:
            self._empty.set()


class _Client(asyncio.Protocol):
    """One connection to what is measured."""

    def __init__(self, ledger: Ledger, call: bytes) -> None:
        self._ledger = ledger
        self._call = call
        self._answers = Answers()
        self._busy = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        """A call that was under way has failed."""
        if self._busy:
            self._busy = False
            self._ledger.broken()

    def stop(self) -> None:
        """Cut the connection; a call under way is given up."""
        if self._busy:
            self._busy = False
            self._ledger.dropped()
        if self._transport is not None:
            self._transport.abort()

    def _write(self) -> None:
        assert self._transport is not None
        self._busy = True
        self._transport.write(self._call)


class Closed(_Client):
    """Sends its next call when the last one is answered."""

    _sent = 0

    def send(self) -> None:
        """Send a call."""
        self._ledger.opened()
        self._sent = time.monotonic_ns()
        self._write()

    def data_received(self, data: bytes) -> None:
        """Count, time, go on."""
        if self._answers.feed(data):
            now = time.monotonic_ns()
            self._busy = False
            self._ledger.closed(self._answers.status, now)
            self._ledger.took(now - self._sent, now)
            self.send()


class Open(_Client):
    """Sends a call when one is due; the upstream's own time is taken off."""

    def __init__(self, ledger: Ledger, call: bytes, free: list[Open]) -> None:
        """`free`: where connections without a call wait."""
        super().__init__(ledger, call)
        self._free = free
        self._due = self._took = 0
        free.append(self)

    def send(self, due: int) -> None:
        """Send the call that was due at this time."""
        self._due = due
        self._took = 0
        self._write()

    def data_received(self, data: bytes) -> None:
        """Count, time, take the next call or wait."""
        if not self._took and (found := _TOOK.search(data)):
            self._took = int(found[1])
        if not self._answers.feed(data):
            return
        now = time.monotonic_ns()
        self._busy = False
        self._ledger.took(now - self._due - self._took, now)
        due = self._ledger.next_due()
        self._ledger.closed(self._answers.status, now)
        if due is None:
            self._free.append(self)
        else:
            self.send(due)


class Streaming(_Client):
    """Asks for one stream; keeps how long each chunk was on its way."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask at once."""
        super().connection_made(transport)
        self._ledger.opened()
        self._write()

    def data_received(self, data: bytes) -> None:
        """Time the chunks; end with the stream."""
        now = time.monotonic_ns()
        for sent in _SENT.findall(data):
            self._ledger.chunks += 1
            self._ledger.took(now - int(sent), now)
        if self._answers.feed(data):
            self._busy = False
            self._ledger.closed(self._answers.status, now)
            self.stop()


class Aborting(_Client):
    """Asks for a stream and cuts the connection at the first timed chunk."""

    def __init__(self, ledger: Ledger, call: bytes, done: Callable[[], None]) -> None:
        """`done` is called once the connection is gone."""
        super().__init__(ledger, call)
        self._done = done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask at once."""
        super().connection_made(transport)
        self._ledger.opened()
        self._write()

    def data_received(self, data: bytes) -> None:
        """Cut at the first chunk."""
        if self._busy and (_SENT.search(data) or self._answers.feed(data)):
            self._busy = False
            self._ledger.aborted()
            assert self._transport is not None
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room for another one."""
        super().connection_lost(exc)
        self._done()
