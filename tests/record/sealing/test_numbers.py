from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.ledger.canonical import canonical_json, parse_canonical
from prodworthy.record.sealing.numbers import LARGEST, read, written

names = st.text(min_size=1, max_size=3)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names.filter(lambda n: n != "int"), inner, max_size=3),
    max_leaves=10,
)


@given(values)
def test_any_value_with_large_numbers_survives_canonical_json(value: Any) -> None:
    assert read(parse_canonical(canonical_json(written(value)), 65_535)) == value


@given(st.integers(-LARGEST, LARGEST))
def test_no_reader_of_doubles_rounds_a_number(number: int) -> None:
    found = json.loads(canonical_json(written([number])), parse_int=float)
    assert found == [number] or read(found) == [number]


@pytest.mark.parametrize("value", [LARGEST + 1, -LARGEST - 1, {"int": 1}, {"int": "9007199254740992"}, [{"int": []}]])
def test_a_number_of_more_bits_and_what_looks_like_a_number_are_not_written(value: object) -> None:
    with pytest.raises(EvidenceFault):
        written(value)


@pytest.mark.parametrize(
    "said",
    ["5", 9007199254740992, "9007199254740991", "09007199254740992", "9223372036854775808", "+9007199254740992", None],
)
def test_a_number_has_one_way_to_be_written(said: object) -> None:
    with pytest.raises(EvidenceFault):
        read([{"int": said}])
