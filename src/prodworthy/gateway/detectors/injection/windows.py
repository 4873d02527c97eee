"""Where a long text is looked at: overlapping windows of words, in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterator

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
Spans = tuple[Places, Places]
"""Starts and ends, in words."""

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


def spans(piece: bytes, words: Words) -> tuple[Spans, ...]:
    """Where to look in a piece: at its sentences, and at its paragraphs unless it is a single sentence."""
    count = len(words.ends)
    if count <= SHORTEST:
        return (_whole(count),)
    sentences = _sentences(piece, words)
    return (sentences,) if len(sentences[0]) == 1 else (sentences, paragraphs(count))


def paragraphs(count: int) -> Spans:
    """Windows of PARAGRAPH words over `count` words, each half over the next; at least one."""
    if count <= PARAGRAPH + PARAGRAPH // 2:
        return _whole(count)
    starts = np.append(np.arange(0, count - PARAGRAPH, PARAGRAPH // 2), count - PARAGRAPH)
    return starts, starts + PARAGRAPH


def _whole(count: int) -> Spans:
    return np.array([0]), np.array([count])


def _sentences(piece: bytes, words: Words) -> Spans:
    """A sentence ends at a line's end, or at a stop before a blank. Too short ones are joined, too long ones cut."""
    classes = np.frombuffer(piece.translate(_TABLE), np.uint8)
    stops = np.flatnonzero((classes[:-1] >= _STOP) & (classes[1:] != 0) | (classes[:-1] == _LINE))
    # A stop after word i has i + 1 words before it.
    ends = np.searchsorted(words.places[words.ends], stops, side="right")
    ends = ends[(np.diff(ends, prepend=0) > 0) & (ends < len(words.ends))]
    ends = ends[np.diff(ends, prepend=0) >= SHORTEST]
    count = len(words.ends)
    if len(ends) and count - ends[-1] < SHORTEST:
        ends = ends[:-1]
    ends = np.append(ends, count)
    lengths = np.diff(ends, prepend=0)
    if lengths.max() > SENTENCE:
        ends = _cut(ends, lengths)
    return np.concatenate([[0], ends[:-1]]), ends


def _cut(ends: Places, lengths: Places) -> Places:
    """Even parts of at most SENTENCE words."""
    parts = -(-lengths // SENTENCE)
    within = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts) + 1
    starts = np.repeat(ends - lengths, parts)
    return np.asarray(starts + np.repeat(lengths, parts) * within // np.repeat(parts, parts), np.int64)
