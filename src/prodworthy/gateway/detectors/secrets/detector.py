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
from prodworthy.gateway.detectors.secrets.plausible import Values, made_up
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
    """What a scanned pattern stands for: an entry of the tables, how long its match is, where the secret may begin."""

    entry: Shape | Named
    size: int
    before: tuple[int, ...] = (0,)


class SecretsDetector(Spanning):
    """Measures `secrets`: a tuple of Findings in order, none overlapping another within its part."""

    fact = "secrets"
    context = LEFT

    def __init__(self) -> None:
        """The patterns are compiled once in a process."""
        self._patterns, self._anchors = _compiled()
        self._expressions: dict[int, re.Pattern[str]] = {}

    def find(self, text: str) -> list[Candidate]:
        """What one text holds, in order and without overlap."""
        matches = self._patterns.matches(text)
        return settle(self._candidates(text, matches)) if matches else []

    def _candidates(self, text: str, matches: list[Match]) -> Iterator[Candidate]:
        generics, parts = len(generic.SCANS), len(pieces.SCANS)
        values = Values()
        for index, _, end in matches:
            if index < generics:
                if found := generic.find(text, end - 1, index, values):
                    yield found
            elif index < generics + parts:
                yield from pieces.find(text, end, index - generics)
            else:
                anchor = self._anchors[index - generics - parts]
                expression = self._expressions.get(index)
                if expression is None:
                    expression = self._expressions[index] = anchor.entry.expression()
                place = end - anchor.size
                for offset in anchor.before:
                    one = expression.match(text, place - offset, place + LONGEST) if offset <= place else None
                    if one is not None:
                        yield from _taken(text, one, anchor.entry, values)
                        break


def _taken(text: str, match: re.Match[str], entry: Shape | Named, values: Values) -> Iterator[Candidate]:
    """The secret that an expression matched, unless it says that it is none."""
    start, end = match.span(1 if match.re.groups else 0)
    if start >= 0 and not values.are(made_up, text[start:end]):
        yield Candidate(start, end, entry.kind, entry.confidence, tier=0 if isinstance(entry, Shape) else 1)


@functools.cache
def _compiled() -> tuple[PatternSet, tuple[_Anchor, ...]]:
    scans: list[bytes] = [*generic.SCANS, *pieces.SCANS]
    anchors: list[_Anchor] = []
    for shape in SHAPES:
        for literal in shape.anchors:
            scans.append(shape.scanned(literal))
            anchors.append(_Anchor(shape, len(literal) + shape.after, shape.before))
        if shape.head:
            scans.append(shape.head.encode())
            anchors.append(_Anchor(shape, 0, shape.before))
    for named in NAMED:
        scans.append(named.scanned())
        anchors.append(_Anchor(named, 1))
    return PatternSet(scans, starts=False), tuple(anchors)
