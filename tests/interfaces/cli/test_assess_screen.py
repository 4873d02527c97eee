from __future__ import annotations

from typing import Any

import msgspec
import pytest

from prodworthy.assurance.audit.reporting import Report, assess
from prodworthy.interfaces.cli.assess_screen import print_control, print_report
from prodworthy.interfaces.standards import load_standard
from tests.assurance.audit.building import BEN, CLAIMS, DAY, NOW, Building, covered

STANDARD = load_standard()


def _report(built: Building) -> Report:
    return assess(built.evidence(), STANDARD, NOW)


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Any:
    def show(built: Building, criterion: str = "") -> str:
        report = _report(built)
        capsys.readouterr()
        if criterion:
            print_control(report, next(one for one in report.controls if one.criterion == criterion))
        else:
            print_report(report, STANDARD)
        return capsys.readouterr().out

    return show


def _built(stage: str, **claims: Any) -> Building:
    built = Building()
    built.declared(**claims)
    built.stage(stage)
    return built


def test_a_frozen_pilot_says_why_and_what_holds_it(shown: Any) -> None:
    built = _built("pilot", tools=["refund"])
    built.drilled("PSF-6.4")
    built.traffic(0, signs={"undeclared_tools": 3})
    built.did("SpoolGap", 1)
    text = shown(built)
    assert text.startswith("default/desk on 2026-09-21 ")
    assert "  Stage Pilot · frozen: it executes tools, with open gaps in PSF-3, PSF-7\n" in text
    assert "  Held back by question 2, Are there a named person on call and monitoring in production?\n" in text
    assert "    no answered page: " in text
    assert "  ! 1 tool(s) are declared, others occurred in 3 exchange(s)\n" in text
    assert "  ! the record itself is incomplete: SpoolGap: 1\n" in text
    assert "\n       and 30 more: --json\n" in text
    assert text.endswith("prodworthy assess desk --control PSF-6.4\n")


def test_an_override_is_shown_and_freezes_nothing(shown: Any) -> None:
    built = _built("pilot", tools=["refund"])
    number = built.did("Overridden", 1, stage="pilot", reason="the fair", until=NOW + DAY)
    assert "overrid" not in shown(built).lower()
    built.did("Seconded", 1, BEN, event=number)
    text = shown(built)
    assert "  Stage Pilot\n  Overridden to Pilot until 2026-09-22 14:13:20Z: the fair\n" in text


def test_a_stage_that_falls_says_when(shown: Any) -> None:
    built = _built("production")
    built.drilled("PSF-6.4")
    text = shown(built)
    assert "gives Pilot only: unless more comes, the stage falls to Pilot on 2026-09-28 14:13:20Z\n" in text
    built.did("StageWarned", 1, stage="production", falls_to="pilot", falls_at=NOW + DAY, reasons=["x"])
    text = shown(built)
    assert "  Falls to Pilot on 2026-09-22 14:13:20Z unless evidence comes\n" in text
    assert "gives Pilot" not in text


def test_a_stage_that_moves_says_so(shown: Any) -> None:
    built = _built("experiment")
    built.drilled("PSF-6.4")
    assert "  The evidence gives Pilot; the change is recorded within seconds while serving\n" in shown(built)
    there = Building()
    there.declared()
    there.everything(STANDARD)
    for subject in ("value", "reuse", "concentration"):
        there.attested(subject)
    there.stage("scaled", 3)
    there.did("StageWarned", 2, stage="scaled", falls_to="pilot", falls_at=NOW + DAY, reasons=["x"])
    text = shown(there)
    assert "  The evidence is there again; the warning ends within seconds while serving\n" in text
    assert "Held back" not in text
    assert "Next, by effect" not in text


def test_what_expires_is_named_with_what_renews_it(shown: Any) -> None:
    built = _built("pilot")
    built.drilled("PSF-6.4", days_ago=85)
    text = shown(built)
    assert "  ! expires soon: PSF-6.4 exercised until 2026-09-26 14:13:20Z: prodworthy drill run kill-switch" in text


def test_a_control_is_shown_down_to_its_leaves(shown: Any) -> None:
    built = _built("pilot", controls={"PSF-1.1": ["enforce", "5" * 64]})
    built.installed("PSF-1.1")
    built.traffic(0, controls=covered(90, 10))
    text = shown(built, "PSF-1.1")
    assert text.startswith("PSF-1.1 injection resistance: open, level ")
    assert "live traffic  enforced on 90.00 %, observed on 10.00 % of 100 exchanges since " in text
    assert "missing " in text
    assert "mode " in text
    assert "leaves        #0, #2, #3\n  Prove a leaf: prodworthy ledger prove --leaf 3\n" in text


def test_a_drill_and_a_statement_are_shown(shown: Any) -> None:
    built = _built("pilot")
    built.drilled("PSF-6.4", duration=187_000, bound=300_000_000, detail="Off in 0.19 s.")
    built.drilled("PSF-1.2", "failed", detail="answered a bad body")
    number = built.attested("PSF-3.4")
    built.did("Seconded", 1, BEN, event=number)
    text = shown(built, "PSF-6.4")
    assert text.startswith("PSF-6.4 kill switch: proven, level ")
    assert "  exercised  d passed on 2026-09-20 14:13:20Z, 0.187 s (bound 300 s)\n             Off in 0.19 s.\n" in text
    assert "missing" not in text
    failed = shown(built, "PSF-1.2")
    assert "  exercised  d failed on 2026-09-20 14:13:20Z\n" in failed
    said = shown(built, "PSF-3.4")
    assert f"statement {number} of 2026-09-20 14:13:20Z, until 2026-12-30 14:13:20Z by 2 person(s)" in said


def test_a_waiver_and_an_exemption_are_shown_as_what_they_are(shown: Any) -> None:
    built = _built("pilot")
    waived = {"criterion": "PSF-5.3", "reason": "r", "compensating": "a person looks"}
    built.did("Waived", 1, **waived, until=NOW + 3 * DAY)
    built.did("NotApplied", 1, criterion="PSF-2.3", reason="no model answers", until=NOW + DAY)
    text = shown(built, "PSF-5.3")
    assert ": waived, level " in text
    assert "  waived    until 2026-09-24 14:13:20Z: a person looks\n" in text
    assert "does not apply  until 2026-09-22 14:13:20Z: no model answers\n" in shown(built, "PSF-2.3")
    whole = shown(built)
    assert "1 waived, 1 not applicable" in whole or "1 not applicable, 1 waived" in whole
    assert "! expires soon: PSF-5.3 waived until " in whole
    assert shown(Building(), "PSF-5.3").count("ledger prove") == 0


def test_another_tenant_is_named_in_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    built = Building()
    built.did("Declared", 40, version=1, digest="d", claims=CLAIMS)
    plain = built.evidence()
    named = type(plain)("acme", plain.workload, plain.days, plain.operations, plain.size)
    print_report(assess(named, STANDARD, NOW), STANDARD)
    text = capsys.readouterr().out
    assert "prodworthy assess acme/desk --control" in text
    assert "prodworthy drill run kill-switch -w acme/desk\n" in text
    assert " desk" not in text
    assert msgspec.json.encode(_report(built).plain())
