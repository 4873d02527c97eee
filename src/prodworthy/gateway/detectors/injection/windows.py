"""Where a long text is looked at: overlapping windows of words, in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    starts: list[int] = []
    ends: list[int] = []
    parts: list[Part] = []

    def look(piece: int, size: int, some: Iterable[tuple[int, int]]) -> None:
        first = len(starts)
        for start, end in some:
            starts.append(start)
            ends.append(end)
        parts.append(Part(piece, size, first, len(starts)))

    stops = iter(_stops(words))
    for piece, (first, last) in enumerate(pairwise(words.firsts)):
        sentences = _sentences(first, last, stops)
        look(piece, 0, sentences)
        if len(sentences) > 1:
            look(piece, 1, paragraphs(first, last))
    return Windows(np.array([starts, ends]), parts)


def paragraphs(first: int, last: int) -> list[tuple[int, int]]:
    """Windows of PARAGRAPH words over the words `[first, last)`, each half over the next; at least one."""
    if last - first <= PARAGRAPH + PARAGRAPH // 2:
        return [(first, last)]
    starts = [*range(first, last - PARAGRAPH, PARAGRAPH // 2), last - PARAGRAPH]
    return [(start, start + PARAGRAPH) for start in starts]


def _stops(words: Words) -> list[int]:
    """How many words there are before each line's end, and before each stop that a blank follows."""
    classes = np.frombuffer(words.text.translate(_TABLE), np.uint8)
    ending = classes >= _STOP
    ending[:-1] &= classes[1:] != 0
    ending |= classes == _LINE
    # A stop after word i has i + 1 words before it.
    found: list[int] = words.stops.searchsorted(ending.nonzero()[0], "right").tolist()
    return found


def _sentences(first: int, last: int, stops: Iterator[int]) -> list[tuple[int, int]]:
    """The sentences of the words `[first, last)`, up to the stop at their end, which is taken.

    Too short ones are joined to the next or, at the end of a piece, to the one before; too long ones are cut.
    """
    ends = []
    before = first
    for stop in stops:
        if stop >= last:
            break
        if stop - before >= SHORTEST:
            ends.append(stop)
        before = stop
    if ends and last - ends[-1] < SHORTEST:
        ends.pop()
    return [part for start, end in pairwise((first, *ends, last)) for part in _cut(start, end)]


def _cut(start: int, end: int) -> Iterable[tuple[int, int]]:
    """Even parts of at most SENTENCE words."""
    if end - start <= SENTENCE:
        return ((start, end),)
    count = -(-(end - start) // SENTENCE)
    cuts = [start + (end - start) * number // count for number in range(count + 1)]
    return pairwise(cuts)
