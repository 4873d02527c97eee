"""Fact `secrets`: where a text holds credentials: vendors' keys and tokens, passwords, private keys.

One hyperscan pass finds anchors; an expression is tried there and nowhere else. A finding spans the secret value alone
and never holds it. It takes no value for a secret that says of itself that it is made up (`EXAMPLE`, `xxxx`, `${VAR}`),
and does not ask the vendor whether a secret is in force.

A finding depends on at most LEFT characters to its left (1,024 for all but signed tokens and private keys) and, to its
right, on BACK characters across spaces or REACH within one unbroken token, as for `personal_data`. Of signed tokens and
private keys, what lies more than 3,840 characters after their beginning is not found.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

import msgspec

from prodworthy.gateway.detectors.overlaps import Candidate, settle
from prodworthy.gateway.detectors.pattern_set import Match, PatternSet
from prodworthy.gateway.detectors.secrets import generic, pieces
from prodworthy.gateway.detectors.secrets.plausible import made_up
from prodworthy.gateway.detectors.secrets.shape import LONGEST, Named, Shape
from prodworthy.gateway.detectors.secrets.vendors import CLOUDS, CODE, OWN, PAYMENTS
from prodworthy.gateway.detectors.secrets.vendors_more import MESSAGING, MODELS, NAMED
from prodworthy.gateway.detectors.spanning import Spanning

LEFT = 4096

SHAPES: tuple[Shape, ...] = (*OWN, *CLOUDS, *CODE, *PAYMENTS, *MESSAGING, *MODELS)
KINDS: frozenset[str] = frozenset(
    [shape.kind for shape in SHAPES]
    + [named.kind for named in NAMED]
    + ["jwt", "private_key", "password", "secret_value", "authorization"]
    + ["database_url_with_password", "url_with_password"]
)
"""Every kind that a finding may have."""


class _Anchor(msgspec.Struct, frozen=True):
    """What a scanned pattern stands for: an entry of the tables, and how long its match is."""

    entry: Shape | Named
    size: int


class SecretsDetector(Spanning):
    """Measures `secrets`: a tuple of Findings in order, none overlapping another within its part."""

    fact = "secrets"
    context = LEFT

    def __init__(self) -> None:
        """The patterns are compiled once in a process."""
        self._patterns, self._anchors = _compiled()

    def find(self, text: str) -> list[Candidate]:
        """What one text holds, in order and without overlap."""
        matches = self._patterns.matches(text)
        return settle(self._candidates(text, matches)) if matches else []

    def _candidates(self, text: str, matches: list[Match]) -> Iterator[Candidate]:
        generics, parts = len(generic.SCANS), len(pieces.SCANS)
        for index, _, end in matches:
            if index < generics:
                if found := generic.find(text, end - 1, index):
                    yield found
            elif index < generics + parts:
                yield from pieces.find(text, end, index - generics)
            else:
                anchor = self._anchors[index - generics - parts]
                if found := _tried(text, end - anchor.size, anchor.entry):
                    yield found


def _tried(text: str, place: int, entry: Shape | Named) -> Candidate | None:
    """The secret of this entry whose anchor, or value, begins at `place`."""
    expression = _expression(entry)
    offsets = entry.before if isinstance(entry, Shape) else (0,)
    tries = (expression.match(text, place - offset, place + LONGEST) for offset in offsets if offset <= place)
    found = next((one for one in tries if one), None)
    if found is None:
        return None
    start, end = found.span(1 if expression.groups else 0)
    if start < 0 or made_up(text[start:end]):
        return None
    return Candidate(start, end, entry.kind, entry.confidence, tier=0 if isinstance(entry, Shape) else 1)


@functools.cache
def _expression(entry: Shape | Named) -> re.Pattern[str]:
    return entry.expression()


@functools.cache
def _compiled() -> tuple[PatternSet, tuple[_Anchor, ...]]:
    scans: list[bytes] = [*generic.SCANS, *pieces.SCANS]
    anchors: list[_Anchor] = []
    for shape in SHAPES:
        for literal in shape.anchors:
            scans.append(shape.scanned(literal))
            anchors.append(_Anchor(shape, len(literal) + shape.after))
        if shape.head:
            scans.append(shape.head.encode())
            anchors.append(_Anchor(shape, 0))
    for named in NAMED:
        scans.append(named.scanned())
        anchors.append(_Anchor(named, 1))
    return PatternSet(scans, starts=False), tuple(anchors)
