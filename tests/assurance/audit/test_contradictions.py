from __future__ import annotations

from typing import Any

import pytest

from prodworthy.assurance.audit.contradictions import contradictions
from prodworthy.policy.core.evidence import DRILL, LIVE, PERSONAL_DATA, TEST, UNDECLARED_TOOLS
from tests.assurance.audit.building import DAY, NOW, Building

QUIET: dict[str, Any] = {"classes": [], "personal": False, "legal_basis": False, "residency": []}


def _codes(built: Building) -> list[str]:
    return [one.code for one in contradictions(built.view())]


def test_before_a_manifest_nothing_is_claimed() -> None:
    built = Building()
    built.traffic(1, signs={PERSONAL_DATA: 1})
    assert _codes(built) == []


@pytest.mark.parametrize(
    "claims,traffic,figures,code",
    [
        ({}, TEST, {"signs": {PERSONAL_DATA: 3}}, "synthetic_but_personal"),
        ({}, LIVE, {"signs": {PERSONAL_DATA: 3}}, "personal_undeclared"),
        ({}, LIVE, {"signs": {UNDECLARED_TOOLS: 3}}, "tools_undeclared"),
        ({"tools": ["a"]}, TEST, {"signs": {UNDECLARED_TOOLS: 3}}, "tools_undeclared"),
        ({}, LIVE, {"models": {"other/model": 3, "vendor/model": 5}}, "vendor_undeclared"),
        ({"data": QUIET | {"residency": ["us"]}}, LIVE, {}, "region_outside"),
    ],
)
def test_what_is_claimed_and_what_is_seen_disagree(
    claims: dict[str, Any], traffic: str, figures: dict[str, Any], code: str
) -> None:
    built = Building()
    built.declared(**claims)
    built.traffic(1, traffic, **figures)
    (found,) = contradictions(built.view())
    assert found.code == code
    assert found.leaves == (0, 1)
    assert found.text
    assert found.step


@pytest.mark.parametrize(
    "claims,traffic,figures",
    [
        ({}, DRILL, {"signs": {PERSONAL_DATA: 3}, "models": {"drill/x": 1}}),
        ({"data": QUIET | {"personal": True}}, LIVE, {"signs": {PERSONAL_DATA: 3}}),
        ({}, LIVE, {"models": {"vendor/another": 3, "/x": 1, "…": 2}}),
        ({"data": QUIET | {"residency": ["eu"]}}, LIVE, {}),
        ({"data": QUIET | {"residency": ["us"]}, "models": [["vendor", "model", ""]]}, LIVE, {}),
    ],
)
def test_what_agrees_is_no_contradiction(claims: dict[str, Any], traffic: str, figures: dict[str, Any]) -> None:
    built = Building()
    built.declared(**claims)
    built.traffic(1, traffic, **figures)
    assert _codes(built) == []


def test_a_vendor_of_an_earlier_version_was_declared() -> None:
    built = Building()
    built.declared(40, models=[["old", "model", ""]])
    built.declared(5)
    built.traffic(10, models={"old/model": 3})
    assert _codes(built) == []


def test_an_exemption_that_the_record_contradicts_is_one() -> None:
    built = Building()
    built.declared(tools=["refund"])
    built.attested("PSF-3.4")
    built.did("NotApplied", 1, criterion="PSF-7.2", reason="none", until=NOW + DAY)
    built.did("NotApplied", 1, criterion="PSF-8.4", reason="own model", until=NOW + DAY)
    (found,) = contradictions(built.view())
    assert found.code == "exemption_contradicted"
    assert "PSF-7.2" in found.text
    assert found.step == "withdraw the statement 3"
