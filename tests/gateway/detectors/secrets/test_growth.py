from __future__ import annotations

import pytest

from prodworthy.gateway.detectors.secrets import plausible
from prodworthy.gateway.detectors.secrets.detector import SecretsDetector
from prodworthy.gateway.detectors.secrets.plausible import KNOWN, Values
from tests.gateway.detectors.growth import assert_linear

DETECTOR = SecretsDetector()


SHORT = ("eyJ", "eyJ.", "A", "sk-", "SG.", "xoxb-", "token=", "a://b:", "a://b:c", "-us1", ":AA", "Q~", "=", "1 ", "é")
LONG = ("eyJaaaaaaaaaaaaa.eyJ", "-----BEGIN", "-----BEGIN PRIVATE KEY-----", "token = 'a", "password: x1Y!zzzz ")


@pytest.mark.parametrize("piece", [*SHORT, *LONG])
def test_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    assert_linear(DETECTOR.find, piece)


@pytest.mark.parametrize("piece", [*SHORT, *LONG, "1Q~", 'password="password='])
def test_what_repeats_is_asked_about_once(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(value: str) -> int:
        asked.append(value)
        return len(set(value))

    monkeypatch.setattr(plausible, "variety", counted)
    DETECTOR.find(piece * (40_000 // len(piece)))
    assert len(asked) <= 8 * len(piece)


def test_no_more_than_known_is_remembered() -> None:
    values = Values()
    for place in range(3 * KNOWN):
        assert values.are(str.isdigit, str(place))
        assert values.are(str.isdigit, str(place))
    assert len(values) <= KNOWN
