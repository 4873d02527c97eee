from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.policy.core.evidence import (
    CLASSES,
    ByClass,
    EvidenceFault,
    Figures,
    Tally,
    by_class,
    figures,
    merged,
    summed,
)

names = st.sampled_from(["PSF-1.1", "answered", "vendor/model", "x"])
counts = st.dictionaries(names, st.integers(0, 2**40), max_size=3).map(lambda d: {k: d[k] for k in sorted(d)})
number = st.integers(0, 2**40)
tallies = st.builds(Tally, counts, counts, number, number)
sets = st.builds(
    Figures,
    number,
    number,
    counts,
    counts,
    counts,
    counts,
    st.dictionaries(names, tallies, max_size=3).map(lambda d: {k: d[k] for k in sorted(d)}),
    number,
    number,
)


@given(sets)
def test_figures_survive_their_json_form(one: Figures) -> None:
    assert figures(json.loads(json.dumps(one.plain()))) == one


@given(sets, sets, sets)
def test_figures_add_up_in_any_order(one: Figures, two: Figures, three: Figures) -> None:
    assert one.plus(two) == two.plus(one)
    assert one.plus(two).plus(three) == one.plus(two.plus(three))


@given(sets)
def test_nothing_added_changes_nothing(one: Figures) -> None:
    assert one.plus(Figures()) == one


def test_the_first_and_last_end_of_two_sets_are_kept() -> None:
    both = Figures(first=5, last=6).plus(Figures(first=3, last=4))
    assert (both.first, both.last) == (3, 6)


def test_classes_are_added_apart() -> None:
    total = merged({"live": Figures(1)}, {"live": Figures(2), "test": Figures(4)})
    assert {name: one.exchanges for name, one in total.items()} == {"live": 3, "test": 4}


@given(st.lists(st.dictionaries(st.sampled_from(CLASSES), sets, max_size=2), max_size=4))
def test_all_at_once_is_the_sum_one_by_one(many: list[dict[str, Figures]]) -> None:
    one_by_one: ByClass = {}
    for each in many:
        one_by_one = merged(one_by_one, each)
    assert summed(many) == one_by_one
    # to the byte, and so in the same order
    assert [repr(one) for one in summed(many).values()] == [repr(one) for one in one_by_one.values()]


def test_figures_by_class_survive_their_json_form() -> None:
    plain = {name: Figures(n).plain() for n, name in enumerate(CLASSES)}
    assert {name: one.exchanges for name, one in by_class(plain).items()} == {"live": 0, "test": 1, "drill": 2}


def _with(**changed: Any) -> dict[str, Any]:
    return Figures(controls={"PSF-1.1": Tally()}).plain() | changed


TALLY = {"enforced": {}, "observed": {}, "covered": 0, "watched": 0}


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        {},
        _with(more=1),
        _with(exchanges=-1),
        _with(exchanges=True),
        _with(exchanges=1.0),
        _with(ends=[]),
        _with(ends={"answered": -1}),
        _with(ends={1: 1}),
        _with(controls=[]),
        _with(controls={1: TALLY}),
        _with(controls={"PSF-1.1": {}}),
        _with(controls={"PSF-1.1": TALLY | {"covered": "1"}}),
    ],
)
def test_what_is_no_figures_is_refused(plain: object) -> None:
    with pytest.raises(EvidenceFault):
        figures(plain)


@pytest.mark.parametrize("plain", [None, {"other": {}}, {"live": {}}])
def test_what_is_no_figures_by_class_is_refused(plain: object) -> None:
    with pytest.raises(EvidenceFault):
        by_class(plain)
