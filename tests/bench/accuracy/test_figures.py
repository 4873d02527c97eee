from __future__ import annotations

import math
from pathlib import Path

import pytest

from bench.accuracy import personal_data, secrets
from bench.accuracy.interval import wilson
from bench.accuracy.rows import speed

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
# Of its eight numbers one has neither hyphens nor a word beside it, and one sticks to an e-mail address.
BARE = "pii_datafog_corpus: us_ssn recall"


def test_an_interval_holds_its_share_and_narrows() -> None:
    share, low, high = wilson(60, 60)
    assert (share, high) == (1.0, 1.0)
    assert 0.93 < low < 0.95
    few, many = wilson(5, 10), wilson(500, 1000)
    assert few[2] - few[1] > many[2] - many[1]
    assert all(low <= share <= high for share, low, high in (few, many))


def test_where_nothing_was_tried_everything_is_possible() -> None:
    share, low, high = wilson(0, 0)
    assert math.isnan(share)
    assert (low, high) == (0.0, 1.0)


def test_speed_is_the_median_of_its_rounds() -> None:
    figure = speed("x", lambda text: text * 100, ["text"] * 2000, ">= 1")
    assert 0 < figure.low <= figure.value <= figure.high


@pytest.mark.skipif(not DATA.exists(), reason="the public sets are no part of the project, and not beside it")
def test_the_detectors_meet_their_bars_on_the_public_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.accuracy.presidio.ask", lambda _texts: None)
    shares = [figure for module in (personal_data, secrets) for figure in module.measure(DATA) if figure.high <= 1]
    bars = [(figure, *figure.bar.split()) for figure in shares if figure.bar and figure.name != BARE]
    assert len(bars) >= 15
    # The interval speaks, not the share: the sets are small, and one label of theirs may be a matter of opinion.
    for figure, sign, bar in bars:
        assert figure.high >= float(bar) if sign == ">=" else figure.low <= float(bar), figure
