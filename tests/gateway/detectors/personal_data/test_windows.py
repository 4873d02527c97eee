from __future__ import annotations

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.gateway.detectors.personal_data.detector import LEFT, PersonalDataDetector
from prodworthy.gateway.detectors.spanning import BACK, REACH
from tests.gateway.detectors.spanned import assert_windows_agree

DETECTOR = PersonalDataDetector()
PIECES = (
    "ada@example.com",
    "a@",
    "a@b.co",
    "4111 1111 1111 1111",
    "4111111111111111",
    "DE89 3704 0044 0532 0130 00",
    "+44 20 7946 0958",
    "020 7946 0958 ",
    "415-555-0198",
    "(415) 555-0198 x12",
    "06 12 34 56 78 ",
    "01 ",
    "12 ",
    "0-",
    "123-45-6789",
    "ssn ",
    "BSN 111222333",
    "born on ",
    "né le ",
    "12 mars 1990",
    "1990-01-02",
    "203.0.113.9",
    "2001:db8:85a3::8a2e:370:7334",
    "1::",
    "00:1a:2b:3c:4d:5e",
    " ",
    "\n",
    ", ",
    "-",
    ".",
    "x",
    "é",
    "身份证11010519491231002X",
    "word ",
)


def text_of(draw: random.Random) -> str:
    parts = []
    for _ in range(draw.randrange(10, 120)):
        piece = draw.choice(PIECES)
        parts.append(piece * draw.choice((1, 1, 1, 1, 2, 5, 40)))
    return "".join(parts)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 1), st.floats(0, 1))
def test_windows_find_what_the_whole_finds(seed: int, one: float, other: float) -> None:
    text = text_of(random.Random(seed))
    low, high = sorted((int(one * len(text)), int(other * len(text))))
    for start in (0, low):
        assert_windows_agree(DETECTOR.find, text, start, high, (LEFT, BACK, REACH))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40))
def test_findings_are_in_order_and_apart(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = DETECTOR.find(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
