"""E-mail addresses: found at each `@`, by what stands on both sides of it. Sources: RFC 5321 (lengths), RFC 5322."""

from __future__ import annotations

import re

SHAPE = rb"[0-9A-Za-z_?.+'%\-]@[0-9A-Za-z?][0-9A-Za-z?\-]{0,62}\.[0-9A-Za-z?][0-9A-Za-z?.\-]"
"""From the character before the `@` to the beginning of the domain's second label."""

BEFORE, REACH = 166, 258
"""Characters before and from the `@` on that decide about an address."""

# Latin, Greek and Cyrillic letters: scripts that are written without spaces would stick to an address.
_LETTER = "A-Za-z\u00c0-\u024f\u0370-\u04ff"
_LOCAL = re.compile(rf"[{_LETTER}0-9_.+\-'%&=/!#$*^{{|}}~]{{0,65}}")
_LEAD = re.compile(rf"(?:.*[^{_LETTER}0-9_.+\-'%])?[.'%+-]*(?=.)")
_LABEL = rf"[{_LETTER}0-9](?:[{_LETTER}0-9_-]{{0,61}}[{_LETTER}0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.){{1,8}}(?:xn--[a-zA-Z0-9-]{{2,40}}|[A-Za-z]{{2,24}}|[\u0400-\u04ff]{{2,12}})")
_USERINFO = re.compile(r"(?i)[a-z]://[^\s/@\"'<>]{0,64}:\Z")
_FILE_ENDINGS = (
    "png jpg jpeg gif svg webp css js ts tsx jsx mjs java html htm json yaml yml toml xml txt lock tgz whl dll "
    "exe pdf csv"
)
_FILES = frozenset(_FILE_ENDINGS.split())
# What is no country code, of the names in use for mail: enough to tell `mail@firm.online` from `self@module.call`.
_NO_COUNTRIES = (
    "com org net edu gov mil int info biz name pro mobi aero coop museum jobs travel asia cat tel post app dev "
    "page cloud tech online site store shop blog club xyz top live life world today email mail agency company "
    "group media news town digital design studio solutions services consulting systems network software tools "
    "team work works space website health care clinic hospital school academy university bank finance capital "
    "money global international london berlin paris nyc tokyo gmbh ltd inc llc limited law legal social community "
    "events foundation ngo ong energy engineering construction house homes estate land city example test invalid "
    "local localhost internal corp lan home"
)
_GENERIC = frozenset(_NO_COUNTRIES.split())


def find(text: str, at: int) -> tuple[int, int, float] | None:
    """(start, end, confidence) of the address around the `@` at `at`, or None. Reads 66 characters back, 255 on."""
    # What is no domain is told sooner than what is no local part.
    domain = _DOMAIN.match(text, at + 1, at + 255)
    if domain is None:
        return None
    reversed_local = _LOCAL.match(text[max(0, at - 65) : at][::-1])
    local = reversed_local[0][::-1] if reversed_local else ""
    if not local.isalnum() and (lead := _LEAD.match(local)):
        local = local[lead.end() :]
    if not 1 <= len(local) <= 64 or local[-1] == "." or ".." in local:
        return None
    start, end = at - len(local), domain.end()
    sure = _confidence(text, local, domain[0], end)
    if not sure or _within_address(text, start):
        return None
    return start, end, sure


def _within_address(text: str, start: int) -> bool:
    """Whether this is the user or the password of a URL (`https://user:password@host`)."""
    before = text[start - 1 : start]
    return (before == "/" and text[start - 2 : start] == "//") or (
        before == ":" and _USERINFO.search(text, max(0, start - 100), start) is not None
    )


def _confidence(text: str, local: str, domain: str, end: int) -> float:
    """How sure: 0 where a remote, a file name, a decorator or an expression is likelier than an address."""
    top = domain.rpartition(".")[2].lower()
    after = text[end : end + 1]
    known = top in _GENERIC or (len(top) == 2 and top.isascii()) or not top.isascii() or top.startswith("xn--")
    if not known and (top in _FILES or domain[0].isdigit()):
        return 0.0
    if after in ("(", "[") or (local == "git" and after == ":"):
        return 0.0
    if after.isascii() and (after.isalnum() or after == "_"):
        return 0.8 if known and after.isdigit() else 0.0
    return 0.99 if known else 0.7
