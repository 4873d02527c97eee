"""The exchanges that are running in this process, by workload, so that a kill reaches every one of them."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Iterable
from typing import Protocol


class Cause(enum.StrEnum):
    """Why a running exchange was stopped from outside."""

    KILLED = "killed"
    SWITCH_UNKNOWN = "switch_unknown"
    DISCONNECTED = "disconnected"
    OVERDUE = "overdue"
    SLOW_BODY = "slow_body"
    DRAINING = "draining"


class Running(Protocol):
    """An exchange that can be stopped."""

    def stop(self, cause: Cause) -> None:
        """End it now, with its record and a proper end for the caller. Does nothing to an exchange that is ending."""

    def look_at_time(self, now: float) -> None:
        """End it if it is overdue; `now` in monotonic seconds."""


class Live:
    """All running exchanges of one process."""

    def __init__(self) -> None:
        """Start with none."""
        self._running: dict[tuple[str, str], set[Running]] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def enter(self, workload: tuple[str, str], run: Running) -> None:
        """Count an exchange in."""
        runs = self._running.get(workload)
        if runs is None:
            runs = self._running[workload] = set()
        runs.add(run)

    def leave(self, workload: tuple[str, str], run: Running) -> None:
        """Count an exchange out."""
        runs = self._running.get(workload)
        if runs is not None:
            runs.discard(run)
            if not runs:
                del self._running[workload]
                self._tell()

    def stop(self, workload: tuple[str, str], cause: Cause) -> None:
        """Stop every running exchange of one workload."""
        for run in tuple(self._running.get(workload, ())):
            run.stop(cause)

    def stop_all(self, cause: Cause) -> None:
        """Stop everything that runs."""
        for workload in tuple(self._running):
            self.stop(workload, cause)

    def expire(self, now: float) -> None:
        """Stop what is overdue. One look at all, a few times a second, is cheaper than a timer for each."""
        for runs in tuple(self._running.values()):
            for run in tuple(runs):
                run.look_at_time(now)

    def workloads(self) -> Iterable[tuple[str, str]]:
        """Workloads with at least one running exchange."""
        return tuple(self._running)

    async def emptied(self) -> None:
        """Wait until nothing runs."""
        if self._running:
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    def _tell(self) -> None:
        if self._running:
            return
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    def __len__(self) -> int:
        """How many exchanges run."""
        return sum(len(runs) for runs in self._running.values())
