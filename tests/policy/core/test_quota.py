"""The arithmetic of limits keeps its promise for any arrivals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.policy.core.quota import (
    DAY,
    GRANTED,
    MINUTE,
    SECOND,
    Rate,
    conforming,
    fair_share,
    gcra,
    window_left,
    window_start,
)

times = st.integers(0, 10**19)
intervals = st.integers(1, 10**12)
bursts = st.integers(1, 1_000)


def test_a_rested_rate_gives_its_burst_and_then_one_cell_per_interval() -> None:
    tat, granted = 0, []
    for now in range(1_000, 1_100):
        step = gcra(tat, now, interval=10, tolerance=20, cost=1)
        tat = step.tat
        if step.conforms:
            granted.append(now)
    assert granted == [1_000, 1_001, 1_002, *range(1_010, 1_100, 10)]


def test_the_wait_is_exact() -> None:
    tat = gcra(0, 1_000, 10, 20, 3).tat
    refused = gcra(tat, 1_005, 10, 20, 2)
    assert not refused.conforms
    assert refused.tat == tat
    assert refused.wait == 15
    assert not gcra(tat, 1_005 + 14, 10, 20, 2).conforms
    assert gcra(tat, 1_005 + 15, 10, 20, 2).conforms


@given(interval=intervals, burst=bursts, data=st.data())
def test_no_span_ever_holds_more_than_burst_and_rate(interval: int, burst: int, data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.tuples(st.integers(0, 3 * interval), st.integers(1, burst)), max_size=60))
    now, tat = 10**15, 0
    granted: list[tuple[int, int]] = []
    for gap, cost in gaps:
        now += gap
        step = gcra(tat, now, interval, (burst - 1) * interval, cost)
        assert step.conforms == (step.wait == 0)
        if step.conforms:
            tat = step.tat
            granted.append((now, cost))
    for first, (start, _) in enumerate(granted):
        cells = 0
        for end, cost in granted[first:]:
            cells += cost
            assert cells * interval <= burst * interval + (end - start)


@given(tat=times, now=times, interval=intervals, burst=bursts)
def test_conforming_is_the_largest_cost_that_gcra_accepts(tat: int, now: int, interval: int, burst: int) -> None:
    tolerance = (burst - 1) * interval
    room = conforming(tat, now, interval, tolerance)
    assert 0 <= room <= burst
    assert room == 0 or gcra(tat, now, interval, tolerance, room).conforms
    assert not gcra(tat, now, interval, tolerance, room + 1).conforms


@given(count=st.integers(1, 10**6), length=st.sampled_from([SECOND, MINUTE, DAY]), burst=bursts)
def test_a_rate_is_never_above_what_was_asked(count: int, length: int, burst: int) -> None:
    rate = Rate.per("requests", count, length, burst)
    assert rate.interval * count >= length
    assert (rate.interval - 1) * count < length


@pytest.mark.parametrize("count,length,burst", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)])
def test_a_rate_of_nothing_is_refused(count: int, length: int, burst: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Rate.per("requests", count, length, burst)


@given(wall=times, length=st.sampled_from([MINUTE, DAY]))
def test_windows_tile_the_time(wall: int, length: int) -> None:
    start, left = window_start(wall, length), window_left(wall, length)
    assert start <= wall < start + length
    assert wall + left == start + length
    assert window_start(start, length) == start
    assert window_start(start + length, length) == start + length


def test_a_day_begins_at_midnight_utc() -> None:
    noon = 1_700_049_600 * SECOND  # 2023-11-15T12:00:00Z
    assert window_start(noon, DAY) == noon - DAY // 2


@given(whole=st.integers(0, 10**12), processes=st.integers(1, 64))
def test_shares_together_never_exceed_the_whole(whole: int, processes: int) -> None:
    assert fair_share(whole, processes) * processes <= whole


def test_granted_says_nothing_more() -> None:
    assert GRANTED.granted
    assert (GRANTED.limit, GRANTED.retry_after) == ("", 0.0)
