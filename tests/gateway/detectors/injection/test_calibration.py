from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.gateway.detectors.injection.calibration import (
    FEWEST,
    Calibration,
    calibrate,
    combined,
    of_several,
    surprise,
)


def normal(count: int, mean: float = 0.0) -> list[float]:
    return list(np.random.default_rng(5).normal(mean, 1.0, count))


@settings(deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=FEWEST, max_size=300), st.lists(st.floats(-100, 100), min_size=2))
def test_a_higher_score_is_never_less_rare(scores: list[float], asked: list[float]) -> None:
    rare = list(map(calibrate(scores).rarity, sorted(asked)))
    assert all(later <= before + 1e-12 for before, later in pairwise(rare))
    assert min(rare) >= 0
    assert max(rare) <= 1


@pytest.mark.parametrize("share", [0.5, 0.1, 0.01, 0.001])
def test_the_share_that_is_promised_is_the_share_that_exceeds(share: float) -> None:
    made, fresh = calibrate(normal(20_000)), np.random.default_rng(6).normal(0, 1, 50_000)
    assert np.mean([made.rarity(score) <= share for score in fresh.tolist()]) == pytest.approx(share, rel=0.35)


def test_too_few_or_broken_scores_make_no_calibration() -> None:
    with pytest.raises(ValueError, match="too few"):
        calibrate([1.0] * (FEWEST - 1))
    with pytest.raises(ValueError, match="not finite"):
        calibrate([float("nan")] * FEWEST)


def test_it_survives_the_way_through_json() -> None:
    made = calibrate(normal(500))
    assert msgspec.json.decode(msgspec.json.encode(made), type=Calibration) == made


def test_few_texts_of_a_workload_change_little_and_many_decide() -> None:
    ordinary = [surprise(rarity) for rarity in np.random.default_rng(7).uniform(0, 1, 2000)]
    noisy = [3.0 + each for each in ordinary]
    assert combined(0.001, None) == 0.001
    assert combined(0.001, calibrate(ordinary[:30])) == pytest.approx(0.001, rel=0.5)
    assert combined(0.001, calibrate(ordinary)) == pytest.approx(0.001, rel=0.5)
    assert combined(0.001, calibrate(noisy)) > 0.5
    assert combined(1.0, calibrate(noisy)) == pytest.approx(1.0)


def test_many_looks_find_something_rare_by_chance() -> None:
    assert of_several(0.01, 1) == pytest.approx(0.01)
    assert of_several(0.01, 50) == pytest.approx(1 - 0.99**50)
    assert of_several(1.0, 3) == pytest.approx(1.0)
