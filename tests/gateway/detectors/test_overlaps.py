from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.detectors.overlaps import AHEAD, CHAIN, Candidate, settle


def spans(*candidates: Candidate) -> list[tuple[int, int, str]]:
    return [(one.start, one.end, one.kind) for one in settle(candidates)]


def test_the_earlier_then_the_longer_then_the_surer_remains() -> None:
    assert spans(Candidate(3, 9, "b", 1.0), Candidate(0, 5, "a", 0.5)) == [(0, 5, "a")]
    assert spans(Candidate(0, 5, "a", 1.0), Candidate(0, 6, "b", 0.5)) == [(0, 6, "b")]
    assert spans(Candidate(0, 5, "a", 0.5), Candidate(0, 5, "b", 0.9)) == [(0, 5, "b")]


def test_after_a_loser_the_next_one_counts_again() -> None:
    chain = [Candidate(start, start + 6, str(start), 1.0) for start in (0, 4, 8)]
    assert spans(*chain) == [(0, 6, "0"), (8, 14, "8")]


def test_the_better_tier_takes_the_place_of_the_worse() -> None:
    assert spans(Candidate(0, 9, "weak", 1.0, tier=1), Candidate(4, 7, "strong", 0.1)) == [(4, 7, "strong")]
    late = AHEAD + 2
    assert spans(Candidate(0, 40, "weak", 1.0, tier=1), Candidate(late, 38, "strong", 1.0)) == [
        (0, late, "weak"),
        (late, 38, "strong"),
    ]


def test_a_long_chain_is_cut_and_nothing_is_lost() -> None:
    chain = [Candidate(start, start + 10, "x", 1.0) for start in range(0, 3 * CHAIN, 5)]
    found = settle(chain)
    beyond = [one for one in found if one.start > CHAIN + 10]
    assert all(left.end == right.start for left, right in itertools.pairwise(beyond))


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 60), st.sampled_from("ab"), st.integers(0, 2))))
def test_what_remains_is_in_order_and_apart(drawn: list[tuple[int, int, str, int]]) -> None:
    found = settle(Candidate(start, start + size, kind, 1.0, tier) for start, size, kind, tier in drawn)
    assert all(one.start < one.end for one in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
    assert bool(found) == bool(drawn)
