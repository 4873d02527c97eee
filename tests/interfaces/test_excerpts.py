from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prodworthy.interfaces.excerpts import LENGTH, Place, cut
from prodworthy.policy.core.exchange import Passage
from prodworthy.policy.core.facts import Finding

PART = "messages.0.content"


def test_a_short_text_is_shown_whole() -> None:
    assert cut(Passage(PART, "user", "a\n b"), Place(PART), ()) == "a b"


def test_a_long_text_is_cut_around_its_place() -> None:
    text = Passage(PART, "user", "x" * 500 + "here" + "y" * 500, 100)
    shown = cut(text, Place(PART, 600, 604), ())
    assert shown == "…" + "x" * 38 + "here" + "y" * 38 + "…"
    assert cut(text, Place(PART), ()) == "x" * LENGTH + "…"
    assert cut(text, Place(PART, 1103, 1104), ()) == "…" + "y" * LENGTH


@given(
    before=st.text("ab ", max_size=200),
    after=st.text("cd ", max_size=200),
    start=st.integers(0, 1_000),
    place=st.integers(0, 400),
    length=st.integers(0, 200),
)
def test_what_is_hidden_is_never_shown(before: str, after: str, start: int, place: int, length: int) -> None:
    secret = "0123456789" * 3
    text = Passage(PART, "user", before + secret + after, start)
    hidden = (Finding(PART, start + len(before), start + len(before) + len(secret), "secret"),)
    at = start + min(place, len(text.text))
    shown = cut(text, Place(PART, at, at + length), hidden)
    assert not set(shown) & set(secret)
    assert len(shown) <= LENGTH + len("[secret]") + 2
