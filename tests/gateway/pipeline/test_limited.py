from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.pipeline.limited import limited
from prodworthy.policy.core.manifest import Limits
from prodworthy.policy.core.manifest import Rate as Declared
from prodworthy.policy.core.quota import SECOND, Rate

COUNTS = st.integers(1, 10_000)


def _rate(declared: Declared | None, cap: tuple[int, int] | None) -> Rate | None:
    demand = limited(Limits(rate=declared), "default/desk", cap).workload_rate
    limit = demand.limit if demand is not None else None
    assert limit is None or isinstance(limit, Rate)
    return limit


@given(COUNTS, st.integers(1, 3_600), st.integers(0, 100), COUNTS, st.integers(1, 86_400_000))
def test_who_keeps_to_the_limit_keeps_to_both(count: int, seconds: int, burst: int, most: int, within: int) -> None:
    found = _rate(Declared(count, float(seconds), burst), (most, within))
    assert found is not None
    assert found.interval == max(-(-seconds * SECOND // count), -(-within * 1_000_000 // most))
    assert found.burst == min(burst or count, most)


def test_one_of_them_is_the_limit_where_there_is_no_other() -> None:
    assert _rate(None, None) is None
    alone = _rate(None, (6, 60_000))
    assert alone == Rate("6 requests per 60 s of the workload in its stage", 10 * SECOND, 6)
    assert _rate(Declared(6, 60.0), None) == Rate("6 requests per 60 s of the workload", 10 * SECOND, 6)
