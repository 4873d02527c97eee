"""Fact `hidden`: invisible, directional and tag characters, by span, so that a control can remove them."""

from __future__ import annotations

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.normalising.hidden import hidden
from prodworthy.policy.core.facts import Finding

_BYTE_ORDER_MARK = "\ufeff"


class HiddenDetector:
    """Finds characters that show nothing. A byte order mark at the very start of a part is no finding."""

    fact = "hidden"
    slow = False

    def measure(self, reading: Reading) -> tuple[Finding, ...]:
        """One finding per stretch, in offsets of its part. Kinds: `invisible`, `bidi`, `tag`."""
        return tuple(
            Finding(passage.part, passage.start + found.start, passage.start + found.end, found.kind, found.confidence)
            for passage in reading.texts
            for found in hidden(passage.text)
            if not (passage.start + found.end == 1 and passage.text[0] == _BYTE_ORDER_MARK)
        )
