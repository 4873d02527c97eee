from __future__ import annotations

import pytest

from prodworthy.gateway.detectors.secrets.detector import SecretsDetector
from tests.gateway.detectors.growth import assert_linear

DETECTOR = SecretsDetector()


SHORT = ("eyJ", "eyJ.", "A", "sk-", "SG.", "xoxb-", "token=", "a://b:", "a://b:c", "-us1", ":AA", "Q~", "=", "1 ", "é")
LONG = ("eyJaaaaaaaaaaaaa.eyJ", "-----BEGIN", "-----BEGIN PRIVATE KEY-----", "token = 'a", "password: x1Y!zzzz ")


@pytest.mark.parametrize("piece", [*SHORT, *LONG])
def test_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    assert_linear(DETECTOR.find, piece)
