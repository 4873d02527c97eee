"""Which families of phrases occur in a text: all patterns in one linear pass, with the interpreter lock released."""

from __future__ import annotations

import threading

import hyperscan

from prodworthy.gateway.detectors.injection.phrases import FAMILIES, expressions

NAMES = tuple(FAMILIES)


class Phrases:
    """The patterns, compiled once. Safe to use from several threads: one scans at a time, for microseconds."""

    def __init__(self) -> None:
        """Compile. Raises hyperscan.error for a pattern that is no pattern."""
        written = expressions()
        self._family = [NAMES.index(family) for _, family in written]
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        flags = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL
        self._database.compile(
            expressions=[pattern.encode() for pattern, _ in written],
            ids=list(range(len(written))),
            elements=len(written),
            flags=[flags] * len(written),
        )
        self._lock = threading.Lock()

    def within(self, folded: bytes) -> int:
        """The families that occur in a folded lower-case text, as a set of bits in the order of NAMES."""
        found = 0
        family = self._family

        def saw(pattern: int, _start: int, _end: int, _flags: int, _context: object) -> None:
            nonlocal found
            found |= 1 << family[pattern]

        with self._lock:
            self._database.scan(folded, match_event_handler=saw)
        return found
