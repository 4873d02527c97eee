"""One timer that moves with its deadline: set anew only for an earlier one, and never too late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from prodworthy.gateway.edge.patience import Patience


class Handle:
    def __init__(self, due: float, call: Callable[[], None]) -> None:
        self.due, self.call, self.cancelled = due, call, False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """A loop whose time a test moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.handles: list[Handle] = []

    def time(self) -> float:
        return self.now

    def call_at(self, due: float, call: Callable[[], None]) -> Handle:
        self.handles.append(Handle(due, call))
        return self.handles[-1]

    def pass_to(self, now: float) -> None:
        self.now = now
        for handle in [h for h in self.handles if h.due <= now and not h.cancelled]:
            self.handles.remove(handle)
            handle.call()


def patient() -> tuple[Patience, Clock, list[float]]:
    clock, ends = Clock(), list[float]()
    loop: Any = clock
    return Patience(cast("asyncio.AbstractEventLoop", loop), lambda: ends.append(clock.now)), clock, ends


def test_a_wait_that_lasts_too_long_ends() -> None:
    patience, clock, ends = patient()
    patience.wait(10)
    assert patience.waiting
    clock.pass_to(109.9)
    assert ends == []
    clock.pass_to(110.0)
    assert ends == [110.0]


def test_a_later_deadline_sets_no_new_timer_and_is_kept() -> None:
    patience, clock, ends = patient()
    patience.wait(10)
    clock.now = 105.0
    patience.wait(75)
    assert len(clock.handles) == 1
    clock.pass_to(110.0)
    assert (ends, [handle.due for handle in clock.handles]) == ([], [180.0])
    clock.pass_to(180.0)
    assert ends == [180.0]


def test_an_earlier_deadline_is_kept_too() -> None:
    patience, clock, ends = patient()
    patience.wait(75)
    patience.wait(10)
    clock.pass_to(110.0)
    assert ends == [110.0]
    assert clock.handles[0].cancelled


def test_what_has_come_is_not_waited_for() -> None:
    patience, clock, ends = patient()
    patience.wait(10)
    patience.stop()
    clock.pass_to(500.0)
    assert (ends, clock.handles) == ([], [])
    patience.wait(10)
    clock.pass_to(510.0)
    assert ends == [510.0]


def test_a_closed_connection_is_left_alone() -> None:
    patience, clock, ends = patient()
    patience.wait(10)
    patience.close()
    patience.wait(1)
    clock.pass_to(500.0)
    assert ends == []
