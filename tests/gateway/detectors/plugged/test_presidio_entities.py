"""Presidio itself is not installed for tests: its models would have to be downloaded. It is played by stand-ins."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.plugged.fault import PluginFault
from prodworthy.gateway.detectors.plugged.presidio_entities import factory
from prodworthy.policy.core.exchange import Call, Operation, Passage
from prodworthy.policy.core.facts import Finding


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the stand-in for Presidio was asked."""
    questions: list[dict[str, Any]] = []

    def analyze(**question: Any) -> list[SimpleNamespace]:
        questions.append(question)
        return [SimpleNamespace(entity_type="US_SSN", start=2, end=5, score=0.85)]

    presidio, engines, spacy = (ModuleType(name) for name in ("presidio_analyzer", "nlp_engine", "spacy"))
    suffixes = ModuleType("tldextract.tldextract")
    suffixes.__dict__["TLDExtract"] = dict
    presidio.__dict__["AnalyzerEngine"] = lambda **given: SimpleNamespace(analyze=analyze)
    engines.__dict__["NlpEngineProvider"] = lambda **given: SimpleNamespace(create_engine=lambda: given)
    spacy.__dict__["util"] = SimpleNamespace(is_package=lambda model: model == "en_core_web_sm")
    for name, module in (
        ("presidio_analyzer", presidio),
        ("presidio_analyzer.nlp_engine", engines),
        ("spacy", spacy),
        ("tldextract.tldextract", suffixes),
    ):
        monkeypatch.setitem(sys.modules, name, module)
    return questions


def test_entities_become_findings_of_the_part(asked: list[dict[str, Any]]) -> None:
    detector = factory({"threshold": 0.4, "entities": ["US_SSN"]}, "people")
    assert sys.modules["tldextract.tldextract"].__dict__["TLD_EXTRACTOR"] == {"suffix_list_urls": ()}
    texts = (Passage("a", "user", "x 123", 10),)
    assert detector.measure(Reading(texts, Call(Operation.CHAT))) == (Finding("a", 12, 15, "us_ssn", 0.85),)
    assert asked == [{"text": "x 123", "language": "en", "entities": ["US_SSN"], "score_threshold": 0.4}]


def test_a_model_that_is_not_installed_is_not_downloaded(asked: list[dict[str, Any]]) -> None:
    with pytest.raises(PluginFault, match="de_core_news_sm is not installed here, and is not downloaded"):
        factory({"model": "de_core_news_sm", "language": "de"}, "people")


def test_a_missing_package_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(PluginFault, match=r"needs the package presidio_analyzer.*pip install 'prodworthy\[presidio\]'"):
        factory({}, "people")


def test_unknown_options_are_refused() -> None:
    with pytest.raises(PluginFault, match=r"detector people: .*`models`"):
        factory({"models": []}, "people")
