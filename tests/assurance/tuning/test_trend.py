from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.assurance.tuning.trend import trend
from prodworthy.policy.core.events import Sampled

DAY = 86_400 * 1_000_000_000
FIRST = 1_800_000_000 * 1_000_000_000 // DAY * DAY  # 2027-01-15


def sample(day: int, quality: float) -> Sampled:
    return Sampled("x", "default", "desk", FIRST + day * DAY + 5, quality, "allow")


def test_no_samples_have_no_trend() -> None:
    assert (trend([]).days, trend([]).fall) == ((), None)


def test_one_day_has_a_mean_and_no_fall() -> None:
    found = trend([sample(0, 0.5), sample(0, 1.0)])
    assert [(day.day, day.mean, day.count) for day in found.days] == [("2027-01-15", 0.75, 2)]
    assert found.fall is None


def test_the_fall_is_against_all_samples_of_the_days_before() -> None:
    found = trend([sample(2, 0.4), sample(0, 1.0), sample(1, 0.7), sample(1, 0.7)])
    assert [day.day for day in found.days] == ["2027-01-15", "2027-01-16", "2027-01-17"]
    assert found.fall == pytest.approx(0.4)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 1)), max_size=40))
def test_days_hold_every_sample_once(said: list[tuple[int, float]]) -> None:
    found = trend(sample(day, quality) for day, quality in said)
    assert sum(day.count for day in found.days) == len(said)
    assert math.isclose(sum(day.count * day.mean for day in found.days), sum(q for _, q in said), abs_tol=1e-9)
    assert [day.day for day in found.days] == sorted(day.day for day in found.days)
    assert (found.fall is None) == (len({day for day, _ in said}) < 2)
