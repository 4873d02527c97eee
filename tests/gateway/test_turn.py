"""What is written within one turn of the event loop leaves together."""

from __future__ import annotations

import asyncio

import pytest

from prodworthy.gateway.turn import Turn


class Writer:
    def __init__(self, name: str, written: list[str]) -> None:
        self._name = name
        self._written = written

    def flush(self) -> None:
        self._written.append(self._name)


async def test_writers_write_in_order_once_all_that_is_ready_has_run() -> None:
    loop = asyncio.get_running_loop()
    turn, written = Turn(loop), list[str]()
    turn.later(Writer("first", written))
    loop.call_soon(turn.later, Writer("second", written))
    loop.call_soon(written.append, "between")
    assert written == []
    for _ in range(4):
        await asyncio.sleep(0)
    assert sorted(written) == ["between", "first", "second"]
    assert written.index("first") < written.index("second")


async def test_a_turn_follows_the_other() -> None:
    turn, written = Turn(asyncio.get_running_loop()), list[str]()
    for name in ("first", "second"):
        turn.later(Writer(name, written))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert written == ["first", "second"]


async def test_a_fault_of_one_does_not_keep_the_others_from_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    turn, written, faults = Turn(loop), list[str](), list[str]()
    loop.set_exception_handler(lambda _, context: faults.append(str(context["exception"])))
    failing = Writer("failing", written)
    monkeypatch.setattr(failing, "flush", fault)
    for writer in (Writer("first", written), failing, Writer("last", written)):
        turn.later(writer)
    for _ in range(4):
        await asyncio.sleep(0)
    assert (written, faults) == (["first", "last"], ["a fault"])


def fault() -> None:
    raise RuntimeError("a fault")
