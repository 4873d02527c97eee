"""One measured figure with its interval."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """A measured value with the ends of its 95 % interval; `bar` is what it must reach, `note` how it was measured."""

    name: str
    value: float
    low: float
    high: float
    bar: str = ""
    note: str = ""
