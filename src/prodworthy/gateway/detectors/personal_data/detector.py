"""Fact `personal_data`: where a text holds e-mail addresses, cards, accounts, telephone and national numbers, and more.

One hyperscan pass finds candidates; check digits, numbering plans and words beside them decide. It finds what has a
form: no names of people, no postal addresses. Digits are those of ASCII: who writes in others is not found here. It
never holds what it found.

A finding depends on at most LEFT characters to its left and, to its right, on BACK characters across spaces or REACH
within one unbroken token. So the findings that begin before a cut are final if the cut lies BACK characters before the
end of the text and at white space, or REACH characters further back where there is none.
"""

from __future__ import annotations

from prodworthy.gateway.detectors.overlaps import Candidate, settle
from prodworthy.gateway.detectors.personal_data.judges import compiled
from prodworthy.gateway.detectors.spanning import Spanning
from prodworthy.policy.core.personal_kinds import CATALOGUE, DEFAULT_KINDS

DEFAULT_REGIONS = ("US", "GB", "DE", "FR")
"""ISO 3166 codes of the countries whose telephone numbers are found without their country code."""

LEFT = 1024


class PersonalDataDetector(Spanning):
    """Measures `personal_data`: a tuple of Findings in order, none overlapping another within its part."""

    fact = "personal_data"
    context = LEFT

    def __init__(self, kinds: frozenset[str] = DEFAULT_KINDS, regions: tuple[str, ...] = DEFAULT_REGIONS) -> None:
        """Look for these kinds; patterns are compiled once in a process for each choice.

        Raises:
            ValueError: a kind is not in the catalogue, or a region has no numbering plan.
        """
        unknown = sorted(kinds - CATALOGUE.keys())
        if unknown:
            raise ValueError(f"no such kinds of personal data: {', '.join(unknown)}")
        self._compiled = compiled(kinds, regions)

    def find(self, text: str) -> list[Candidate]:
        """What one text holds, in order and without overlap."""
        candidates = self._compiled.candidates(text)
        return settle(candidates) if candidates else []
