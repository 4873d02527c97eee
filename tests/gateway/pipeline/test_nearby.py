from __future__ import annotations

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.pipeline.nearby import Nearby, near
from prodworthy.policy.core.exchange import Call, Operation, Passage


class Seen:
    fact = "seen"
    slow = False

    def __init__(self, context: int) -> None:
        self.context = context

    def measure(self, reading: Reading) -> tuple[tuple[str, int], ...]:
        return tuple((text.text, text.start) for text in reading.texts)

    def settled(self, text: str) -> int:
        return len(text)


class Blind:
    fact = "blind"
    slow = False

    def measure(self, reading: Reading) -> int:
        return reading.characters


def _reading(*texts: Passage) -> Reading:
    return Reading(texts, Call(Operation.CHAT))


def test_a_window_begins_as_far_back_as_its_detector_needs() -> None:
    text = Passage("a", "assistant", "0123456789", 100)
    assert Nearby(Seen(2), {"a": 105}).measure(_reading(text)) == (("3456789", 103),)
    assert Nearby(Seen(5), {"a": 105}).measure(_reading(text)) == (("0123456789", 100),)
    assert Nearby(Seen(0), {}).measure(_reading(text)) == (("0123456789", 100),)


def test_json_is_measured_as_it_is() -> None:
    text = Passage("a", "assistant", "0123456789", 100, True)
    assert Nearby(Seen(2), {"a": 105}).measure(_reading(text)) == (("0123456789", 100),)


def test_only_those_that_need_less_get_less() -> None:
    small, large, blind = Seen(2), Seen(9), Blind()
    first, second, third = near((small, large, blind), 9, {})
    assert isinstance(first, Nearby)
    assert first.settled("abc") == 3
    assert (first.fact, first.slow) == ("seen", False)
    assert second is large
    assert third is blind
