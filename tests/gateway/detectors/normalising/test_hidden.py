from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.normalising.detector import HiddenDetector
from prodworthy.gateway.detectors.normalising.hidden import REACH, hidden
from prodworthy.policy.core.exchange import Call, Operation, Passage
from prodworthy.policy.core.facts import Finding

ENGLAND = "\U0001f3f4" + "".join(chr(0xE0000 + ord(char)) for char in "gbeng") + "\U000e007f"


def measured(text: str, start: int = 0) -> tuple[Finding, ...]:
    passage = Passage("messages.0.content", "user", text, start)
    return HiddenDetector().measure(Reading((passage,), Call(Operation.CHAT)))


@pytest.mark.parametrize(
    "text",
    [
        "plain text",
        "👩\u200d👩\u200d👧 ❤\ufe0f 1\ufe0f\u20e3 👍🏽",
        ENGLAND,
        "می\u200cخواهم",
        "क\u094d\u200dष",
        "שלום\u200f abc",
        "\u2067שלום\u2069",
        "葛\U000e0100城",
        "ภาษา\u200bไทย",
        "⠀⠀⣿⠀⣿",
        "\ufeffbegins with a byte order mark",
    ],
)
def test_what_is_written_so_for_good_reason_is_no_finding(text: str) -> None:
    assert measured(text) == ()


@pytest.mark.parametrize(
    "text, span, kind, confidence",
    [
        ("ig\u200bnore", (2, 3), "invisible", 0.5),
        ("ig\u200b\u200b\u200cnore", (2, 5), "invisible", 1.0),
        ("a\u202eb", (1, 2), "bidi", 1.0),
        ("שלום\u202eab", (4, 5), "bidi", 1.0),
        ("if x:\u2066 return\u2069"[:6], (5, 6), "bidi", 1.0),
        ("hi\U000e0041\U000e0042", (2, 4), "tag", 1.0),
        ("👍\ufe0f\ufe01\ufe02", (2, 4), "invisible", 1.0),
        ("x\u3164y", (1, 2), "invisible", 1.0),
    ],
)
def test_hidden_characters_are_found_by_span(text: str, span: tuple[int, int], kind: str, confidence: float) -> None:
    assert measured(text) == (Finding("messages.0.content", *span, kind, confidence),)


def test_offsets_are_those_of_the_part() -> None:
    assert measured("a\u202eb", start=100)[0].start == 101
    assert measured("\ufeffa", start=100)[0].start == 100


@given(
    st.text(alphabet="aא\u200b\u200d\u200e\u202e\ufe0f👍\U000e0041क", max_size=200),
    st.integers(0, 200),
    st.integers(0, 200),
)
def test_a_window_with_enough_around_it_gives_the_same(text: str, first: int, last: int) -> None:
    whole = {(found.start, found.end) for found in hidden(text)}
    start, end = max(0, first - REACH - 1), min(len(text), last + REACH + 1)
    window = {(found.start + start, found.end + start) for found in hidden(text[start:end])}
    inner = {span for span in whole if first <= span[0] and span[1] <= last and span[1] - span[0] <= REACH}
    assert inner <= window
