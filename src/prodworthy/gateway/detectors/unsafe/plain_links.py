"""Addresses that stand in the text as they are, and data that stands in an address."""

from __future__ import annotations

import re

from prodworthy.gateway.detectors.unsafe.address import plain
from prodworthy.gateway.detectors.unsafe.construct import REACH, Construct

_LINK = re.compile(rf"(?:(?:https?|wss?|ftps?):[/\\]|www\.)[^\s<>\"'`]{{1,{REACH}}}", re.IGNORECASE)
_AFTER = ".,;:!?*_~)]}"
"""What ends a sentence around a link, not the link."""
_DATA = re.compile(rf"\bdata:(?:[\w.+-]{{1,40}}/[\w.+-]{{1,80}})?[;,][^\s<>\"'`)]{{0,{REACH - 140}}}", re.IGNORECASE)
_SCRIPT = re.compile(rf"\b(?:javascript|vbscript|livescript):[^\s<>\"'`]{{0,{REACH - 20}}}", re.IGNORECASE)


def read_plain_links(text: str) -> list[Construct]:
    """Bare links (`url`), `data_url` and `script_url`; each ends at white space, quotes or `REACH` characters."""
    found: list[Construct] = []
    if ":" not in text and "." not in text:
        return found
    lower = text.lower()
    if ":/" in text or ":\\" in text or "www." in lower:
        for link in _LINK.finditer(text):
            shown = link[0].rstrip(_AFTER)
            if ")" in link[0] and "(" not in shown:
                shown = shown.split(")")[0]
            found.append(Construct(link.start(), link.start() + len(shown), "url", plain(shown)))
    if "data:" in lower:
        found += [Construct(*each.span(), "data_url") for each in _DATA.finditer(text)]
    # An `s` or `i` of another alphabet may stand for these letters of the scheme.
    if "pt:" in lower:
        found += [Construct(*each.span(), "script_url") for each in _SCRIPT.finditer(text)]
    return found
