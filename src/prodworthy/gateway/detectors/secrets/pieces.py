"""Secrets that are longer than a window: signed tokens and private keys, found piece by piece.

Every piece is at most LONGEST characters long, and begins at most FAR characters after what gives it away: so a window
with more than FAR characters to the left finds the same pieces. What lies further away is not found. FAR is enough for
a key of RSA with 4,096 bits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from prodworthy.gateway.detectors.overlaps import Candidate
from prodworthy.gateway.detectors.secrets.shape import LONGEST

FAR = 7 * LONGEST
SCANS: tuple[bytes, ...] = (
    rb"\beyJ[A-Za-z0-9_\-]{12}",
    rb"-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----",
)
"""The header of a signed token (its base64 of `{"`), and the line that opens a private key."""
TOKEN, KEY = range(len(SCANS))

_SIGNED = re.compile(r"(?<![A-Za-z0-9_.-])eyJ[A-Za-z0-9_-]{12,400}\.eyJ[A-Za-z0-9_-]{6,}")
_TOKEN_RUN = re.compile(r"[A-Za-z0-9_.=-]+")
_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----")
_BETWEEN = re.compile(
    r"(?:\s+|\\[nrt]|[\"'] ?\+|[\"',]|(?:Proc-Type|DEK-Info|Version|Comment|Hash):[^\n\\]{0,80}){0,16}"
)
_CHUNK = re.compile(r"[A-Za-z0-9+/=]{16,}|[A-Za-z0-9+/=]+(?=\s{0,2}(?:\\r)?(?:\\n)?\s{0,12}-----END)")


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
    place, limit = end, start + FAR + LONGEST
    while (gap := _BETWEEN.match(text, place, limit)) and (chunk := _CHUNK.match(text, gap.end(), limit)):
        yield from _cut(chunk.start(), chunk.end(), "private_key", 0.95, start + FAR)
        place = chunk.end()


def _cut(start: int, end: int, kind: str, confidence: float, last: int | None = None) -> Iterator[Candidate]:
    for place in range(start, end, LONGEST):
        if last is None or place <= last:
            yield Candidate(place, min(end, place + LONGEST), kind, confidence, tier=2)
