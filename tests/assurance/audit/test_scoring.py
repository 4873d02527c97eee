from __future__ import annotations

from prodworthy.assurance.audit.assessing import Assessment, assess_criterion
from prodworthy.assurance.audit.scoring import DomainLevel, domain_levels
from prodworthy.interfaces.standards import load_standard
from tests.assurance.audit.building import DAY, NOW, Building, covered

STANDARD = load_standard()
FIRST = [f"PSF-1.{n}" for n in range(1, 6)]


def _domains(built: Building) -> dict[str, DomainLevel]:
    view = built.view()
    controls: list[Assessment] = [assess_criterion(view, STANDARD, one) for one in STANDARD.criteria]
    return {one.domain: one for one in domain_levels(STANDARD, controls)}


def test_a_domain_has_the_mean_level_of_its_controls_rounded_down() -> None:
    built = Building()
    built.drilled("PSF-1.1")
    built.attested("PSF-1.2")
    one = _domains(built)["PSF-1"]
    assert (one.tenths, one.applicable, one.proven, one.ready, one.least) == (8, 5, 0, False, 30)


def test_what_does_not_apply_is_left_out_of_the_mean() -> None:
    built = Building()
    built.declared(kind="scorer")
    built.did("NotApplied", 1, criterion="PSF-1.1", reason="r", until=NOW + DAY)
    built.drilled("PSF-1.2")
    one = _domains(built)["PSF-1"]
    assert (one.tenths, one.applicable) == (7, 4)


def test_a_domain_is_ready_at_the_level_that_the_standard_asks_for() -> None:
    built = Building()
    controls = {name: tally for one in FIRST for name, tally in covered(100, criterion=one).items()}
    built.traffic(1, controls=controls)
    one = _domains(built)["PSF-1"]
    assert (one.tenths, one.proven, one.ready) == (30, 5, True)


def test_a_domain_to_which_nothing_applies_is_ready() -> None:
    built = Building()
    built.declared(kind="scorer")
    for number in range(1, 6):
        built.did("NotApplied", 1, criterion=f"PSF-8.{number}", reason="r", until=NOW + DAY)
    domain = _domains(built)["PSF-8"]
    assert (domain.applicable, domain.ready) == (1, False)
    view = built.view()
    controls = (assess_criterion(view, STANDARD, one) for one in STANDARD.criteria)
    none = [one for one in controls if one.domain != "PSF-8"]
    assert domain_levels(STANDARD, none)[7].ready
