from __future__ import annotations

import json
import random
from typing import Any

from prodworthy.assurance.audit.next_steps import DRILLS
from prodworthy.assurance.audit.reporting import assess
from prodworthy.interfaces.standards import load_standard
from tests.assurance.audit.building import DAY, NOW, Building, covered

STANDARD = load_standard()


def _busy() -> Building:
    built = Building()
    built.declared(data={"classes": ["x"], "personal": True, "legal_basis": True, "residency": []})
    built.installed("PSF-1.1")
    built.traffic(1, controls=covered(100), signs={"tool_calls": 1})
    built.drilled("PSF-6.4")
    built.attested("PSF-3.4")
    return built


def test_the_same_evidence_gives_the_same_bytes() -> None:
    evidence = _busy().evidence()
    first, second = (json.dumps(assess(evidence, STANDARD, NOW).plain(), sort_keys=True) for _ in range(2))
    assert first == second


def test_a_report_of_the_past_does_not_change_with_what_came_later() -> None:
    built = _busy()
    then = NOW - 2 * DAY
    before = assess(built.evidence(), STANDARD, then).plain()
    built.drilled("PSF-1.1", days_ago=1)
    built.attested("PSF-8.1", 0.5)
    built.traffic(0, controls=covered(0))
    after = assess(built.evidence(), STANDARD, then).plain()
    assert {**before, "ledger_size": 0} == {**after, "ledger_size": 0}


def test_the_json_form_holds_whole_numbers_and_text_only() -> None:
    def walk(value: Any) -> None:
        if isinstance(value, dict):
            assert all(type(name) is str for name in value)
            list(map(walk, value.values()))
        elif isinstance(value, list):
            list(map(walk, value))
        else:
            assert value is None or type(value) in (str, int, bool)

    plain = assess(_busy().evidence(), STANDARD, NOW).plain()
    walk(plain)
    assert len(plain["controls"]) == 40
    assert len(plain["domains"]) == 8


def test_what_holds_the_stage_back_comes_first_then_what_freezes_then_what_gains_most() -> None:
    built = _busy()
    built.did("NotApplied", 1, criterion="PSF-7.2", reason="none", until=NOW + DAY)
    report = assess(built.evidence(), STANDARD, NOW)
    criteria = [one.criterion for one in report.next]
    assert criteria[:2] == ["PSF-4.3", "PSF-4.1"]
    assert criteria[2] == ""  # the contradiction
    frozen = [one.criterion for one in report.freeze.gaps]
    assert set(criteria[3 : 3 + len(frozen)]) == set(frozen)
    assert len(set(criteria) - {""}) == len(criteria) - 1


def test_what_the_recorder_found_missing_is_told() -> None:
    built = _busy()
    for kind in ("SpoolGap", "SpoolGap", "GatewayLost"):
        built.did(kind, 1)
    assert assess(built.evidence(), STANDARD, NOW).incomplete == ("GatewayLost: 1", "SpoolGap: 2")


def test_more_evidence_never_lowers_a_level() -> None:
    """Any order of good news: levels only rise."""
    seed = 20261124
    order = random.Random(seed)
    print(f"seed {seed}")
    for _ in range(20):
        built = Building()
        built.declared(1)
        levels = [0] * 40
        for criterion in order.sample([one.id for one in STANDARD.criteria], 6):
            order.choice((built.drilled, built.attested))(criterion)
            report = assess(built.evidence(), STANDARD, NOW)
            now = [one.level for one in report.controls]
            assert all(new >= old for new, old in zip(now, levels, strict=True))
            levels = now


def test_drills_are_named_for_criteria_of_the_standard() -> None:
    assert set(DRILLS) <= {one.id for one in STANDARD.criteria}
