from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.detectors.pieces import APART, CLAUSE, Boundaries, last_boundary

UNBROKEN = "x" * (CLAUSE + 50)
PARTS = st.sampled_from(["a", "Some words ", ", ", ".\n", "-", "_", "\u200b" * 70, UNBROKEN, "\u4e2d\u6587", "\u3002"])
TEXTS = st.lists(PARTS, max_size=30).map("".join)


def test_between_a_place_and_the_one_before_it_there_is_no_boundary() -> None:
    for text in (UNBROKEN, "\u200b" * 300, "a, b"):
        assert Boundaries(text, 0, len(text)).last(len(text), len(text) - 1) == -1


@given(TEXTS, st.data())
def test_a_boundary_lies_where_it_was_asked_for(text: str, data: st.DataObject) -> None:
    low = data.draw(st.integers(0, len(text)))
    high = data.draw(st.integers(0, len(text)))
    place = Boundaries(text, min(low, high), max(low, high)).last(low, high)
    assert place == -1 or low <= place <= high


def test_boundaries_of_all_kinds_may_be_far_apart() -> None:
    text = "Well, " + "so " * 66 + "so-" * 66 + "s" * 198 + "and no end"
    assert last_boundary(text, 6 + 3 * 198) == 6
    assert last_boundary(text, 6 + 3 * 198 + 8) > 600


@given(TEXTS, st.data())
def test_the_nearest_boundary_is_never_far_and_needs_no_more_text(text: str, data: st.DataObject) -> None:
    limit = data.draw(st.integers(0, len(text)))
    place = last_boundary(text, limit)
    assert limit - APART <= place <= limit
    assert last_boundary(text[:limit], limit) == place


@given(TEXTS, st.data())
def test_the_short_way_to_the_nearest_boundary_finds_what_the_long_one_does(text: str, data: st.DataObject) -> None:
    limit = data.draw(st.integers(0, len(text)))
    low = max(0, limit - APART)
    assert last_boundary(text, limit) == max(0, Boundaries(text, low, limit).last(low, limit))
