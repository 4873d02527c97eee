"""Domains: the mean level of the controls that apply, in tenths, rounded down; and whether that is enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prodworthy.assurance.audit.assessing import NOT_APPLICABLE, Assessment
from prodworthy.policy.standard.standard import Standard


@dataclass(frozen=True, slots=True)
class DomainLevel:
    """One domain: its level in tenths (0 to 50), of how many controls that apply, how many of them are proven.

    `least` is what readiness asks for, in tenths. A domain to which nothing applies has level 0 and is ready.
    """

    domain: str
    name: str
    tenths: int
    applicable: int
    proven: int
    least: int
    ready: bool


def domain_levels(standard: Standard, assessments: Sequence[Assessment]) -> tuple[DomainLevel, ...]:
    """All domains of the standard, in its order."""
    return tuple(_level(standard, domain.id, domain.name, domain.ready_at, assessments) for domain in standard.domains)


def _level(
    standard: Standard, domain: str, name: str, ready_at: float, assessments: Sequence[Assessment]
) -> DomainLevel:
    applying = [one for one in assessments if one.domain == domain and one.state != NOT_APPLICABLE]
    least = round(ready_at * 10)
    tenths = sum(one.level for one in applying) * 10 // len(applying) if applying else 0
    above = round(standard.document.readiness.domain_above * 10)
    ready = not applying or (tenths >= least and tenths > above)
    proven = sum(one.state == "proven" for one in applying)
    return DomainLevel(domain, name, tenths, len(applying), proven, least, ready)
