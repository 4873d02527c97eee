"""A text folded to what a reader sees, with a map back to where each character came from.

It refuses to guess a meaning: no translation, no spelling correction, and nothing is decoded here.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.normalising.tables import (
    FOREIGN,
    LATIN,
    LIMIT,
    LOOKALIKE,
    OTHER,
    VANISHING,
    Folding,
    folding,
)

Codes = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]


class Normal(msgspec.Struct, frozen=True):
    """A folded text. `places[i]` is where character `i` stood in the original; None where every one kept its place."""

    text: str
    places: Places | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The characters `[start, end)` of the folded text, in offsets of the original one (code points)."""
        if self.places is None or start >= end:
            return start, end
        return int(self.places[start]), int(self.places[end - 1]) + 1


def normalise(text: str) -> Normal:
    """Fold compatibility forms, diacritics and look-alikes to plain letters; drop what shows nothing.

    ASCII comes back as it is. Look-alikes of other scripts fold only in words that mix them with Latin letters, or in
    a text that is mostly Latin: Russian stays Russian. Time and memory are linear in the length.
    """
    if text.isascii():
        return Normal(text)
    table = folding()
    codes = codes_of(text)
    within = codes < LIMIT
    if within.all():
        short = table.length[codes]
        if short.min() == 1 == short.max():
            return Normal(text_of(_latinised(table.flat[table.at[codes]], table)))
    lengths, at = _lengths(codes, within, table), table.at[np.where(within, codes, 0)]
    places = np.repeat(np.arange(len(codes), dtype=np.int64), lengths)
    step = np.arange(len(places), dtype=np.int64) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    folded = np.where(within[places], table.flat[at[places] + step], codes[places])
    return Normal(text_of(_latinised(folded, table)), places)


def codes_of(text: str) -> Codes:
    """The code points of a text. Lone surrogates are code points like any other."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def text_of(codes: Codes) -> str:
    """The text of code points."""
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _lengths(codes: Codes, within: npt.NDArray[np.bool_], table: Folding) -> Places:
    lengths = table.length[np.where(within, codes, 0)].astype(np.int64)
    lengths[(codes >= VANISHING[0]) & (codes <= VANISHING[1])] = 0
    return lengths


def _latinised(codes: Codes, table: Folding) -> Codes:
    within = np.where(codes < LIMIT, codes, 0)
    kind = np.where(codes < LIMIT, table.kind[within], FOREIGN)
    alike = kind == LOOKALIKE
    if not alike.any():
        return codes
    starts = np.flatnonzero(np.diff((kind != OTHER).astype(np.int8), prepend=0))
    # Every stretch, letters or not; a stretch without letters has no look-alike in it.
    starts = starts if len(starts) and starts[0] == 0 else np.concatenate([[0], starts])
    lengths = np.diff(starts, append=len(codes))
    latin = np.add.reduceat((kind == LATIN).astype(np.int64), starts)
    foreign = np.add.reduceat((kind == FOREIGN).astype(np.int64), starts)
    mostly_latin = latin.sum() > 2 * foreign.sum()
    folds = (latin > 0) | ((foreign == 0) & mostly_latin)
    return np.where(alike & np.repeat(folds, lengths), table.latin[within], codes)
