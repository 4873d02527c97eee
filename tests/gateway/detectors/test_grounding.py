from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.gateway.detectors import grounding
from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.grounding import GroundingDetector
from prodworthy.policy.core.exchange import Call, Passage
from prodworthy.policy.core.facts import Support
from tests.gateway.detectors import cost, windows

HARBOUR = "The harbour of Lund opened in 1872 and has 14 berths. Ferries to Norby leave at noon."
MUSEUM = "The museum shows paintings of Anna Berg, and costs 1,200 crowns a year."
ASKED = windows.call(("system", "Be brief."), ("tool", HARBOUR), ("user", "Tell me more"), ("retrieval", MUSEUM))


def _measure(text: str, citation: str = "", asked: Call = ASKED) -> Support:
    return GroundingDetector(citation).measure(windows.reading(text, asked))


def _shown(text: str, citation: str = "") -> tuple[list[str], list[str]]:
    support = _measure(text, citation)
    unsupported, bad = (
        [text[each.start : each.end] for each in some] for some in (support.unsupported, support.bad_citations)
    )
    return unsupported, bad


def test_without_context_nothing_is_measured() -> None:
    for asked in (windows.call(("system", HARBOUR), ("user", HARBOUR)), windows.call(("tool", ""))):
        assert _measure("The harbour opened in 1872.", asked=asked) == Support(measured=False)


def test_what_the_context_says_is_supported() -> None:
    support = _measure("The harbour of Lund opened in 1872. It has 14 berths, and the museum costs 1200 crowns a year.")
    assert support.measured
    assert support.score > 0.8
    assert support.unsupported == ()


def test_sentences_that_the_context_does_not_say_are_told() -> None:
    text = "Ferries to Norby leave at noon. Passengers should bring warm clothing and snacks! The fare is 20 euros?"
    unsupported, _ = _shown(text)
    assert unsupported == ["Passengers should bring warm clothing and snacks!", "The fare is 20 euros?"]
    support = _measure(text)
    assert 0.2 < support.score < 0.8
    assert all(each.kind == "unsupported" and 0.5 < each.confidence <= 1 for each in support.unsupported)


@pytest.mark.parametrize("change", [("1872", "1927"), ("Lund", "Visby"), ("14", "41")])
def test_another_number_or_name_lowers_the_score(change: tuple[str, str]) -> None:
    text = "The harbour of Lund opened in 1872 and has 14 berths."
    assert _measure(text.replace(*change)).score < 0.75 * _measure(text).score


def test_offsets_are_of_the_part_and_short_phrases_are_no_claims() -> None:
    asked = Reading((Passage("a", "assistant", "Sure, gladly! It snows every winter.", 100),), ASKED)
    (found,) = GroundingDetector().measure(asked).unsupported
    assert (found.part, found.start, found.end) == ("a", 114, 136)
    assert _measure("").score == 1.0


def test_a_citation_must_point_to_what_says_it() -> None:
    good = "The harbour opened in 1872 [1]. The museum shows paintings of Anna Berg. [2] Ferries leave at noon [1]."
    assert _shown(good, "[{n}]") == ([], [])
    assert _shown("The harbour opened in 1872 [2]. [1] says ferries to Norby leave at noon [0][3].", "[{n}]")[1] == [
        "[2]",
        "[0]",
        "[3]",
    ]
    assert _shown("The harbour opened in 1872 (source 9)", "(source {n})")[1] == ["(source 9)"]
    assert _shown("[4]", "[{n}]")[1] == ["[4]"]
    assert _shown("The harbour opened in 1872 [9].")[1] == []


@pytest.mark.parametrize("citation", ["[n]", "{n}", " {n} ", "[{n}{n}]"])
def test_a_citation_that_cannot_be_read_is_refused(citation: str) -> None:
    with pytest.raises(ValueError, match="shown as"):
        GroundingDetector(citation)


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*HARBOUR.split(), *MUSEUM.split(), "[1]", "[9]", "\n", "?"])).map(" ".join)
)
def test_any_answer_has_a_score_and_sentences_in_order(text: str) -> None:
    support = _measure(text, "[{n}]")
    assert 0 <= support.score <= 1
    places = [place for each in support.unsupported for place in (each.start, each.end)]
    assert places == sorted(places)
    assert all(0 <= place <= len(text) for place in places)


@pytest.mark.parametrize("unit", [*cost.ADVERSARIAL, "1,", "1.", "[1]", "A ", ". ", "a.b", HARBOUR + " [1] "])
def test_cost_is_linear(unit: str) -> None:
    detector = GroundingDetector("[{n}]")
    assert cost.grows_linearly(lambda text: detector.measure(windows.reading(text, ASKED)), unit)


@given(st.text(alphabet=st.characters(codec="ascii")) | st.text(alphabet="aB1.,_ ", max_size=30))
def test_tokens_of_ascii_are_those_of_any_text(text: str) -> None:
    assert grounding._tokens(text) == grounding._TOKEN.findall(text)
