"""Windows of a text: what a detector finds in a window with enough context is what it finds in the whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.policy.core.exchange import Call, Operation, Passage
from prodworthy.policy.core.facts import Finding

PART = "choices.0.message.content"
Spans = list[tuple[int, int, str]]


def call(*passages: tuple[str, str]) -> Call:
    """A call with these passages: (role, text)."""
    return Call(
        Operation.CHAT,
        passages=tuple(Passage(f"messages.{at}.content", role, text) for at, (role, text) in enumerate(passages)),
    )


def reading(text: str, asked: Call, start: int = 0) -> Reading:
    """An answer, or a window of it that begins at `start`."""
    return Reading((Passage(PART, "assistant", text, start),), asked)


def spans(findings: Sequence[Finding]) -> Spans:
    """Where findings are, and what."""
    return [(each.start, each.end, each.kind) for each in findings]


def unsettled(find: Callable[[str], Spans], settled: Callable[[str], int], text: str, more: str) -> str:
    """What is wrong with the place up to which `text` is said to be settled, "" if nothing is."""
    place, later = settled(text), settled(text + more)
    if not 0 <= place <= len(text):
        return f"{place} is no place of the text"
    if later < place:
        return f"went back from {place} to {later}"
    now, then = find(text), find(text + more)
    if any(start < place < end for start, end, _ in now + then):
        return f"a finding crosses {place}: {now} {then}"
    before = [[span for span in found if span[0] < place] for found in (now, then)]
    return "" if before[0] == before[1] else f"before {place}: {before[0]} became {before[1]}"


def differs(find: Callable[[str, int], Spans], text: str, window: tuple[int, int], reach: tuple[int, int]) -> str:
    """Compare the findings that begin in a window `[start, end)` with those of the whole text, "" if they agree.

    `find` measures a text that begins at a place; `reach` is the context to the left and to the right of the window.
    """
    low, high = max(0, window[0] - reach[0]), min(len(text), window[1] + reach[1])
    whole = [span for span in find(text, 0) if window[0] <= span[0] < window[1]]
    part = [span for span in find(text[low:high], low) if window[0] <= span[0] < window[1]]
    return "" if whole == part else f"{part}, in the whole {whole}"
