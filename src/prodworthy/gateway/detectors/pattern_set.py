"""Many patterns in one pass over a text: one compiled hyperscan database, and a scratch space for every thread.

It reports places and judges nothing. Patterns are bytes of ASCII. A text is scanned as ASCII in which one `?` stands
for every other code point, lone surrogates included: so an offset in the bytes is an offset in code points, no text is
refused, and the scan needs no map. A pattern may therefore use `\\?` for "a letter that is not ASCII".
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import hyperscan

Match = tuple[int, int, int]
Span = tuple[int, int]


class PatternSet:
    """Patterns compiled once; safe to scan with from several threads at once. The interpreter lock is released."""

    def __init__(self, patterns: Sequence[bytes], starts: bool = True, once: bool = False) -> None:
        """Compile the patterns in hyperscan's syntax (no look-around, no back-references; `(?i)` at the front).

        Without `starts` only the ends of matches are reported (starts as 0): faster to compile and to scan. With
        `once` (and without `starts`) only one match of each pattern is, whichever.

        Raises:
            hyperscan.CompilerError: a pattern is not of that syntax.
        """
        # The compiler refuses an empty set; one pattern that no text holds stands for it.
        patterns = patterns or (rb"\xff",)
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flag = hyperscan.HS_FLAG_SOM_LEFTMOST if starts else hyperscan.HS_FLAG_SINGLEMATCH if once else 0
        flags = [flag] * len(patterns)
        self._database.compile(expressions=list(patterns), ids=list(range(len(patterns))), flags=flags)
        self._model = hyperscan.Scratch(self._database)
        self._cloning = threading.Lock()
        self._own = threading.local()

    def matches(self, text: str) -> list[Match]:
        """(index of the pattern, start, end) of each match, in code points, in the order of their ends.

        Of several matches of one pattern that end at one place, only the one that starts first.
        """
        found: list[Match] = []

        def keep(index: int, start: int, end: int, _flags: int, _context: Any) -> None:
            found.append((index, start, end))

        self._database.scan(text.encode("ascii", "replace"), keep, scratch=self._scratch())
        return found

    def spans(self, text: str) -> dict[int, list[Span]]:
        """(start, end) of each match by the index of the pattern, for the patterns that match."""
        found: dict[int, list[Span]] = {}

        def keep(index: int, start: int, end: int, _flags: int, _context: Any) -> None:
            spans = found.get(index)
            if spans is None:
                found[index] = [(start, end)]
            else:
                spans.append((start, end))

        self._database.scan(text.encode("ascii", "replace"), keep, scratch=self._scratch())
        return found

    def _scratch(self) -> hyperscan.Scratch:
        scratch: hyperscan.Scratch | None = getattr(self._own, "scratch", None)
        if scratch is None:
            with self._cloning:
                scratch = self._own.scratch = self._model.clone()
        return scratch
