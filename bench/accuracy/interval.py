"""Wilson's interval of a share. Source: E. B. Wilson, 1927."""

from __future__ import annotations

import math

Z = 1.959964
"""Standard deviations of 95 %."""


def wilson(hits: int, tries: int) -> tuple[float, float, float]:
    """The share of hits, and the bounds of its 95 % interval; (nan, 0, 1) where nothing was tried."""
    if not tries:
        return math.nan, 0.0, 1.0
    share = hits / tries
    centre = share + Z * Z / (2 * tries)
    spread = Z * math.sqrt(share * (1 - share) / tries + Z * Z / (4 * tries * tries))
    scale = 1 + Z * Z / tries
    return share, max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
