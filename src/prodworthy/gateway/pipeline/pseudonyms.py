"""Tokens in the place of personal data: the same for the same value, person and workload; turned back in the answer."""

from __future__ import annotations

import base64
from collections.abc import Callable

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.policy.core.facts import Finding, Pseudonym

LONGEST = 48
"""Characters of the longest token."""

_DIGITS = 10

Keyed = Callable[..., str]
"""A keyed hash of texts, in hex: the vault's `pseudonym`."""


class Pseudonyms:
    """The tokens of one exchange. What they stand for is held in memory until the exchange ends, and nowhere else."""

    fact = "pseudonyms"
    slow = False
    context = LONGEST

    def __init__(self, keyed: Keyed, workload: tuple[str, str], subject: str) -> None:
        """`keyed` makes tokens that nobody can compute without the installation's key."""
        self._keyed = keyed
        self._scope = (*workload, subject)
        self._values: dict[str, str] = {}

    def measure_found(self, reading: Reading, facts: dict[str, object]) -> tuple[Pseudonym, ...]:
        """A token for everything that was found in a request."""
        texts = {(text.part, text.start): text for text in reading.texts}
        by_part: dict[str, list[int]] = {}
        for part, start in texts:
            by_part.setdefault(part, []).append(start)
        made = []
        for fact in facts.values():
            for found in fact if isinstance(fact, tuple) else ():
                if isinstance(found, Finding):
                    start = max(at for at in by_part[found.part] if at <= found.start)
                    value = texts[found.part, start].text[found.start - start : found.end - start]
                    made.append(Pseudonym(found.part, found.start, found.end, self._token(found.kind, value)))
        return tuple(made)

    def measure(self, reading: Reading) -> tuple[Pseudonym, ...]:
        """The places of the request's tokens in an answer, with what they stand for."""
        found = []
        for text in reading.texts:
            for token, value in self._values.items():
                at = text.text.find(token)
                while at >= 0:
                    start = text.start + at
                    found.append(Pseudonym(text.part, start, start + len(token), value))
                    at = text.text.find(token, at + len(token))
        return tuple(sorted(found, key=lambda pseudonym: (pseudonym.part, pseudonym.start)))

    def settled(self, text: str) -> int:
        """All but a token that may have begun."""
        at = text.rfind("[", max(0, len(text) - LONGEST))
        return len(text) if at < 0 or "]" in text[at:] else at

    def _token(self, kind: str, value: str) -> str:
        digest = bytes.fromhex(self._keyed(*self._scope, kind, value))
        name = base64.b32encode(digest)[:_DIGITS].decode()
        token = f"[{kind.upper()[: LONGEST - _DIGITS - 3]}_{name}]"
        self._values[token] = value
        return token
