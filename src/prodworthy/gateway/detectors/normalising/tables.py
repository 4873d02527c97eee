"""The folding of every code point, as arrays: built once in a process, looked up for whole texts at a time."""

from __future__ import annotations

import functools
import unicodedata
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from prodworthy.gateway.detectors.normalising.confusables import BIDI, INVISIBLE, MARKS, always, lookalikes

LIMIT = 0x20000
"""Code points from here on stay as they are (ideographs), but for tags and selectors, which vanish."""
VANISHING = (0xE0000, 0xE0FFF)
LONGEST = 4
"""A code point that would become more characters than this stays as it is: a folded text has a bounded length."""
_HANGUL = range(0xAC00, 0xD7A4)
_SURROGATES = range(0xD800, 0xE000)

OTHER, LATIN, LOOKALIKE, FOREIGN = 0, 1, 2, 3
"""Classes of a code point: no letter; a Latin letter; looks like a Latin one; a letter of another script."""


class Folding(NamedTuple):
    """For each code point below LIMIT: `length` folded code points, beginning at `flat[at]`; `kind` is its class.

    `latin` is the Latin letter that it looks like, or itself.
    """

    length: npt.NDArray[np.uint8]
    at: npt.NDArray[np.int32]
    flat: npt.NDArray[np.uint32]
    kind: npt.NDArray[np.uint8]
    latin: npt.NDArray[np.uint32]


@functools.cache
def folding() -> Folding:
    """The table. Compatibility decomposition (Unicode Standard Annex 15) without marks, but for Hangul syllables."""
    folded = {code: spelled for code in range(0x80, LIMIT) if (spelled := _fold(code)) != chr(code)}
    folded |= dict(always())
    for first, last in (*INVISIBLE, *BIDI, *MARKS):
        folded |= dict.fromkeys(range(first, min(last + 1, LIMIT)), "")
    length = np.ones(LIMIT, np.uint8)
    at = np.arange(LIMIT, dtype=np.int32)
    extra: list[int] = []
    for code, spelled in folded.items():
        length[code] = len(spelled)
        at[code] = LIMIT + len(extra)
        extra.extend(map(ord, spelled))
    flat = np.concatenate([np.arange(LIMIT, dtype=np.uint32), np.array(extra, np.uint32)])
    return Folding(length, at, flat, _kinds(), _latin())


def _fold(code: int) -> str:
    if code in _HANGUL or code in _SURROGATES:
        return chr(code)
    decomposed = unicodedata.normalize("NFKD", chr(code))
    spelled = "".join(char for char in decomposed if not _is_mark(ord(char)))
    return spelled if len(spelled) <= LONGEST else chr(code)


def _is_mark(code: int) -> bool:
    return any(first <= code <= last for first, last in MARKS)


def _kinds() -> npt.NDArray[np.uint8]:
    kinds = np.zeros(LIMIT, np.uint8)
    letters = [code for code in range(0x80, LIMIT) if chr(code).isalpha()]
    kinds[letters] = FOREIGN
    kinds[[code for code in range(0x250) if chr(code).isalpha()]] = LATIN
    kinds[list(lookalikes())] = LOOKALIKE
    return kinds


def _latin() -> npt.NDArray[np.uint32]:
    latin = np.arange(LIMIT, dtype=np.uint32)
    pairs = lookalikes()
    latin[list(pairs)] = list(pairs.values())
    return latin
