"""Telephone numbers: which candidates could ring, by the numbering plans that `phonenumbers` publishes.

The plans are read once into regular expressions, so that a check costs microseconds and not a library call: a number
is valid where the library's own `is_valid_number` says so. What is not valid is found only beside a word such as
"phone", or in the North American form 3-3-4, and then less surely.
"""

from __future__ import annotations

import re

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, PhoneMetadata

from prodworthy.gateway.detectors.personal_data.plans import at_home, country, country_code
from prodworthy.gateway.detectors.personal_data.rule import begins_alone, ends_alone

LONGEST = 22
"""Characters of the longest number written with separators, without extension."""

_WORDS = (
    rb"(?:tele|cell|smart|mobile)?-?(?:phone|fon|foon)(?:[ _-]?(?:numbers?|no|nr))?|t.l.phone|t.lefono|telefax|tel|fax|"
    rb"mobil[eo]?|m.vil|cell|celular|cellulare|portable|handy|rufnummer|puhelin|desk|hotline|landline|pager|whats ?app|"
    rb"sms|call(?: me)?(?: (?:on|at))?|dial|ring|text me(?: at)?|contact|reach (?:me|us|him|her)(?: (?:on|at))?"
)
SHAPES: tuple[bytes, ...] = (
    rb"[+][(]?[1-9](?:[ ().\-/?]{0,2}[0-9]){6}",
    rb"\b00[1-9](?:[ ().\-/?]{0,2}[0-9]){7}",
    rb"(?:\b0|\(0)[1-9](?:[ ().\-/]{0,2}[0-9]){7}",
    rb"(?:\([2-9][0-9]{2}\)[ .\-]?|\b[2-9][0-9]{2}[.\- ])[1-9][0-9]{2}[.\- ][0-9]{4}",
    rb"\b1[.\- ](?:\([2-9][0-9]{2}\)[ .\-]?|[2-9][0-9]{2}[.\- ])[1-9][0-9]{2}[.\- ][0-9]{4}",
    rb"(?i)\b(?:" + _WORDS + rb")\b[^0-9+(]{0,20}[+]?[(]?[0-9]",
    rb"\?\?[:? ]{0,3}1[3-9][0-9]{9}\b",
)
"""Abroad · abroad by 00 · trunk prefix 0 · North America, also with its 1 · after a word · a mobile in Chinese text."""
ABROAD, DIALLED, TRUNK, AMERICA, AMERICA_ONE, SAID, CHINESE = range(len(SHAPES))
REACH = LONGEST + 14
"""Characters from a number's beginning on that decide about it: its own, its extension, and what follows."""
BEFORE = (40, 40, 2, 2, 2, 2, 2)
"""Characters before a number that decide about it, by shape."""
SPOKEN = frozenset((SAID, CHINESE))
"""Shapes whose match ends within the number: it begins where `begin` says."""

_RUN = re.compile(r"[+(]{0,2} ?[0-9](?:[ .\-/\u00a0]?[()]?[ ]?[0-9])*")
_EXTENSION = re.compile(r" ?(?:x|ext\.? ?|#)\d{1,5}(?![\w])")
_SAID = re.compile(rf"(?i)(?<![^\W_])(?:{_WORDS.decode()})(?![^\W\d_])[^0-9+(]{{0,20}}\Z")
_NEAR = re.compile(r"(?i)[a-z][^0-9+(]{0,20}\Z")
"""Without a letter near, nothing is said."""
_DATE = re.compile(r"(?:19|20)\d\d[-./]\d\d?[-./]\d\d?|\d\d?[-./]\d\d?[-./](?:19|20)\d\d")
_LAST = re.compile(r"\D+(\d+)\Z")
_TABLE = re.compile(r"(?:0[0-9]{0,3}[ .\-/]{1,2}){5}0")
"""Six groups in a row that all begin with 0 are a table: no country's numbers are written so."""
SHORTER = 3
"""A run of figures is also tried with as many groups less."""
_EXTENDS = frozenset(" x#e")
_COUNTED = "0123456789012345678909876543210"
_FIGURES = str.maketrans("", "", "+ .-/()\u00a0")


