from __future__ import annotations

import pytest

from prodworthy.assurance.audit.grades import found
from prodworthy.assurance.audit.levels import requirements, satisfied
from prodworthy.assurance.audit.next_steps import missing
from prodworthy.interfaces.standards import load_standard
from tests.assurance.audit.building import NOW, TEST, Building, covered

STANDARD = load_standard()


def _missing(built: Building, criterion: str, tier: str = "medium") -> tuple[str, str]:
    view, asked = built.view(), requirements(STANDARD, criterion, tier)
    seen = found(view, criterion, 30)
    unmet = next((one for one in asked if not satisfied(one, seen, NOW)), None)
    return missing(view, STANDARD.criterion(criterion), unmet, seen)


def _with(*happened: str) -> Building:
    """Evidence of one control, PSF-1.1 or PSF-6.4, in the order of the words."""
    built = Building()
    built.installed("PSF-1.1", "PSF-6.4")
    built.declared(controls={"PSF-1.1": ["observe" if "observed" in happened else "enforce", "s"]})
    if "live" in happened:
        built.traffic(1, controls=covered(50))
    if "all" in happened:
        built.traffic(1, controls=covered(100))
    if "test" in happened:
        built.traffic(1, TEST, controls=covered(100))
    return built


@pytest.mark.parametrize(
    "happened,tier,gap,step",
    [
        (("observed",), "medium", "observed only", "mode: enforce"),
        ((), "medium", "no live traffic", "serve live traffic"),
        (("test",), "medium", "no live traffic", "serve live traffic"),
        (("live",), "medium", "enforced on 50.0 % of 100 exchanges, 99.0 % are asked for", "wait"),
        (("all",), "high", "enforced for 2 of 30 days", "time"),
    ],
)
def test_what_is_missing_of_enforcement(happened: tuple[str, ...], tier: str, gap: str, step: str) -> None:
    said = _missing(_with(*happened), "PSF-1.1", tier)
    assert gap in said[0]
    assert step in said[1]


def test_a_control_that_is_not_declared_is_to_be_declared() -> None:
    built = Building()
    built.declared()
    assert _missing(built, "PSF-1.1")[1].startswith("name PSF-1.1 under `controls`")
    built.installed("PSF-1.1")
    assert _missing(built, "PSF-1.1")[1].startswith("name PSF-1.1 under `controls`")


def test_a_control_that_does_not_exist_is_said_not_to() -> None:
    built = Building()
    built.installed("PSF-1.1")
    gap, step = _missing(built, "PSF-7.2")
    assert gap == "this version has no control for it"
    assert "prodworthy waive desk PSF-7.2" in step


def test_what_is_missing_of_exercise() -> None:
    built = Building()
    assert _missing(built, "PSF-6.4") == ("never exercised", "prodworthy drill run kill-switch -w desk")
    assert "no drill" in _missing(built, "PSF-3.2")[1]
    built.drilled("PSF-6.4", "incomplete")
    assert "could not run" in _missing(built, "PSF-6.4")[0]
    built.drilled("PSF-6.4", "passed", 100)
    assert _missing(built, "PSF-6.4")[0] == "last exercised 100 days ago, 90 are allowed"


def test_a_drill_that_failed_is_named_first() -> None:
    built = Building()
    built.drilled("PSF-6.4", "failed")
    gap, step = _missing(built, "PSF-6.4")
    assert gap.startswith("the drill d failed on ")
    assert "kill-switch" in step


def test_what_is_missing_of_a_statement() -> None:
    built = Building()
    assert _missing(built, "PSF-8.1") == ("nobody has stated it", 'prodworthy attest desk PSF-8.1 --statement "…"')
    number = built.attested("PSF-8.1", 95)
    assert _missing(built, "PSF-8.1", "critical") == (
        "stated by 1 of 2 people",
        f"another person runs: prodworthy second desk {number}",
    )
    old = Building()
    old.attested("PSF-8.1", 190)
    assert "too old" in _missing(old, "PSF-8.1", "high")[0]


def test_where_nothing_is_missing_there_is_no_step() -> None:
    assert _missing(_with("all"), "PSF-1.1") == ("", "")
