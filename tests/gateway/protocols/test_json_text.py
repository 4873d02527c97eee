"""JSON on the wire reads as what it says; cut anywhere, it says the same; an edit of what it says stays JSON."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from prodworthy.gateway.protocols.json_text import JsonText, replacement, unfinished

_SIMPLE = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\b": r"\b", "\f": r"\f", "/": r"\/", '"': r"\"", "\\": r"\\"}
_CHARACTERS = st.text(
    st.sampled_from([*"abud83 09", *_SIMPLE, "é", "\u2028", "\ud7ff", "\ue000", "😀", "\U0001d4b3"]), max_size=12
)
_FORMS = st.randoms(use_true_random=False)
_PLANTED = st.sampled_from(["\\ud83d", "\\u00e9", "\\\\ud83d\\", '\\"', "\\n", "", "d83d\\", "é😀"])


def _escaped(character: str, upper: bool) -> str:
    """A character as `\\u` escapes, of which it may need two."""
    units = character.encode("utf-16-be")
    pairs = [units[at : at + 2].hex() for at in range(0, len(units), 2)]
    return "".join(f"\\u{pair.upper() if upper else pair}" for pair in pairs)


@st.composite
def _strings(draw: st.DrawFn) -> tuple[str, str]:
    """What a JSON string says, and one of the many ways to write it, without its quotes."""
    said = draw(_CHARACTERS) + draw(_PLANTED) + draw(_CHARACTERS)
    form = draw(_FORMS)
    written = []
    for character in said:
        choices = [_escaped(character, True), _escaped(character, False)]
        choices += [_SIMPLE[character]] * 3 if character in _SIMPLE else []
        if character not in '"\\' and character >= " ":
            choices += [character] * 3
        written.append(form.choice(choices))
    return said, "".join(written)


@given(_strings())
def test_it_reads_as_what_it_says(string: tuple[str, str]) -> None:
    said, written = string
    assert json.loads(f'"{written}"', strict=False) == said
    assert JsonText(f'"{written}"').text == f'"{said}"'
    assert JsonText(written, inside=True).text == said


@given(st.lists(_strings(), min_size=1, max_size=4), st.integers(0, 200))
@example([("\\ud83d\\", r"\\ud83d\\")], 8)
@example([("\\ud83d😀", r"\\ud83d\ud83d\ude00")], 12)
def test_cut_anywhere_it_says_the_same(strings: list[tuple[str, str]], at: int) -> None:
    raw = "[" + ",".join(f'"{written}"' for _, written in strings) + "]"
    at = min(at, len(raw))
    first = raw[: at - unfinished(raw[:at])]
    view = JsonText(first)
    rest = JsonText(raw[len(first) :], view.quoted(len(first)))
    assert view.text + rest.text == JsonText(raw).text
    assert json.loads(raw, strict=False) == [said for said, _ in strings]


@given(_strings(), st.integers(0, 60))
@example(("\\ud83d\\", r"\\ud83d\\"), 9)
def test_only_what_is_the_beginning_of_an_escape_is_held_back(string: tuple[str, str], at: int) -> None:
    """`unfinished` is exact: what it keeps is whole, and what it holds back is no more than an escape's beginning."""
    raw = f'"{string[1]}"'
    assert unfinished(raw) == 0
    cut = raw[: min(at, len(raw))]
    held = unfinished(cut)
    ends = _ends_of_escapes(raw)
    assert held == len(cut) - max(end for end in ends if end <= len(cut))


def _ends_of_escapes(raw: str) -> list[int]:
    """Every position between two characters or escapes, where a pair of surrogates is one."""
    ends, at = [0], 0
    while at < len(raw):
        if raw[at] != "\\":
            at += 1
        elif raw[at + 1] != "u":
            at += 2
        else:
            at += 12 if 0xD800 <= int(raw[at + 2 : at + 6], 16) <= 0xDBFF else 6
        ends.append(at)
    return ends


