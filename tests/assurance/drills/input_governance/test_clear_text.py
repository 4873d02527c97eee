"""Whatever surrounds a text, however data are cut: what lies there in clear is found, and nothing else."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.assurance.drills.input_governance.clear_text import ClearText, forms

TEXT = "drill.0a1b2c3d@example.com"
SOUGHT = ClearText([TEXT, "+12025550142", "4000 0012 3456 7899"])
AROUND = st.binary(max_size=40)


@given(AROUND, AROUND, st.sampled_from(sorted(forms(TEXT))), st.integers(1, 30))
@settings(max_examples=150, deadline=None)
def test_every_form_is_found_however_data_are_cut(before: bytes, after: bytes, form: bytes, size: int) -> None:
    data = before + form + after
    assert SOUGHT.within([data])
    assert SOUGHT.within(data[start : start + size] for start in range(0, len(data), size))


@given(AROUND, AROUND)
@settings(max_examples=100, deadline=None)
def test_base64_is_found_at_every_alignment_and_in_both_alphabets(before: bytes, after: bytes) -> None:
    data = before + TEXT.encode() + after
    assert SOUGHT.within([base64.b64encode(data)])
    assert SOUGHT.within([base64.urlsafe_b64encode(data)])


@given(st.binary(max_size=4_000))
@settings(max_examples=100, deadline=None)
def test_nothing_is_found_in_other_data(data: bytes) -> None:
    assert not SOUGHT.within([data])


@pytest.mark.parametrize(
    "written",
    [
        quote(TEXT, safe=""),
        quote_plus("4000 0012 3456 7899"),
        quote("+12025550142", safe="").lower(),
        json.dumps({"text": TEXT}),
        TEXT.replace("@", "\\u0040").replace(".", "\\u002e"),
        TEXT.replace("@", "\\u0040").replace(".", "\\u002E"),
        TEXT.encode().hex(),
        TEXT.encode().hex().upper(),
    ],
)
def test_what_programs_make_of_a_text_is_found(written: str) -> None:
    assert SOUGHT.within([f"<{written}>".encode()])


def test_reading_stops_where_something_was_found() -> None:
    pieces = iter([TEXT.encode(), b"more"])
    assert SOUGHT.within(pieces)
    assert list(pieces) == [b"more"]


@pytest.mark.parametrize("texts", [[], [""], ["short"]])
def test_what_chance_would_find_is_refused(texts: list[str]) -> None:
    with pytest.raises(ValueError, match="at least 8 bytes"):
        ClearText(texts)
