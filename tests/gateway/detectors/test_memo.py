from __future__ import annotations

from prodworthy.gateway.detectors.memo import Memo


def test_what_is_kept_is_not_made_again_and_the_oldest_goes_first() -> None:
    made: list[str] = []
    memo: Memo[str] = Memo(10, len)

    def get(text: str) -> str:
        def make() -> str:
            made.append(text)
            return text

        return memo.get((text,), make)

    for text in ("abc", "def", "abc", "ghi", "abc", "def", "x" * 10, "x" * 10):
        assert get(text) == text
        assert memo.weight <= 10
    assert made == ["abc", "def", "ghi", "def", "x" * 10, "x" * 10]


def test_texts_count_one_by_one() -> None:
    memo: Memo[int] = Memo(10, lambda _: 1)
    assert memo.get(("a", "b"), lambda: 1) == 1
    assert memo.get(("ab",), lambda: 2) == 2
    assert memo.get(("\ud800",), lambda: 3) == 3
