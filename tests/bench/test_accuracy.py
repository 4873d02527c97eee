"""The accuracy of detectors reaches its bars, where the labelled data stands beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.accuracy import grounding, leak
from bench.accuracy.figure import Figure
from bench.accuracy.share import area, share

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
BESIDE = pytest.mark.skipif(not DATA.is_dir(), reason=f"no labelled data in {DATA}: it is not part of the project")


@BESIDE
@pytest.mark.parametrize("measured", [leak.measure, grounding.measure])
def test_figures_reach_their_bars(measured: object) -> None:
    assert callable(measured)
    figures: list[Figure] = measured(DATA)
    assert all(each.low <= each.value <= each.high for each in figures)
    barred = [each for each in figures if each.bar]
    assert barred
    for each in barred:
        sign, bar = each.bar.split()
        assert each.value >= float(bar) if sign == ">=" else each.value <= float(bar), each


def test_areas_and_shares_are_those_of_known_cases() -> None:
    assert area([1, 2, 3, 4], [False, False, True, True]) == 1
    assert area([1, 1, 1, 1], [False, True, True, False]) == 0.5
    value, low, high = share([True] * 9 + [False])
    assert (value, round(low, 3), round(high, 3)) == (0.9, 0.596, 0.982)
