"""What a credential looks like: an anchor that one scan finds, and an expression to try there."""

from __future__ import annotations

import re

import msgspec

LONGEST = 480
"""Characters of the longest credential that is checked as a whole; what is longer is found piece by piece."""

WORD = "A-Za-z0-9"
URL = "A-Za-z0-9_-"
BASE64 = "A-Za-z0-9+/="


class Shape(msgspec.Struct, frozen=True):
    """A vendor's credential that says by its form what it is.

    `anchors` are literals; the credential begins as many characters before one of them as `before` says. `pattern` is
    the whole credential, of which group 1, if there is one, is the secret; none of the characters `tail` may follow.
    `head` is what the scan looks for where there is no literal: a hyperscan expression that matches from the beginning
    of a credential to a place `before` characters on. `after` is how many characters after its anchor the scan wants
    to see, so that it reports less.
    """

    kind: str
    anchors: tuple[str, ...]
    pattern: str
    tail: str = WORD
    before: tuple[int, ...] = (0,)
    after: int = 5
    head: str = ""
    confidence: float = 0.98

    def scanned(self, anchor: str) -> bytes:
        """What hyperscan looks for: the anchor and `after` characters more."""
        edge = r"\b" if self.before == (0,) and anchor[0].isalnum() else ""
        return (edge + _escape(anchor) + "[^\\s\"'`<>]" * self.after).encode()

    def expression(self) -> re.Pattern[str]:
        """What is tried at an anchor."""
        return re.compile(rf"(?<![A-Za-z0-9])(?:{self.pattern})(?![{self.tail}])")


class Named(msgspec.Struct, frozen=True):
    """A credential that has no form of its own, but a name before it: `DATADOG_API_KEY = ...`.

    `names` is a hyperscan expression (caseless) of the name; `pattern` the value.
    """

    kind: str
    names: str
    pattern: str
    tail: str = WORD
    confidence: float = 0.9

    def scanned(self) -> bytes:
        """A match ends with the first character of the value."""
        return rf"(?i)(?:{self.names}){BETWEEN}[^\s\"'`=:,(]".encode()

    def expression(self) -> re.Pattern[str]:
        """What is tried at the value."""
        return re.compile(rf"({self.pattern})(?![{self.tail}])")


BETWEEN = (
    r"[a-z0-9_.\-]{0,16}[\"'`\])]{0,2}"
    r"(?:[ \t]{0,16}(?:=>|:=|==?|:|,|\()[ \t]{0,16}[\"'`]{0,1}|[ \t]{1,16}[\"'`])"
)
"""What stands between a name and its value in configuration, code and JSON; white space alone before a quote."""

_SPECIAL = frozenset(".^$*+?()[]{}|\\/-")


def _escape(literal: str) -> str:
    return "".join(f"\\{char}" if char in _SPECIAL else char for char in literal)
