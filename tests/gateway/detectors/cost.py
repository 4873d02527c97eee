"""Cost of a measurement in CPU time: does it grow with the length of a text, or with its square?"""

from __future__ import annotations

import time
from collections.abc import Callable

ADVERSARIAL = (
    "<",
    "[",
    "![",
    "](",
    "(",
    "&#",
    "a ",
    "\u200b",
    " ",
    "A",
    "<a",
    "<a='",
    "http://",
    "x.",
    "-",
    "\x1b[",
    "data:",
)
GENEROUS = 4.0
"""A doubled text may take this many times as long: linear is 2, quadratic on long texts is 4 and more."""


def cpu(act: Callable[[], object]) -> float:
    """CPU seconds of this thread for the quickest of three runs."""
    quickest = float("inf")
    for _ in range(3):
        before = time.thread_time()
        act()
        quickest = min(quickest, time.thread_time() - before)
    return quickest


def grows_linearly(act: Callable[[str], object], unit: str, characters: int = 100_000) -> bool:
    """Whether a text of repeated units costs at most `GENEROUS` times what half of it costs; below 20 ms always."""
    text = unit * (characters // len(unit))
    whole = cpu(lambda: act(text))
    return whole < 0.02 or whole <= GENEROUS * cpu(lambda: act(text[: len(text) // 2])) + 0.02
