from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.assurance.tuning.estimate import Estimate, Marks, estimate, interval

COUNTS = st.integers(0, 500)


def test_without_marks_there_is_only_a_bound() -> None:
    assert estimate(0.01, 0.03, Marks(passed_benign=4)) == Estimate(0.01, 0.03, Marks(passed_benign=4))


def test_marks_of_what_was_stopped_make_an_estimate() -> None:
    found = estimate(0.01, 0.2, Marks(stopped_benign=1, stopped_attacks=3))
    assert found.wrongly == pytest.approx(0.05)
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < 0.05 < found.high < 0.2


@pytest.mark.parametrize("some, of, low, high", [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)])
def test_intervals_are_those_of_the_tables(some: int, of: int, low: float, high: float) -> None:
    assert interval(some, of) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share_and_stays_a_share(seen: tuple[int, int]) -> None:
    low, high = interval(*seen)
    assert 0.0 <= low <= seen[0] / seen[1] + 1e-12
    assert seen[0] / seen[1] - 1e-12 <= high <= 1.0
    assert low < high


@given(st.floats(0, 1), COUNTS, COUNTS)
def test_the_estimate_is_never_above_its_bound(stopped: float, benign: int, attacks: int) -> None:
    found = estimate(None, stopped, Marks(benign, attacks))
    if found.wrongly is not None and found.low is not None and found.high is not None:
        assert 0.0 <= found.low <= found.wrongly + 1e-12
        assert found.wrongly - 1e-12 <= found.high <= found.at_most
