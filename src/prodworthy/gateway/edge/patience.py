"""How long one connection may let the gateway wait: a moment that is moved often, and a timer that is set seldom."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable


class Patience:
    """Calls `end` once a wait has lasted too long. A timer set for earlier stays: when it fires it looks, and goes on.

    So an ordinary request costs no timer.
    """

    __slots__ = ("_armed", "_due", "_end", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
        """Nothing is waited for."""
        self._loop = loop
        self._end = end
        self._due = self._armed = math.inf
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> bool:
        """Whether something is waited for."""
        return self._due < math.inf

    def wait(self, seconds: float) -> None:
        """Wait so long from now on, whatever was waited for before."""
        due = self._due = self._loop.time() + seconds
        if due < self._armed:
            self._arm(due)

    def stop(self) -> None:
        """What was waited for has come."""
        self._due = math.inf

    def close(self) -> None:
        """Never call `end` again."""
        self._due = math.inf
        self._armed = -math.inf  # no timer is set again
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed = due
        self._timer = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        self._timer, self._armed = None, math.inf
        if self._loop.time() >= self._due:
            self._end()
        elif self._due < math.inf:
            self._arm(self._due)
