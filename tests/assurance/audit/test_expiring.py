from __future__ import annotations

from prodworthy.assurance.audit.reporting import assess
from prodworthy.interfaces.standards import load_standard
from tests.assurance.audit.building import DAY, NOW, Building

STANDARD = load_standard()


def test_what_expires_within_two_weeks_is_told_the_next_first() -> None:
    built = Building()
    built.declared()
    built.drilled("PSF-6.4", days_ago=80)
    built.drilled("PSF-3.2", days_ago=10)
    built.drilled("PSF-3.3", "failed", days_ago=80)
    built.attested("PSF-8.1", until=5)
    built.attested("PSF-3.4", until=100)
    built.did("Waived", 1, criterion="PSF-5.1", reason="r", compensating="c", until=NOW + 3 * DAY)
    found = assess(built.evidence(), STANDARD, NOW).expiring
    assert [(one.criterion, one.grade, one.at) for one in found] == [
        ("PSF-5.1", "waived", NOW + 3 * DAY),
        ("PSF-8.1", "attested", NOW + 5 * DAY),
        ("PSF-6.4", "exercised", NOW + 10 * DAY),
    ]
    assert "waive" in found[0].step
    assert "attest" in found[1].step
    assert "drill" in found[2].step
