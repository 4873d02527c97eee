from __future__ import annotations

from typing import Any

import msgspec
import pytest

from prodworthy.operations.roster.readiness import lacking, unproven
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.manifest import Manifest
from prodworthy.policy.core.stages import EXPERIMENT, PILOT, PRODUCTION, SCALED, STAGES

CATALOGUE = discover()
SHORT: dict[str, Any] = {"id": "desk", "owner": "Ada", "models": [{"vendor": "acme", "model": "m"}]}
CAPS = {"users": {"real": True, "maximum": 5}, "limits": {"rate": {"count": 1}}, "data": {"classes": ["internal"]}}
PEOPLE = {
    "on_call": {"who": "rota", "route": "mailto:rota@example.org"},
    "technical_owner": "Bo",
    "purpose": {"intended": "answers"},
    "review": {"last": "2026-01-31"},
}
READ = ("PSF-1.1", "PSF-1.5", "PSF-2.4", "PSF-2.5", "PSF-3.1", "PSF-7.3")


def _lacks(stage: str, **fields: Any) -> list[str]:
    manifest = msgspec.convert({**SHORT, **fields}, Manifest)
    return [".".join(map(str, path)) for path, *_ in lacking(manifest, stage, CATALOGUE)]


def _says(stage: str, **fields: Any) -> str:
    return "\n".join(unproven(msgspec.convert({**SHORT, **fields}, Manifest), stage, CATALOGUE))


def _controls(mode: str = "enforce") -> dict[str, Any]:
    return {"controls": {criterion: {"mode": mode} for criterion in READ}}


def test_a_pilot_needs_caps() -> None:
    assert _lacks(EXPERIMENT) == []
    assert _lacks(PILOT) == ["users.real", "users.maximum", "limits.rate", "data.classes"]
    assert _lacks(PILOT, **CAPS) == []
    assert _lacks(PILOT, **{**CAPS, "data": {"classes": ["a"], "personal": True}}) == ["data.legal_basis"]
    assert _lacks(PILOT, kind="agent", **CAPS) == ["tools"]


def test_production_needs_people_and_the_controls_of_its_tier() -> None:
    people = ["on_call", "technical_owner", "purpose.intended", "review.last"]
    assert _lacks(PRODUCTION, **CAPS) == [*people, *(f"controls.{criterion}" for criterion in READ)]
    assert _lacks(PRODUCTION, **CAPS, **PEOPLE, **_controls()) == []
    assert _lacks(SCALED, **CAPS, **PEOPLE, **_controls()) == []
    high = {**CAPS, **PEOPLE, **_controls(), "risk_tier": "high"}
    assert _lacks(PRODUCTION, **high) == ["regulation.independent_review"]


@pytest.mark.parametrize("tier, observed", [("low", True), ("medium", False), ("high", False)])
def test_observing_is_enough_for_the_lowest_tier_only(tier: str, observed: bool) -> None:
    more = {"regulation": {"independent_review": "R1"}, "risk_tier": tier, **CAPS, **PEOPLE}
    expected = [] if observed else [f"controls.{criterion}" for criterion in READ]
    assert _lacks(PRODUCTION, **more, **_controls("observe")) == expected
    assert _lacks(PRODUCTION, **more, profile="default") == expected
    assert _lacks(PRODUCTION, **more, **_controls(), retention={"content": "full"}) == ["controls.PSF-1.3"]


def test_what_only_evidence_can_show_is_told() -> None:
    assert _says(EXPERIMENT) == ""
    assert _says(PILOT).startswith("No gap in PSF-3 and PSF-7")
    said = _says(PRODUCTION, **PEOPLE)
    for part in (
        "reached rota",
        "kill drill",
        "within 90 days",
        "tier medium",
        "PSF-2.3 (semantic checks) is in force, or",
    ):
        assert part in said
    assert "whoever is on call" in _says(PRODUCTION)
    assert "PSF-7.3 (secrets in traffic)" in _says(PRODUCTION, kind="scorer")
    assert "PSF-2.3" not in _says(PRODUCTION, kind="rag")
    assert "PSF-2.1" in _says(PRODUCTION, controls={"PSF-2.1": {}})
    assert "shares of vendors" in _says(SCALED)
    assert STAGES == (EXPERIMENT, PILOT, PRODUCTION, SCALED)
