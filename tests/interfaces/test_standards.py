from __future__ import annotations

import pytest

from prodworthy.interfaces.standards import Described, Overview, describe, describe_all, in_words, load_standard
from prodworthy.policy.standard.standard import NotInStandard
from prodworthy.policy.standard.values import Tier


def test_the_standard_is_read_once() -> None:
    assert load_standard() is load_standard()
    assert load_standard().version == "1.1"


@pytest.mark.parametrize(
    "criterion,tier,said",
    [
        ("PSF-1.1", Tier.LOW, "enforced or observed over 30 days"),
        ("PSF-1.1", Tier.HIGH, "enforced on at least 99.9 % of exchanges over 30 days"),
        ("PSF-6.2", Tier.CRITICAL, "enforced on at least 99.9 % of exchanges over 30 days, with four eyes"),
        ("PSF-6.4", Tier.MEDIUM, "exercised within 90 days"),
        ("PSF-6.4", Tier.CRITICAL, "exercised within 14 days, also with something cut off"),
        ("PSF-8.1", Tier.LOW, "attested within 365 days by 1 person, and exercised within 180 days"),
        ("PSF-8.1", Tier.CRITICAL, "attested within 90 days by 2 people, and exercised within 14 days"),
    ],
)
def test_a_requirement_is_said_in_words(criterion: str, tier: Tier, said: str) -> None:
    assert in_words(load_standard().required(criterion, tier)) == said


def test_a_criterion_is_described_with_all_that_leads_from_it() -> None:
    found = describe("PSF-3.1")
    assert isinstance(found, Described)
    assert (found.domain.id, found.words.mark, found.control is not None) == ("PSF-3", "p", True)
    assert list(found.required) == ["low", "medium", "high", "critical"]
    assert {row.target for row in found.mappings} == {"PSF-3.1"}
    assert {row.target for row in found.of_domain} == {"PSF-3"}
    without = describe("PSF-8.5")
    assert isinstance(without, Described)
    assert without.control is None


def test_domains_and_topics_are_described() -> None:
    domain, topic = describe("PSF-3"), describe("incidents")
    assert isinstance(domain, Overview)
    assert isinstance(topic, Overview)
    assert (len(domain.criteria), len(topic.criteria)) == (5, 0)
    assert topic.mappings
    assert len(describe_all()) == 40
    with pytest.raises(NotInStandard):
        describe("PSF-9")