@pytest.mark.parametrize(
    "raw, held",
    [
        ("", 0),
        ("plain", 0),
        ("\\", 1),
        ("\\\\", 0),
        ("\\\\\\", 1),
        ("a\\u", 2),
        ("a\\u00e", 5),
        ("a\\u00e9", 0),
        ("\\\\u00e", 0),
        ("\\ud83d", 6),
        ("\\uD83D\\", 7),
        ("\\ud83d\\ude0", 11),
        ("\\ud83d\\ude00", 0),
        ("\\ude00", 0),
        ("\\\\ud83d", 0),
        ("\\\\ud83d\\", 1),
        ("\\\\ud83d\\u0", 3),
        ("\\\\\\ud83d\\u0", 3),
        ("\\ud83dx", 0),
        ("x" * 500 + "\\ud83d\\ude0", 11),
    ],
)
def test_unfinished(raw: str, held: int) -> None:
    assert unfinished(raw) == held


@given(_strings(), st.data())
def test_an_edit_of_what_it_says_is_carried_back(string: tuple[str, str], data: st.DataObject) -> None:
    said, written = string
    start = data.draw(st.integers(0, len(said)))
    end = data.draw(st.integers(start, len(said)))
    new = data.draw(_CHARACTERS)
    for raw, inside, offset in ((f'"{written}"', False, 1), (written, True, 0)):
        view = JsonText(raw, inside)
        first, last = view.span(start + offset, end + offset)
        assert view.quoted(first)
        edited = raw[:first] + replacement(new, view.quoted(first)) + raw[last:]
        told = edited if offset else f'"{edited}"'
        assert json.loads(told, strict=False) == said[:start] + new + said[end:]


@given(_CHARACTERS, _CHARACTERS | st.integers(0, 10**20), _CHARACTERS, st.booleans())
def test_a_document_stays_json_with_a_value_edited(key: str, value: str | int, new: str, ascii_only: bool) -> None:
    """Whether it is a string that goes, or a number in whose place a string of its own is put."""
    raw = json.dumps({"before": 1, key: value, "after": [True]}, ensure_ascii=ascii_only)
    view = JsonText(raw)
    said = str(value)
    at = len(view.text) - len(', "after": [true]}') - len(said) - isinstance(value, str)
    assert view.text[at : at + len(said)] == said
    start, end = view.span(at, at + len(said))
    edited = raw[:start] + replacement(new, view.quoted(start)) + raw[end:]
    assert json.loads(edited) == {"before": 1, key: new, "after": [True]}


@given(_strings())
def test_positions_lead_there_and_back(string: tuple[str, str]) -> None:
    raw = f'"{string[1]}"'
    view = JsonText(raw)
    ends = _ends_of_escapes(raw)
    assert [view.back(at) for at in range(len(view.text) + 1)] == ends
    for at, wanted in enumerate(ends):
        assert JsonText(raw[:wanted]).text == view.text[:at]
    for position in range(len(raw) + 1):
        assert view.aligned(position) == max(end for end in ends if end <= position)


@given(_strings(), _strings())
def test_what_lies_within_a_string_is_quoted(one: tuple[str, str], two: tuple[str, str]) -> None:
    raw = f'{{"{one[1]}": 1, "k": "{two[1]}"}}'
    view, ends = JsonText(raw), _ends_of_escapes(raw)
    within = False
    for at, end in itertools.pairwise(ends):
        assert view.quoted(at) is within
        assert JsonText(raw[at:], within).quoted(len(raw) - at) is False
        within = within != (raw[at:end] == '"')
    assert (view.quoted(len(raw)), within) == (False, False)


@pytest.mark.parametrize("raw", ["", "{}", '{"a": 1}', '["é"]'])
def test_without_escapes_it_is_the_text_itself(raw: str) -> None:
    view = JsonText(raw)
    assert view.text is raw
    assert [view.back(at) for at in range(len(raw) + 1)] == list(range(len(raw) + 1))


@given(st.text(st.sampled_from([*'\\u"dD8cCeE0 fx', "\n"]), max_size=30), st.booleans())
def test_noise_is_read_without_a_fault(raw: str, inside: bool) -> None:
    view = JsonText(raw, inside)
    assert 0 <= unfinished(raw) <= min(len(raw), 12)
    positions = [view.back(at) for at in range(len(view.text) + 1)]
    assert positions == sorted(positions)
    assert positions[-1] == len(raw)
    assert all(view.aligned(at) <= at for at in range(len(raw) + 1))


def test_half_a_pair_hides_nothing_behind_it() -> None:
    """Readers that let half a pair of surrogates pass see the number after it as it stands."""
    assert "\\" not in JsonText('"\\ud83d4111111111111111"').text
    assert "d83d" not in JsonText('"\\ud83d4111111111111111"').text
