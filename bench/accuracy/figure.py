"""One measured figure of accuracy, with the interval in which the true one lies."""

from __future__ import annotations

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """What was measured. `low` and `high` bound it (95 %); `bar` is what the project asks of it, "" if nothing."""

    name: str
    value: float
    low: float
    high: float
    bar: str = ""
    note: str = ""
