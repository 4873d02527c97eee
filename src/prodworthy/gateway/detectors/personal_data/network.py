"""IP and hardware addresses: which candidates are addresses of a machine. Sources: RFC 791, RFC 4291, IEEE 802."""

from __future__ import annotations

import ipaddress
import re

from prodworthy.gateway.detectors.personal_data.rule import begins_alone, ends_alone

SHAPES: tuple[bytes, ...] = (
    rb"\b[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\b",
    rb"(?i)\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b",
    rb"(?i)\b[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6}::",
    rb"(?i)\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b",
    rb"(?i)\b[0-9a-f]{2}(?:-[0-9a-f]{2}){5}\b",
)
"""IPv4 · IPv6 in full · IPv6 shortened · hardware addresses with colons and with hyphens."""
V4, V6, V6_SHORT, MAC_COLON, MAC_HYPHEN = range(len(SHAPES))
MARKS = (".", ":", ":", ":", "-")
"""What parts the groups, by shape: behind a group and a mark no address begins."""
KEYS = tuple(f"net{place}" for place in range(len(SHAPES)))
BEFORE, REACH = 21, 60
"""Characters before and from the beginning of an address on that decide about it."""

_V6_RUN = re.compile(r"[0-9a-fA-F:]{2,39}(?:\.\d{1,3}){0,3}")
_VERSION = re.compile(r"(?i)(?:\bv|version\w*|release\w*|build|firmware|chrome|safari|webkit|==|>=|<=|~=)[ /:=]{0,3}\Z")
_PREFIX = re.compile(r"/\d{1,2}(?!\d)")


def kind_of(shape: int) -> str:
    """The kind that a shape stands for."""
    return "ip_address" if shape <= V6_SHORT else "mac_address"


def find(text: str, start: int, end: int, shape: int) -> tuple[int, float] | None:
    """Where the address that begins at `start` ends, and how sure; None if there is none of a machine in use.

    Loopback, unspecified, broadcast and multicast addresses and whole networks (`10.0.0.0/8`) point at nobody.
    """
    if shape in (MAC_COLON, MAC_HYPHEN):
        return (end, 0.95) if _hardware(text, start, end) else None
    if shape != V4:
        if text[start - 1 : start] == ":" and start > 1 and (text[start - 2] == ":" or text[start - 2].isalnum()):
            return None
        run = _V6_RUN.match(text, start)
        if run is None:
            return None
        end = start + len(run[0].rstrip(".")) if not run[0].endswith(":") else run.end()
        if run[0].endswith(":") and not run[0].endswith("::"):
            end -= 1
    if not _apart(text, start, end, "." if shape == V4 else ":") or not _personal(text[start:end], shape):
        return None
    if _PREFIX.match(text, end) or (shape == V4 and _VERSION.search(text, max(0, start - 20), start)):
        return None
    if shape == V4 and end - start == 7 and _among_numbers(text, start, end):
        return None
    return end, 0.95 if shape != V6_SHORT else 0.85


def _personal(address: str, shape: int) -> bool:
    # `a::b` and `dead::` are code; an address has at least three groups and a digit.
    if shape != V4 and (address.count(":") < 3 or not any(map(str.isdigit, address))):
        return False
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if parsed.is_loopback or parsed.is_unspecified or parsed.is_multicast:
        return False
    return shape != V4 or (not address.endswith((".0.0", ".255.255")) and not address.startswith("0."))


def _among_numbers(text: str, start: int, end: int) -> bool:
    """Whether four single figures stand among other numbers, as in the path of a drawing."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return before[:1].isdigit() or before[-1:] in ("-", ".") or after[:1] == "-" or after[1:].isdigit()


def _hardware(text: str, start: int, end: int) -> bool:
    figures = text[start:end].replace(":", "").replace("-", "").lower()
    return _apart(text, start, end, text[start + 2]) and len(set(figures)) > 2


def _apart(text: str, start: int, end: int, mark: str) -> bool:
    joined = start > 1 and text[start - 1] == mark and text[start - 2].isalnum()
    joins = text[end : end + 1] == mark and text[end + 1 : end + 2].isalnum()
    return not joined and not joins and begins_alone(text, start) and _closes(text, end)


def _closes(text: str, end: int) -> bool:
    return ends_alone(text, end) or text[end : end + 1] in ("/", "%")
