"""A circuit breaker: after failures in a row nothing is asked for a while, then one probe decides."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Opens after `failures` in a row; after `pause` seconds one probe may pass, and closes or opens it again."""

    def __init__(self, failures: int, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin closed. `clock` gives seconds."""
        self._limit = failures
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._opened = 0.0

    def passes(self) -> bool:
        """Whether the server may be asked now; who is let through tells how it went by `succeeded` or `failed`."""
        with self._lock:
            if self._failed < self._limit:
                return True
            now = self._clock()
            if now - self._opened < self._pause:
                return False
            self._opened = now  # others wait another pause, whatever becomes of this probe
            return True

    def succeeded(self) -> None:
        """Close."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """Count a failure, and open where that makes too many."""
        with self._lock:
            self._failed += 1
            self._opened = self._clock()
