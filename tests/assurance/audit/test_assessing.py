from __future__ import annotations

import pytest

from prodworthy.assurance.audit.assessing import HOLDS_NOTHING_BACK, Assessment, assess_criterion
from prodworthy.interfaces.standards import load_standard
from tests.assurance.audit.building import DAY, NOW, Building, covered

STANDARD = load_standard()


def _assess(built: Building, criterion: str) -> Assessment:
    return assess_criterion(built.view(), STANDARD, STANDARD.criterion(criterion))


def _waived(built: Building, criterion: str) -> None:
    built.did("Waived", 1, criterion=criterion, reason="r", compensating="c", until=NOW + DAY)


def test_no_evidence_is_open() -> None:
    one = _assess(Building(), "PSF-1.1")
    assert (one.state, one.level, one.met, one.required, one.leaves) == ("open", 0, (), ("enforced",), ())
    assert (one.method, one.frame, one.control_digest, one.mode) == ("none", "no traffic in the window", "", "")
    assert one.gap
    assert one.step


def test_what_is_enforced_is_proven_and_names_what_it_rests_on() -> None:
    built = Building()
    built.declared(controls={"PSF-1.1": ["enforce", "s"]})
    built.installed("PSF-1.1")
    built.traffic(1, controls=covered(100))
    one = _assess(built, "PSF-1.1")
    assert (one.state, one.level, one.met, one.gap, one.step) == ("proven", 3, ("enforced",), "", "")
    assert (one.leaves, one.mode, one.window) == ((0, 1, 2), "enforce", 30)
    assert one.frame == "all 100 released exchanges of live traffic in the window"
    assert one.method == "decisions counted in sealed journal segments"
    assert one.standard == f"PSF 1.1 sha256:{STANDARD.digest}"
    assert len(one.control_digest) == 64


def test_the_digest_of_a_control_changes_with_its_module_mode_and_settings() -> None:
    digests = set()
    for module, mode, settings in (
        ("m", "enforce", "s"),
        ("n", "enforce", "s"),
        ("m", "observe", "s"),
        ("m", "enforce", "t"),
    ):
        built = Building()
        built.declared(controls={"PSF-1.1": [mode, settings]})
        built.did("Installed", 2, version="1", controls={"PSF-1.1": module})
        digests.add(_assess(built, "PSF-1.1").control_digest)
    without = Building()
    without.declared(controls={"PSF-1.1": ["enforce", "s"]})
    digests.add(_assess(without, "PSF-1.1").control_digest)
    assert len(digests) == 5


def test_a_failed_drill_is_failed_even_where_all_that_is_asked_for_is_there() -> None:
    built = Building()
    built.traffic(1, controls=covered(100))
    built.drilled("PSF-1.1", "failed")
    one = _assess(built, "PSF-1.1")
    assert (one.state, one.met) == ("failed", ("enforced",))
    assert "failed" in one.gap


def test_a_drill_that_could_not_run_is_incomplete() -> None:
    built = Building()
    built.drilled("PSF-6.4", "incomplete")
    assert _assess(built, "PSF-6.4").state == "incomplete"


@pytest.mark.parametrize("outcome", ["", "failed", "incomplete"])
def test_a_waiver_is_shown_as_a_waiver(outcome: str) -> None:
    built = Building()
    _waived(built, "PSF-6.4")
    if outcome:
        built.drilled("PSF-6.4", outcome)
    one = _assess(built, "PSF-6.4")
    assert one.state == "waived"
    assert one.waiver is not None
    assert (one.waiver.compensating, one.waiver.persons, one.waiver.until) == ("c", 1, NOW + DAY)
    assert one.gap
    assert one.level == 0


def test_a_waiver_of_what_is_proven_is_not_needed() -> None:
    built = Building()
    built.drilled("PSF-6.4")
    _waived(built, "PSF-6.4")
    one = _assess(built, "PSF-6.4")
    assert (one.state, one.waiver, one.method) == ("proven", None, "drill through the front door")


def test_what_does_not_apply_has_no_level() -> None:
    built = Building()
    built.declared()
    built.did("NotApplied", 1, criterion="PSF-7.2", reason="no tools", until=NOW + DAY)
    built.attested("PSF-7.2")
    one = _assess(built, "PSF-7.2")
    assert (one.state, one.level, one.gap) == ("not_applicable", 0, "")
    assert one.exempt is not None
    assert one.method == "statement of a person"
    assert one.leaves == (0, 1, 2)


def test_only_what_is_proven_is_a_pass() -> None:
    assert {"proven", "waived", "not_applicable"} == HOLDS_NOTHING_BACK
