"""What detectors of patterns have in common: candidates of one text after another become findings of its part."""

from __future__ import annotations

from prodworthy.gateway.detectors.detector import Reading, settled_words
from prodworthy.gateway.detectors.overlaps import Candidate
from prodworthy.policy.core.facts import Finding

BACK = 64
"""Characters that decide about a finding to its right, across spaces."""
REACH = 512
"""Characters that decide about a finding to its right, within one unbroken token."""


class Spanning:
    """A detector that finds by `find`: Findings in order, none of which overlaps another of its part."""

    fact: str
    slow = False
    context: int

    def find(self, text: str) -> list[Candidate]:
        """What one text holds, in order and without overlap."""
        raise NotImplementedError

    def measure(self, reading: Reading) -> tuple[Finding, ...]:
        """What stands in the texts, text by text. Linear in their length."""
        return tuple(
            Finding(passage.part, passage.start + one.start, passage.start + one.end, one.kind, one.confidence)
            for passage in reading.texts
            for one in self.find(passage.text)
        )

    def settled(self, text: str) -> int:
        """All but the last BACK characters, up to white space, or REACH further back where there is none."""
        return settled_words(text, BACK, REACH)
