from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.detectors.words import BROKEN, WORD, fold, folded, located, placed

PARTS = st.sampled_from(
    ["a", "Word", "B2", " ", "_", "-", "\u200b", "\u200b" * 70, "." * 70, "x" * 70, "é", "\uff21", "\u4e2d", "\n"]
)
TEXTS = st.lists(PARTS, max_size=40).map("".join) | st.text(max_size=100)


@given(TEXTS | st.text(alphabet=st.characters(codec="ascii"), max_size=100))
def test_words_are_folded_alike_one_by_one_and_all_at_once(text: str) -> None:
    assert folded(text) == [word for word in map(fold, WORD.findall(text)) if word is not None]


@given(TEXTS)
def test_words_and_wide_gaps_are_those_of_the_slow_way(text: str) -> None:
    words, spans, wide = located(text)
    shown: list[tuple[str, int, int]] = []
    for at, (word, (start, end)) in enumerate(zip(words, spans, strict=True)):
        if at in wide or (at == 0 and start > 64):
            shown.append((BROKEN, shown[-1][2] if shown else 0, start))
        shown.append((word, start, end))
    assert shown == list(placed(text))
