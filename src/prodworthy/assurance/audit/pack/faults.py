"""What can be wrong with an audit pack."""

from __future__ import annotations

from typing import ClassVar


class PackFault(Exception):
    """The file is no audit pack, or cannot become one: the text says what is wrong with it."""

    code: ClassVar[str] = "pack_fault"
