"""A construct: a stretch of text that means something to the program that shows or runs it."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

REACH = 2048
"""Characters of the longest construct that is read as one; one that opened and goes on is told from its opening."""


class Construct(msgspec.Struct, frozen=True, gc=False):
    """Characters `[start, end)` and what they are; `address` is where they lead, as a browser would read it.

    `what`: active_html, image, reference_image, link, url, script_url, data_url.
    """

    start: int
    end: int
    what: str
    address: str = ""


class Parsed(NamedTuple):
    """The constructs of a text, and where the first begins that could still become another by what follows."""

    constructs: list[Construct]
    open_at: int
