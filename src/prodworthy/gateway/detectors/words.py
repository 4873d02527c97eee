"""Words of a text, folded so that case, punctuation and invisible characters do not matter, and their shingles.

Every bound is local: a word is known from its own characters and the next one, so windows of a text have its words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

LONGEST_WORD = 64
"""Characters. A longer run of letters and digits is no word: it breaks every shingle."""
LONGEST_GAP = 64
"""Characters between two words of one shingle."""
BROKEN = ""
"""Stands for a word that is too long, and for a gap that is."""

INVISIBLE = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f"
"""Soft hyphen, zero-width and direction characters, tag characters: as the inside of a character class."""
UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Kana and Han, written without spaces: each character is a word."""
_LETTERS = rf"[^\W_{UNSPACED}]++"
WORD = re.compile(
    rf"[{UNSPACED}]|{_LETTERS}(?:[{INVISIBLE}]++{_LETTERS})*+[{INVISIBLE}]*+|[{INVISIBLE}]++(?:{_LETTERS}[{INVISIBLE}]*+)*+"
)
_APART = re.compile(rf"[\W_]{{{LONGEST_GAP + 1}}}")
"""What lies between words that are too far apart, or more."""
_SPACED = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))
"""For texts of ASCII: a space in the place of all that belongs to no word."""
UNSEEN = re.compile(f"[{INVISIBLE}]")


def fold(word: str) -> str | None:
    """The word without case, invisible characters and compatibility forms; None where nothing of it can be seen."""
    if len(word) > LONGEST_WORD:
        return BROKEN
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFKC", UNSEEN.sub("", word)).casefold() or None


def folded(text: str) -> list[str]:
    """All words of a text, folded, in order. Gaps are not looked at."""
    if text.isascii():
        words = text.lower().translate(_SPACED).split()
        if words and max(map(len, words)) > LONGEST_WORD:
            return [word if len(word) <= LONGEST_WORD else BROKEN for word in words]
        return words
    return [word for word in _folds(WORD.findall(text)) if word is not None]


def _folds(words: Sequence[str]) -> list[str | None]:
    """Each of them folded; the same word once."""
    known: dict[str, str | None] = {word: fold(word) for word in set(words)}
    return [known[word] for word in words]


def placed(text: str, start: int = 0) -> Iterator[tuple[str, int, int]]:
    """The words from `start` on with their places `[start, end)`; a gap that is too long is a broken word."""
    last = start
    for found in WORD.finditer(text, start):
        word = fold(found[0])
        if word is None:
            continue
        begin, end = found.span()
        if begin - last > LONGEST_GAP:
            yield BROKEN, last, begin
        yield word, begin, end
        last = end


Spans = list[tuple[int, int]]
"""Where words stand, `[start, end)` each."""


class Located(NamedTuple):
    """The words of a text with their places, and those (by their number) that stand behind too wide a gap."""

    words: list[str]
    spans: Spans
    wide: list[int]


def located(text: str) -> Located:
    """All words of a text, as `placed` gives them, but with gaps told apart."""
    spans = [found.span() for found in WORD.finditer(text)]
    if text.isascii():
        words = folded(text)
    else:
        folds = _folds(WORD.findall(text))
        words = [word for word in folds if word is not None]
        spans = [span for span, word in zip(spans, folds, strict=True) if word is not None]
    apart = enumerate(pairwise(spans), 1) if _APART.search(text) else ()
    wide = [at for at, (one, other) in apart if other[0] - one[1] > LONGEST_GAP]
    return Located(words, spans, wide)


def shingles(words: Sequence[str], size: int, step: int = 1) -> Iterable[int]:
    """One number per run of `size` words that begins at every `step`; equal runs have equal numbers in one process."""
    return map(hash, zip(*[words[first::step] for first in range(size)], strict=False))


def shingle_set(words: Sequence[str], size: int) -> frozenset[int]:
    """The shingles that hold no broken word."""
    if BROKEN not in words:
        return frozenset(shingles(words, size))
    runs = zip(*(words[first:] for first in range(size)), strict=False)
    return frozenset(hash(run) for run in runs if BROKEN not in run)
