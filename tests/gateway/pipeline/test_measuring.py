"""Where detectors run: small texts on the event loop, large or very many ones in a thread."""

from __future__ import annotations

import threading

import pytest

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.pipeline.measuring import FEWEST_CHARACTERS, INLINE_CHARACTERS, Measuring
from prodworthy.policy.core.exchange import Call, Operation, Passage

MOST = INLINE_CHARACTERS // FEWEST_CHARACTERS


class Where:
    """Says in which thread it ran."""

    fact = "where"
    slow = False

    def measure(self, reading: Reading) -> int:
        return threading.get_ident()


@pytest.mark.parametrize(
    "texts, here",
    [
        (["a" * INLINE_CHARACTERS], True),
        (["a" * (INLINE_CHARACTERS + 1)], False),
        (["a"] * MOST, True),
        (["a"] * (MOST + 1), False),
    ],
)
async def test_many_small_texts_are_as_long_as_one_large_one(texts: list[str], here: bool) -> None:
    measuring = Measuring()
    passages = tuple(Passage(f"p{number}", "user", text) for number, text in enumerate(texts))
    try:
        facts = await measuring.measure([Where()], Reading(passages, Call(Operation.CHAT)), 5.0)
    finally:
        measuring.close()
    assert (facts["where"] == threading.get_ident()) is here
