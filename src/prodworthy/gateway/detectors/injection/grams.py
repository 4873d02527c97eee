"""Words and runs of letters as hashed features, computed for a whole text at once.

A text becomes a row of lower-case words; each feature belongs to the word at which it ends, so that the sum over any
window of words is a difference of two prefix sums. Time is linear in the length, for words of any length.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BITS = 18
SPACE = 1 << BITS
LONGEST = 1 << 15

Hashes = npt.NDArray[np.uint64]
Buckets = npt.NDArray[np.int64]

_BREAK = 32
_LETTERS = bytes(ord(chr(code).lower()) if chr(code).isalnum() else _BREAK for code in range(128)) + bytes(
    range(128, 256)
)
# Odd, so that they have inverses modulo 2**64; from the fractional parts of the golden ratio and of e.
_BASE = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0xB7E151628AED2A6B)
_THIRD = np.uint64(0xBF58476D1CE4E5B9)
_INVERSE = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_SHIFT = np.uint64(64 - BITS)
_POWERS = np.cumprod(np.full(LONGEST + 1, _BASE, np.uint64))
_INVERSES = np.cumprod(np.full(LONGEST + 1, _INVERSE, np.uint64))


class Words(NamedTuple):
    """A piece of text as words: `hashes[i]` of each, and the text itself as `letters`, one blank after each word.

    `ends[i]` is where word `i` ends in `letters`; `places` are the bytes of the piece that `letters` were.
    """

    hashes: Hashes
    letters: npt.NDArray[np.uint8]
    ends: Buckets
    places: Buckets


def words_of(piece: bytes) -> Words:
    """Split a piece of UTF-8 text, of at most LONGEST bytes, into words of letters and digits; case does not matter."""
    signs = np.frombuffer(piece.translate(_LETTERS), np.uint8)
    kept = signs != _BREAK
    kept[1:] |= kept[:-1]
    places = np.flatnonzero(kept)
    letters = signs[places]
    if len(letters) and letters[-1] != _BREAK:
        letters = np.append(letters, np.uint8(_BREAK))
        places = np.append(places, len(piece))
    ends = np.flatnonzero(letters == _BREAK)
    return Words(_word_hashes(letters, ends), letters, ends, places)


def _word_hashes(letters: npt.NDArray[np.uint8], ends: Buckets) -> Hashes:
    """A polynomial in the letters of each word, by prefix sums: the same word has the same hash wherever it stands."""
    if not len(ends):
        return np.zeros(0, np.uint64)
    sums = np.cumsum(letters * _POWERS[: len(letters)])
    upto = sums[ends]
    starts = np.concatenate([[0], ends[:-1] + 1])
    before = np.concatenate([np.zeros(1, np.uint64), upto[:-1]])
    hashes: Hashes = (upto - before - np.uint64(_BREAK) * _POWERS[ends]) * _INVERSES[starts]
    return hashes


def word_features(hashes: Hashes) -> tuple[Hashes, ...]:
    """Values of single words, pairs, triples and pairs with a gap. The last value of each belongs to the last word."""
    two = hashes[1:] * _SECOND + hashes[:-1]
    three = two[1:] * _SECOND + hashes[:-2] * _BASE
    skip = hashes[2:] * _THIRD + hashes[:-2] * _SECOND
    return hashes * _THIRD, two, three, skip


def letter_features(letters: npt.NDArray[np.uint8]) -> tuple[Hashes, ...]:
    """Values of runs of 4 and of 5 letters, blanks included; value `i` belongs to the run that begins at `i`."""
    count = max(0, len(letters) - 3)
    # Four bytes from every place on, read as one number: a view with steps of one byte.
    four = np.ndarray((count,), "<u4", letters.tobytes() + b"\0" * 4, 0, (1,)).astype(np.uint64)
    five = four[: max(0, count - 1)] | (letters[4:].astype(np.uint64) << np.uint64(32))
    return four * _SECOND, five * _SECOND + np.uint64(1)


def buckets(values: Sequence[Hashes]) -> Buckets:
    """The buckets of several rows of values, one after the other."""
    mixed = np.concatenate(values)
    mixed ^= mixed >> np.uint64(31)
    mixed *= _BASE
    mixed >>= _SHIFT
    return mixed.view(np.int64)
