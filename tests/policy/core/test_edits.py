"""Edits: merged without overlap, applied to whole texts and to pieces of them."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from prodworthy.policy.core.edits import apply, masks, merge
from prodworthy.policy.core.facts import Finding
from prodworthy.policy.core.verdict import Edit

TEXT = "call 4111 1111 now"


def _edit(start: int, end: int, replacement: str = "[x]", part: str = "a") -> Edit:
    return Edit(part, start, end, replacement)


def test_a_finding_becomes_its_kind_in_brackets() -> None:
    edits = masks([Finding("a", 5, 14, "payment_card")])
    assert apply(TEXT, edits) == "call [payment_card] now"


def test_edits_are_sorted_by_part_and_place() -> None:
    merged = merge([_edit(5, 6), _edit(1, 2), _edit(0, 1, part="b")])
    assert {part: [edit.start for edit in edits] for part, edits in merged.items()} == {"a": [1, 5], "b": [0]}


def test_of_overlapping_edits_all_goes_and_the_longest_says_what_stands_there() -> None:
    assert merge([_edit(0, 3, "short"), _edit(2, 9, "long"), _edit(8, 10, "last")]) == {"a": [_edit(0, 10, "long")]}
    assert merge([_edit(0, 3, "first"), _edit(0, 3, "second")]) == {"a": [_edit(0, 3, "first")]}
    assert merge([_edit(0, 3), _edit(3, 5)]) == {"a": [_edit(0, 3), _edit(3, 5)]}, "touching is not overlapping"


@given(st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=6), st.data())
def test_pieces_give_what_the_whole_gives(text: str, spans: list[tuple[int, int]], data: st.DataObject) -> None:
    edits = merge([_edit(start, min(start + size, len(text))) for start, size in spans if start < len(text)]).get(
        "a", []
    )
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    bounds = [0, *cuts, len(text)]
    pieces = [apply(text[start:end], edits, start) for start, end in itertools.pairwise(bounds)]
    whole = list(text)
    for edit in reversed(edits):
        whole[edit.start : edit.end] = ["[x]"]
    assert "".join(pieces) == apply(text, edits) == "".join(whole)
