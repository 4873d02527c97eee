from __future__ import annotations

from typing import Any

import pytest

from prodworthy.assurance.audit.applicability import contradicted, exemption
from prodworthy.policy.core.evidence import DRILL, PERSONAL_DATA, TOOL_CALLS
from tests.assurance.audit.building import DAY, NOW, Building


def _exempt(built: Building, criterion: str) -> None:
    built.did("NotApplied", 1, criterion=criterion, reason="r", until=NOW + DAY)


def test_an_exemption_holds_where_nothing_contradicts_it() -> None:
    built = Building()
    built.declared()
    _exempt(built, "PSF-7.2")
    found = exemption(built.view(), "PSF-7.2")
    assert found is not None
    assert (found.number, found.reason, found.until, found.leaves) == (2, "r", NOW + DAY, (1,))
    assert exemption(built.view(), "PSF-6.2") is None


@pytest.mark.parametrize(
    "criterion,claims,signs",
    [
        ("PSF-7.2", {"tools": ["refund"]}, {}),
        ("PSF-6.2", {}, {TOOL_CALLS: 1}),
        ("PSF-3.1", {"data": {"personal": True}}, {}),
        ("PSF-3.3", {}, {PERSONAL_DATA: 2}),
        ("PSF-1.5", {"kind": "rag"}, {}),
        ("PSF-6.4", {}, {}),
    ],
)
def test_the_record_contradicts_an_exemption(criterion: str, claims: dict[str, Any], signs: dict[str, int]) -> None:
    built = Building()
    built.declared(**claims)
    built.traffic(1, signs=signs)
    _exempt(built, criterion)
    assert contradicted(built.view(), criterion)
    assert exemption(built.view(), criterion) is None


@pytest.mark.parametrize("criterion", ["PSF-7.2", "PSF-3.1", "PSF-1.5", "PSF-8.4"])
def test_what_the_record_does_not_show_is_not_contradicted(criterion: str) -> None:
    built = Building()
    built.declared(kind="scorer")
    built.traffic(1, DRILL, signs={PERSONAL_DATA: 5, TOOL_CALLS: 5})
    assert contradicted(built.view(), criterion) == ""
