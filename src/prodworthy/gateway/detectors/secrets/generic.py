"""Secrets without a vendor: what is assigned to a name such as `password`, and passwords and tokens in transit.

A match of each scan ends with the first character of the value.
"""

from __future__ import annotations

import re

from prodworthy.gateway.detectors.overlaps import Candidate
from prodworthy.gateway.detectors.secrets.plausible import Values, drawn, entropy, made_up, password
from prodworthy.gateway.detectors.secrets.shape import BETWEEN

_DATABASES = r"postgres(?:ql)?|mysql|mariadb|mongodb|redis|rediss|amqps?|mssql|sqlserver|oracle|cockroachdb|clickhouse"
_USER = r"(?:\+[a-z0-9]{2,16})?(?:\+srv)?:\/\/[^\s\/@:\"'`<>]{0,64}:"
SCANS: tuple[bytes, ...] = (
    rf"(?i)(?:passw(?:or)?d|passwd|passphrase|pwd|passwort|contrase.a|[_\-]pass|[_\-]pw){BETWEEN}[^\s\"'`=:,(]".encode(),
    (
        r"(?i)(?:secret|token|api[_\- ]?key|apikey|access[_\- ]?key|auth[_\- ]?key|private[_\- ]?key|credentials?|"
        r"encryption[_\- ]?key|signing[_\- ]?key|[a-z0-9][_\-]key){BETWEEN}[^\s\"'`=:,(]"
    )
    .replace("{BETWEEN}", BETWEEN)
    .encode(),
    rb"(?i)\b(?:bearer|basic|authorization[:=] ?token|x-api-key[:=]) {1,2}[A-Za-z0-9+/]",
    rf"(?i)\b(?:{_DATABASES}){_USER}[^\s\/@\"'`<>]".encode(),
    rf"(?i)\b[a-z]{{2,10}}{_USER}[^\s\/@\"'`<>]".encode(),
    rb"(?i)--[a-z0-9\-]{0,24}(?:key|token|secret|password|passwd|pwd) {1,2}[\"']?[A-Za-z0-9+/_]",
)
"""Passwords · keys and tokens · the Authorization field · a database's address · any address · a command's option."""
PASSWORD, KEY, FIELD, DATABASE, ADDRESS, OPTION = range(len(SCANS))

_QUOTED = re.compile(r"[^\s\"'`\\<>]{6,128}")
_BARE = re.compile(r"[^\s\"'`\\<>,;&(){}\[\]|=#]{8,128}={0,2}(?![^\s\"'`\\<>,;&)}\]|])")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{16,300}={0,2}(?![A-Za-z0-9._~+/=-])")
_USERINFO = re.compile(r"([^\s@/\"'`<>]{3,128})@[A-Za-z0-9\[]")
_CODE = re.compile(r"[a-zA-Z_][\w]*(?:[.:]{1,2}[a-zA-Z_]\w*)+[(\[]?|[A-Z][A-Z0-9_]*|[a-z_]+(?:-[a-z_]+)*|\$\w+")


_NOT_HERE = ("eyJ", "-----BEGIN", "http://", "https://")
"""Signed tokens and private keys are found in pieces; an address is no password."""


def find(text: str, start: int, scan: int, values: Values) -> Candidate | None:
    """The secret whose first character stands at `start`, or None."""
    if scan in (DATABASE, ADDRESS):
        return _userinfo(text, start, scan, values)
    if text.startswith(_NOT_HERE, start):
        return None
    if scan == FIELD:
        token = _TOKEN.match(text, start)
        if token and values.are(_token, token[0]):
            return Candidate(start, token.end(), "authorization", 0.7, tier=1)
        return None
    return _assigned(text, start, scan, values) if text[start - 1] != "(" else None


def _token(value: str) -> bool:
    return not made_up(value) and entropy(value) >= 3.0 and any(map(str.isdigit, value))


def _assigned(text: str, start: int, scan: int, values: Values) -> Candidate | None:
    """A value after a name. Without quotes it ends where code would go on, and may be an expression."""
    quote = text[start - 1]
    quoted = quote in "\"'`"
    value = (_QUOTED if quoted else _BARE).match(text, start)
    if value is None or (quoted and text[value.end() : value.end() + 1] != quote):
        return None
    written = value[0] if quoted else value[0].rstrip(".:!?")
    if not quoted and (_CODE.fullmatch(written) or text[value.end() : value.end() + 1] in ("(", "[", "{")):
        return None
    if values.are(password if scan == PASSWORD else drawn, written):
        return Candidate(
            start,
            start + len(written),
            "password" if scan == PASSWORD else "secret_value",
            0.7 if quoted else 0.5,
            tier=1,
        )
    return None


def _userinfo(text: str, start: int, scan: int, values: Values) -> Candidate | None:
    found = _USERINFO.match(text, start)
    if found is None or values.are(made_up, found[1]) or found[1].lower() in _COMMON or found[1][0] in "$%{<":
        return None
    kind = "database_url_with_password" if scan == DATABASE else "url_with_password"
    return Candidate(start, found.end(1), kind, 0.9, tier=0 if scan == DATABASE else 1)


_COMMON = frozenset(
    ("password", "pass", "passwd", "pwd", "secret", "user", "token", "postgres", "root", "admin", "guest")
)
