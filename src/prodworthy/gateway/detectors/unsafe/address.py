"""Addresses as browsers read them: where an address leads, and whether that host is allowed."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]+):")
_WEB = frozenset({"http", "https", "ws", "wss", "ftp", "ftps"})
_HERE = frozenset({"mailto", "tel", "cid", "attachment", "data", "sandbox", "about", "javascript", "vbscript"})
"""Schemes that load nothing from a host; what some of them do instead is told by other findings."""
_UNSEEN = re.compile(r"[\x00-\x20\x7f\u00ad\u200b-\u200f\u2060\ufeff]+")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_HOST = re.compile(r"[a-z0-9_.\-]{1,253}|\[[0-9a-f:.]{2,45}\]")
_USUAL = re.compile(r"(?:(?:https?:)?//|(?=www\.))([a-z0-9_\-]++(?:\.[a-z0-9_\-]++)*+)(?:[/?#]|\Z)")
_NOTHING = dict.fromkeys(
    [0xAD, 0x34F, 0x1806, *range(0x180B, 0x180E), *range(0x200B, 0x200E), 0x2060, *range(0xFE00, 0xFE10), 0xFEFF]
)
"""What the names of hosts are read without (RFC 3454, table B.1)."""
_AUTHORITY = re.compile(r"[/?#]")
_PORT = re.compile(r":[0-9]*$")


def unescaped(address: str) -> str:
    """The address as Markdown reads it: a backslash before punctuation stands for the punctuation."""
    return _ESCAPED.sub(r"\1", address)


def plain(address: str) -> str:
    """The address without what browsers skip (white space, controls), backslashes as slashes."""
    if not (address.isascii() and address.isprintable() and " " not in address):
        address = _UNSEEN.sub("", address)
    return address.replace("\\", "/")


def scheme(address: str) -> str:
    """The scheme of a plain address in lower case, "" without one."""
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""


def leads(address: str) -> bool:
    """Whether a plain address may name a host or run something, unlike one within the same site."""
    return bool(_SCHEME.match(address)) or address.startswith("//") or address[:4].lower() == "www."


def host(address: str) -> str | None:
    """The host that a plain address leads to, in ASCII and lower case; None if it leads to none.

    "" where an address leads somewhere that cannot be told: it is never an allowed host.
    """
    name = written_host(address)
    return name and _ascii(name)


def written_host(address: str) -> str | None:
    """The host as `host` says it, but before it is made ASCII, which takes longer than all else.

    It may hold what no host does: then it is no allowed one either.
    """
    if (usual := _USUAL.match(address)) and len(usual[1]) <= 253:
        return usual[1]
    name = scheme(address)
    if name in _WEB:
        rest = address[len(name) + 1 :].lstrip("/")
    elif address.startswith("//"):
        rest = address.lstrip("/")
    elif address[:4].lower() == "www.":
        rest = address
    else:
        return "" if name and name not in _HERE else None
    authority = _AUTHORITY.split(rest[:1024], maxsplit=1)[0]
    if "%" in authority:
        authority = unquote(authority)
    return _folded(_PORT.sub("", authority.rpartition("@")[2]))


def _folded(name: str) -> str:
    if name.isascii():
        return name.lower().rstrip(".")
    return unicodedata.normalize("NFKC", name).replace("\u3002", ".").casefold().rstrip(".")


def _ascii(name: str) -> str:
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii") if len(name) <= 253 else ""
        except UnicodeError:
            return ""
    return name if _HOST.fullmatch(name) else ""


class Hosts:
    """The hosts to which an answer may lead."""

    def __init__(self, hosts: tuple[str, ...]) -> None:
        """`example.com` allows that host, `*.example.com` every host below it. Raises ValueError for anything else."""
        names = {each: _ascii(_folded(each.removeprefix("*."))) for each in hosts}
        if bad := [each for each, name in names.items() if not name]:
            raise ValueError(f"these are no host names: {', '.join(map(repr, bad))}")
        self._exact = frozenset(name for each, name in names.items() if not each.startswith("*."))
        self._below = tuple(f".{name}" for each, name in names.items() if each.startswith("*."))
        self._exact_written = frozenset(map(_written, self._exact))
        self._below_written = tuple(map(_written, self._below))

    def allow(self, name: str) -> bool:
        """Whether this host is allowed, a host as `host` gives it."""
        return name in self._exact or (bool(self._below) and name.endswith(self._below))

    def allow_written(self, name: str) -> bool:
        """Whether this host is allowed, a host as `written_host` gives it: what `allow` says of it in ASCII."""
        if name.isascii():
            return self.allow(name)
        shown = unicodedata.normalize("NFKC", name.translate(_NOTHING))
        below = self._below_written
        return shown in self._exact_written or (bool(below) and shown.endswith(below) and _ascii(name) != "")


def _written(name: str) -> str:
    """A host's name in ASCII as it is written, each label in its own letters."""
    return ".".join(label.encode().decode("idna") if label.startswith("xn--") else label for label in name.split("."))
