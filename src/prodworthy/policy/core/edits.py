"""Edits of texts: made from findings, merged across controls, applied to a text or to a piece of one."""

from __future__ import annotations

from collections.abc import Iterable

from prodworthy.policy.core.facts import Finding
from prodworthy.policy.core.verdict import Edit


def masks(findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """One edit for each finding: its kind in brackets, as in `[payment_card]`, takes its place."""
    return tuple(Edit(found.part, found.start, found.end, f"[{found.kind}]") for found in findings)


def merge(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    """The edits by part, in order and without overlap.

    Where several want the same characters, all that any of them covers goes, and the longest says by what it is
    replaced (of equally long ones the first given).
    """
    parts: dict[str, list[Edit]] = {}
    for edit in edits:
        parts.setdefault(edit.part, []).append(edit)
    return {part: _disjoint(found) for part, found in parts.items()}


def apply(text: str, edits: Iterable[Edit], start: int = 0) -> str:
    """The text after its edits, which are in order and without overlap.

    `start` is where the text begins within its part. An edit that begins before the text leaves no replacement in it:
    the piece in which an edit begins is where its replacement stands.
    """
    pieces, at, end = [], 0, start + len(text)
    for edit in edits:
        if edit.end <= start or edit.start >= end:
            continue
        begin = max(edit.start - start, 0)
        pieces.append(text[at:begin])
        if edit.start >= start:
            pieces.append(edit.replacement)
        at = min(edit.end - start, len(text))
    pieces.append(text[at:])
    return "".join(pieces)


def _disjoint(edits: list[Edit]) -> list[Edit]:
    merged: list[Edit] = []
    longest = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        length = edit.end - edit.start
        if not merged or edit.start >= merged[-1].end:
            merged.append(edit)
            longest = length
            continue
        last = merged[-1]
        replacement = edit.replacement if length > longest else last.replacement
        longest = max(longest, length)
        merged[-1] = Edit(last.part, last.start, max(last.end, edit.end), replacement)
    return merged
