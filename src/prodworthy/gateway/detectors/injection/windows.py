"""Where a long text is looked at: overlapping windows of words, in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.injection.grams import Words

PIECE = 1 << 14
"""Bytes that are measured in one go: the interpreter lock is held for a millisecond or so at a time."""
OVERLAP = 1 << 11
"""Bytes that two neighbouring pieces share; a window of ordinary words fits in."""

PARAGRAPH = 160
"""Words that are looked at together: a persona takes several sentences to set up. Windows overlap by half."""
SENTENCE = 32
"""Words of the longest sentence that is looked at alone; a longer one is cut."""
SHORTEST = 5
"""A sentence of fewer words is looked at with the next one."""
SIZES = ("sentence", "paragraph")

Places = npt.NDArray[np.int64]
Spans = npt.NDArray[np.int64]
"""A row of starts and a row of ends, in words."""


class Part(NamedTuple):
    """The windows `[first, last)` are those of one piece and of one size, by their numbers."""

    piece: int
    size: int
    first: int
    last: int


class Windows(NamedTuple):
    """Where to look in some pieces: all windows, and whose they are, in the order of the pieces."""

    spans: Spans
    parts: list[Part]

    def of(self, part: Part) -> Spans:
        """The windows of one part."""
        return self.spans[:, part.first : part.last]


_BLANK, _STOP, _LINE = 1, 2, 3
_CLASSES = bytearray(256)
for _signs, _class in ((b" \t\r\"')", _BLANK), (b".!?;", _STOP), (b"\n", _LINE)):
    for _sign in _signs:
        _CLASSES[_sign] = _class
_TABLE = bytes(_CLASSES)


def pieces(text: bytes) -> Iterator[bytes]:
    """The text in overlapping pieces; one that fits comes whole."""
    if len(text) <= PIECE:
        yield text
        return
    for start in range(0, len(text) - OVERLAP, PIECE - OVERLAP):
        yield text[start : start + PIECE]


def windows(words: Words) -> Windows:
    """Where to look: at the sentences of each piece, and at its paragraphs unless it is a single sentence."""
    ends = _sentences(words)
    firsts = words.firsts
    borders = [0, len(ends)] if len(firsts) == 2 else ends.searchsorted(firsts, "right").tolist()
    more_starts: list[int] = []
    more_ends: list[int] = []
    parts: list[Part] = []
    for piece, (first, last) in enumerate(pairwise(firsts)):
        begun, number = len(ends) + len(more_starts), borders[piece + 1] - borders[piece]
        if number:
            parts.append(Part(piece, 0, borders[piece], borders[piece + 1]))
        if number != 1:
            found = paragraphs(last - first) if number else (range(1), range(1))
            more_starts += [first + at for at in found[0]]
            more_ends += [first + at for at in found[1]]
            parts.append(Part(piece, 1 if number else 0, begun, len(ends) + len(more_starts)))
    count = len(ends)
    spans = np.zeros((2, count + len(more_starts)), np.int64)
    spans[0, 1:count] = ends[:-1]
    spans[1, :count] = ends
    if more_starts:
        spans[:, count:] = more_starts, more_ends
    return Windows(spans, parts)


def paragraphs(count: int) -> tuple[Sequence[int], Sequence[int]]:
    """Windows of PARAGRAPH words over `count` words, each half over the next; at least one."""
    if count <= PARAGRAPH + PARAGRAPH // 2:
        return (0,), (count,)
    starts = [*range(0, count - PARAGRAPH, PARAGRAPH // 2), count - PARAGRAPH]
    return starts, [start + PARAGRAPH for start in starts]


def _sentences(words: Words) -> Places:
    """Where sentences end: at a line's end, at a stop before a blank, and with their piece.

    Too short ones are joined to the next or, at the end of a piece, to the one before; too long ones are cut.
    """
    classes = np.frombuffer(words.text.translate(_TABLE), np.uint8)
    ending = classes >= _STOP
    ending[:-1] &= classes[1:] != 0
    ending |= classes == _LINE
    # A stop after word i has i + 1 words before it.
    ends = words.stops.searchsorted(ending.nonzero()[0], "right")
    border = np.zeros(len(words.hashes) + 1, np.bool_)
    border[words.firsts] = True
    ends = ends[_lengths(ends) > 0]
    ends = ends[(_lengths(ends) >= SHORTEST) | border[ends]]
    lengths = _lengths(ends)
    last = border[ends]
    joined = (last[1:] & (lengths[1:] < SHORTEST) & ~last[:-1]).nonzero()[0]
    if len(joined):
        last[:] = True
        last[joined] = False
        ends = ends[last]
        lengths = _lengths(ends)
    return _cut(ends, lengths) if len(ends) and lengths.max() > SENTENCE else ends


def _lengths(ends: Places) -> Places:
    lengths = ends.copy()
    lengths[1:] -= ends[:-1]
    return lengths


def _cut(ends: Places, lengths: Places) -> Places:
    """Even parts of at most SENTENCE words."""
    parts = -(-lengths // SENTENCE)
    within = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts) + 1
    starts = np.repeat(ends - lengths, parts)
    return np.asarray(starts + np.repeat(lengths, parts) * within // np.repeat(parts, parts), np.int64)
