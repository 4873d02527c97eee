from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import hyperscan
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.detectors.pattern_set import PatternSet

DIGITS = PatternSet([rb"\b[0-9]{3}\b", rb"(?i)key"])


def test_reports_pattern_start_and_end_in_order_of_ends() -> None:
    assert DIGITS.matches("KEY 123 key") == [(1, 0, 3), (0, 4, 7), (1, 8, 11)]


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_offsets_are_code_points_whatever_the_text(before: str) -> None:
    text = f"{before}\ud800\U0001f600 123 "
    assert (0, len(before) + 3, len(before) + 6) in DIGITS.matches(text)


def test_a_letter_that_is_not_ascii_is_one_question_mark() -> None:
    assert PatternSet([rb"n\?e"]).matches("née") == [(0, 0, 3)]


def test_without_starts_only_ends_count() -> None:
    assert PatternSet([rb"key"], starts=False).matches("a key") == [(0, 0, 5)]


def test_an_empty_set_matches_nothing() -> None:
    assert PatternSet([]).matches("anything \xff") == []


def test_refuses_a_pattern_outside_the_syntax() -> None:
    with pytest.raises(hyperscan.error):
        PatternSet([rb"(?<=a)b"])


def test_threads_scan_at_once() -> None:
    text = "key 123 " * 2000
    wanted = DIGITS.matches(text)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == wanted for found in pool.map(lambda _: DIGITS.matches(text), range(40)))


def test_spans_are_the_matches_by_pattern() -> None:
    text = "KEY 123 key"
    assert DIGITS.spans(text) == {1: [(0, 3), (8, 11)], 0: [(4, 7)]}
    assert DIGITS.spans("nothing") == {}
