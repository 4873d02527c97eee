"""JSON as it stands on the wire, read as the text that its reader will see, with the way back to the wire's characters.

A stream carries the arguments of a tool call as pieces of JSON. An address written `a\\u0040b.example` there is an
address to whoever decodes it; so detectors read the decoded text, and an edit is carried back into the JSON.
"""

from __future__ import annotations

import bisect
import json
import re

_HIGH, _LOW = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_TOKEN = re.compile(rf'{_HIGH}{_LOW}|\\u[0-9a-fA-F]{{4}}|\\[^u]|"', re.DOTALL)
_LOW_BEGUN = re.compile(r"\\(?:u(?:[dD](?:[c-fC-F][0-9a-fA-F]?)?)?)?|")
_SIMPLE = {r"\n": "\n", r"\t": "\t", r"\r": "\r", r"\b": "\b", r"\f": "\f", r"\/": "/", r"\"": '"', r"\\": "\\"}


class JsonText:
    """A piece of JSON: `text` is what it says, escapes decoded; `span` and `quoted` speak of the piece itself."""

    def __init__(self, raw: str, inside: bool = False) -> None:
        """`inside`: the piece begins within a string."""
        self._inside = inside
        self._quotes: list[int] = []
        self._starts: list[int] = []  # where each escape's character stands in the text
        self._escapes: list[tuple[int, int, int]] = []  # where it stands in the piece, its length there and in the text
        pieces: list[str] = []
        done = length = 0
        for token in _TOKEN.finditer(raw):
            if token[0] == '"':
                self._quotes.append(token.start())
                continue
            said = _decoded(token[0])
            length += token.start() - done
            self._starts.append(length)
            self._escapes.append((token.start(), len(token[0]), len(said)))
            pieces += (raw[done : token.start()], said)
            length += len(said)
            done = token.end()
        self.text = "".join((*pieces, raw[done:])) if pieces else raw

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Characters `[start, end)` of the text as characters of the piece; an escape is taken whole."""
        return self.back(start), self.back(end)

    def back(self, position: int) -> int:
        """A position of the text as one of the piece."""
        which = bisect.bisect_left(self._starts, position) - 1
        if which < 0:
            return position
        at, size, said = self._escapes[which]
        beyond = position - self._starts[which] - said
        return at + size + max(beyond, 0)

    def aligned(self, at: int) -> int:
        """The last position of the piece up to this one that does not lie within an escape."""
        which = bisect.bisect_right(self._escapes, at, key=lambda escape: escape[0]) - 1
        if which < 0:
            return at
        start, size, _ = self._escapes[which]
        return start if at < start + size else at

    def quoted(self, at: int) -> bool:
        """Whether a position of the piece lies within a string."""
        return (bisect.bisect_left(self._quotes, at) % 2 == 1) != self._inside


def replacement(text: str, quoted: bool) -> str:
    """What an edit writes into JSON: escaped; as a string of its own where the edit is not within one."""
    encoded = json.dumps(text, ensure_ascii=False)
    return encoded[1:-1] if quoted else encoded


def unfinished(raw: str) -> int:
    """How many characters at the end are, or may be, the beginning of an escape (at most 11)."""
    at = max(0, len(raw) - 12)
    while at > 0 and raw[at - 1] == "\\":
        at -= 1
    while at < len(raw):
        if raw[at] != "\\":
            at += 1
        elif raw[at + 1 : at + 2] not in ("u", ""):
            at += 2
        elif len(raw) < at + 6 or (_is_high(raw[at + 2 : at + 6]) and _LOW_BEGUN.fullmatch(raw, at + 6)):
            return len(raw) - at
        else:
            at += 6
    return 0


def _is_high(digits: str) -> bool:
    return digits[:1] in "dD" and digits[1:2] in "89abAB"


def _decoded(token: str) -> str:
    if token[1] != "u":
        return _SIMPLE.get(token, token)
    said = json.loads(f'"{token}"')
    return "\N{REPLACEMENT CHARACTER}" if "\ud800" <= said[0] <= "\udfff" else str(said)
