"""Secrets that are longer than a window: signed tokens and private keys, found piece by piece.

Every piece is at most LONGEST characters long, and begins at most FAR characters after what gives it away: so a window
with 1,024 characters to the left finds the same pieces. What lies further away is not found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prodworthy.gateway.detectors.overlaps import Candidate
from prodworthy.gateway.detectors.secrets.shape import LONGEST

FAR = 2 * LONGEST
SCANS: tuple[bytes, ...] = (
    rb"\beyJ[A-Za-z0-9_\-]{12}",
    rb"-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----",
)
"""The header of a signed token (its base64 of `{"`), and the line that opens a private key."""
TOKEN, KEY = range(len(SCANS))

_SIGNED = re.compile(r"(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{12,400}\.eyJ[A-Za-z0-9_-]{6,}")
_TOKEN_RUN = re.compile(r"[A-Za-z0-9_.=-]+")
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----")
_CHUNK = re.compile(r"[A-Za-z0-9+/=]{16,}|-----[A-Z]")


def find(text: str, end: int, scan: int) -> Iterator[Candidate]:
    """The pieces of the secret whose scan ended at `end`."""
    if scan == TOKEN:
        start = end - 15
        if _SIGNED.match(text, start, start + LONGEST) and (
            run := _TOKEN_RUN.match(text, start, start + FAR + LONGEST)
        ):
            yield from _cut(start, run.end(), "jwt", 0.95)
        return
    start = text.rindex("-----BEGIN ", max(0, end - 70), end)
    yield Candidate(start, end, "private_key", 0.99, tier=2)
    for chunk in _CHUNK.finditer(text, end, start + FAR + LONGEST):
        if chunk[0].startswith("-----") or chunk.start() > start + FAR:
            return
        yield from _cut(chunk.start(), chunk.end(), "private_key", 0.95, start + FAR)


def _cut(start: int, end: int, kind: str, confidence: float, last: int | None = None) -> Iterator[Candidate]:
    for place in range(start, end, LONGEST):
        if last is None or place <= last:
            yield Candidate(place, min(end, place + LONGEST), kind, confidence, tier=2)
