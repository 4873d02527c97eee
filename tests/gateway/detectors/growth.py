"""How the work of a detector grows: time of this process for a text and for one four times as long."""

from __future__ import annotations

import time
from collections.abc import Callable

SMALL = 40_000


def assert_linear(find: Callable[[str], object], piece: str) -> None:
    """Four times the text takes less than ten times as long; a quadratic search would take sixteen times."""
    small = (piece * (SMALL // len(piece) + 1))[:SMALL]
    # Below two milliseconds the clock and the collector say more than the text.
    assert _best(find, small * 4) < 10 * max(_best(find, small), 0.002)


def _best(find: Callable[[str], object], text: str) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        find(text)
        taken.append(time.process_time() - began)
    return min(taken)
