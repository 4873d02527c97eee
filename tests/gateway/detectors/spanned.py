"""What it means that findings of windows agree with those of the whole, by LEFT, BACK and REACH."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol


class Spanned(Protocol):
    """Anything with a start, an end and a kind."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def kind(self) -> str: ...


Find = Callable[[str], Sequence[Spanned]]


def final_before(text: str, back: int, reach: int) -> int:
    """Where a stream that has brought `text` may be cut: everything that begins before is final."""
    latest = max(0, len(text) - back)
    for place in range(latest, max(0, latest - reach), -1):
        if place < len(text) and text[place].isspace():
            return place
    return max(0, latest - reach)


def assert_windows_agree(find: Find, text: str, low: int, high: int, limits: tuple[int, int, int]) -> None:
    """Findings of `text[low:high]` that begin in its final part are those of the whole text."""
    left, back, reach = limits
    window = text[low:high]
    cut = final_before(window, back, reach)
    first = left + 1 if low else 0
    seen = [(one.start + low, one.end + low, one.kind) for one in find(window) if first <= one.start < cut]
    wanted = [(one.start, one.end, one.kind) for one in find(text) if low + first <= one.start < low + cut]
    assert seen == wanted
