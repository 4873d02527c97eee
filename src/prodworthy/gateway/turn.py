"""What is written within one turn of the event loop leaves together at its end.

A write to a socket wakes whoever waits for it, and that costs more than the write. A peer that has several connections
here, as a proxy or a vendor has, is woken once and then finds more; and many small writes to one connection become one.
"""

from __future__ import annotations

import asyncio
from typing import Protocol


class Writer(Protocol):
    """Has something to write."""

    def flush(self) -> None:
        """Write it now."""


class Turn:
    """Lets writers write once everything that is ready now has run. Belongs to one event loop."""

    __slots__ = ("_writers", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nobody has anything to write."""
        self.loop = loop
        self._writers: list[Writer] = []

    def later(self, writer: Writer) -> None:
        """Flush this writer at the end of the turn."""
        if not self._writers:
            self.loop.call_soon(self._flush)
        self._writers.append(writer)

    def _flush(self) -> None:
        writers, self._writers = iter(self._writers), []
        try:
            for writer in writers:
                writer.flush()
        finally:
            for writer in writers:  # after a fault: the others write all the same
                self.later(writer)
