"""Words and runs of letters as hashed features, computed for a whole text at once.

A text becomes a row of lower-case words; each feature belongs to the word at which it ends, so that the sum over any
window of words is a difference of two prefix sums. Time is linear in the length, for words of any length.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
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
_BREAKS = _POWERS * np.uint64(_BREAK)
_INVERSES = np.cumprod(np.full(LONGEST + 1, _INVERSE, np.uint64))


class Words(NamedTuple):
    """Pieces of text as words, one piece after the other: `hashes[i]` of each, and all their `letters`.

    One blank follows each word. Word `i` begins at `begins[i]` of `letters`, and `begins` ends with their number; it
    stops at byte `stops[i]` of `text`, and `places` are the bytes of `text` that `letters` were. Before piece `k`
    there are `firsts[k]` words and `offsets[k]` bytes; both end with how many there are.
    """

    text: bytes
    hashes: Hashes
    letters: npt.NDArray[np.uint8]
    begins: Buckets
    stops: Buckets
    places: Buckets
    firsts: list[int]
    offsets: list[int]


def words_of(pieces: Sequence[bytes]) -> Words:
    """Split pieces of UTF-8 text, of at most LONGEST bytes with one more for each piece, into words of letters and
    digits; case does not matter."""
    text = b"\n".join((*pieces, b""))
    signs = np.frombuffer(text.translate(_LETTERS), np.uint8)
    kept = signs != _BREAK
    kept[1:] |= kept[:-1]
    places = kept.nonzero()[0]
    letters = signs[places]
    ends = (letters == _BREAK).nonzero()[0]
    begins = np.zeros(len(ends) + 1, np.int64)
    np.add(ends, 1, out=begins[1:])
    stops = places[ends]
    offsets = list(accumulate((len(piece) + 1 for piece in pieces), initial=0))
    firsts = [0, len(ends)] if len(pieces) == 1 else stops.searchsorted(offsets).tolist()
    return Words(text, _word_hashes(letters, begins), letters, begins, stops, places, firsts, offsets)


def _word_hashes(letters: npt.NDArray[np.uint8], begins: Buckets) -> Hashes:
    """A polynomial in the letters of each word: the same word has the same hash wherever it stands."""
    if len(begins) == 1:
        return np.zeros(0, np.uint64)
    starts = begins[:-1]
    hashes: Hashes = np.add.reduceat(letters * _POWERS[: len(letters)], starts)
    hashes -= _BREAKS[begins[1:] - 1]
    hashes *= _INVERSES[starts]
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
