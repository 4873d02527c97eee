"""What a detector learned of a workload's own traffic, as a value."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Learned(msgspec.Struct, frozen=True):
    """A calibration: JSON that only the detector of its fact reads, and how many texts it comes from, by role."""

    body: str
    texts: Mapping[str, int]
