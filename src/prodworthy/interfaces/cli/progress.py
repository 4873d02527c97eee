"""How a long run shows that it goes on: a word on standard error now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

from prodworthy.interfaces.cli import screen

QUIET = 2.0
"""Seconds between two words."""


def telling(what: str) -> Callable[[int], None]:
    """Takes how many are done, and says so when the last word is QUIET seconds ago."""
    said = time.monotonic()

    def tell(done: int) -> None:
        nonlocal said
        if time.monotonic() - said >= QUIET:
            said = time.monotonic()
            screen.note(f"{done} {what} …")

    return tell
