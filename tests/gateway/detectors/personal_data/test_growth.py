from __future__ import annotations

import pytest

from prodworthy.gateway.detectors.personal_data.detector import PersonalDataDetector
from tests.gateway.detectors.growth import assert_linear

DETECTOR = PersonalDataDetector()


SHORT = (
    "a@",
    "a@b.co",
    "7",
    "1234567890",
    "0-",
    "1 ",
    "12 ",
    "01 ",
    ".",
    "1.",
    "+1",
    "(0",
    "a:",
    "1::",
    "00:",
    "né ",
    "é",
)
LONG = ("06 12 34 56 78 ", "415-555-0198 ", "DE89 3704 0044 0532 0130 00 ", "bsn 111222333 ", "born 1/2/1990 ")


@pytest.mark.parametrize("piece", [*SHORT, *LONG])
def test_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    assert_linear(DETECTOR.find, piece)