class Numbering:
    """The plans of the regions whose numbers are recognised without a country code, and of all countries with one."""

    def __init__(self, regions: tuple[str, ...]) -> None:
        """Read the plans. Raises ValueError for a region that `phonenumbers` does not know."""
        unknown = [region for region in regions if region not in SUPPORTED_REGIONS]
        if unknown:
            raise ValueError(f"no numbering plan for {', '.join(unknown)}")
        self._home, self._plain = at_home(regions)
        for members in COUNTRY_CODE_TO_REGION_CODE.values():
            for region in members:
                # Read now, so that no exchange waits for it; made a pattern when the first number asks for it.
                PhoneMetadata.metadata_for_region(region)
        self._american = any(region in COUNTRY_CODE_TO_REGION_CODE[1] for region in regions)

    def find(self, text: str, start: int, shape: int) -> tuple[int, float] | None:
        """Where the number that begins at `start` ends, and how sure that is; None if there is none."""
        if not _opens(text, start) or (shape == TRUNK and _TABLE.match(text, start)):
            return None
        run = _RUN.match(text, start, start + LONGEST)
        if run is None:
            return None
        figures, end = run[0].translate(_FIGURES), run.end()
        for _ in range(1 + SHORTER):
            if 7 <= len(figures) <= 15:
                beyond = extended(text, end)
                if (beyond or ends_alone(text, end)) and (sure := self.sure(text, start, end, shape, figures)):
                    return beyond or end, sure
            last = _LAST.search(text, start, end)
            if last is None or last.start() <= start + 6:
                return None
            end, figures = last.start(), figures[: len(figures) - len(last[1])]
        return None

    def may_open(self, text: str, start: int, shape: int, figures: str) -> bool:
        """Whether a number may begin with some of these figures, seven at least, or as the text says."""
        if shape == TRUNK:
            return text[start] == "(" or self._home.match(figures) is not None
        if shape not in (ABROAD, DIALLED):
            return True
        skip = 2 if shape == DIALLED else 0
        code = country_code(figures[skip:])
        if not code or not skip or code < 10:
            return bool(code)
        return country(code).valid.match(figures, skip + len(str(code))) is not None or _said(text, start)

    def sure(self, text: str, start: int, end: int, shape: int, figures: str) -> float:
        """How sure it is that these figures, at `[start, end)`, are a number that begins as the shape says; or 0."""
        if shape == TRUNK:
            sure = self._trunk(text[start], end - start == len(figures), figures)
            return sure if sure and len(set(figures)) > 2 else 0.0
        if len(set(figures)) < 3:
            return 0.0
        if shape in (ABROAD, DIALLED):
            return self._abroad(text, start, figures, 2 if shape == DIALLED else 0)
        if shape in (AMERICA, AMERICA_ONE):
            return 0.8 if self._american and len(figures) == 10 + (shape == AMERICA_ONE) else 0.0
        return 0.7 if len(figures) <= 13 and not _DATE.fullmatch(text, start, end) else 0.0

    def _abroad(self, text: str, start: int, figures: str, skip: int) -> float:
        code = country_code(figures[skip:])
        if not code:
            return 0.0
        size, behind = len(str(code)), country(code)
        rest = len(figures) - skip - size
        if rest in behind.lengths and behind.valid.fullmatch(figures, skip + size):
            return 0.95
        formed = not skip or (size == 1 and rest == 10 and text[start + 3] in ". -") or _said(text, start)
        return 0.6 if formed and 7 <= rest <= 12 else 0.0

    def _trunk(self, first: str, plain: bool, figures: str) -> float:
        if plain and (len(figures) not in (10, 11) or figures in _COUNTED):
            return 0.0
        if (self._plain if plain else self._home).fullmatch(figures):
            return 0.6 if plain else 0.8
        return 0.6 if first == "(" and 9 <= len(figures) <= 12 else 0.0


def begin(text: str, end: int, shape: int) -> int:
    """Where the number begins in which a match of a spoken shape ends."""
    start = end - 1
    if shape == CHINESE:
        return end - 11
    while start and end - start < 3 and text[start - 1] in "+(":
        start -= 1
    return start


def extended(text: str, end: int) -> int:
    """Where the extension ends that follows a number; 0 where none does."""
    found = _EXTENSION.match(text, end, end + 8) if text[end : end + 1] in _EXTENDS else None
    return found.end() if found else 0


def _said(text: str, start: int) -> bool:
    return (
        _NEAR.search(text, max(0, start - 21), start) is not None
        and _SAID.search(text, max(0, start - 40), start) is not None
    )


def _opens(text: str, start: int) -> bool:
    if text[start] in "+(":
        before = text[start - 1 : start]
        return not (before.isascii() and before.isalnum())
    return begins_alone(text, start)
