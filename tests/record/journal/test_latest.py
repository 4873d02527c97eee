from __future__ import annotations

import pytest

from prodworthy.policy.core.events import Sampled, Strayed
from prodworthy.record.journal import latest as module
from prodworthy.record.journal.latest import latest, samples
from prodworthy.record.journal.read import Selection
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.store.database import Store
from tests.record.journal.conftest import Spooling
from tests.record.journal.samples import DAY, NOON, SECOND, completed, exchange_id, received


@pytest.fixture(autouse=True)
def journal(recorder: Recorder, spooled: Spooling) -> None:
    """Seven exchanges a second apart, one of another workload, one of the day before; the last never completed."""
    events = [
        event
        for number in range(6)
        for at in [NOON + number * SECOND]
        for event in (received(number, at), completed(number, at))
    ]
    other = received(20, NOON, workload="other"), completed(20, NOON, workload="other")
    before = received(30, NOON - DAY), completed(30, NOON - DAY)
    stray = Strayed("acme", "desk", NOON, "model_not_declared", "openai.chat")
    spooled(*before, *events, *other, stray, received(6, NOON + 6 * SECOND))
    recorder.drain()


@pytest.mark.parametrize("page", [1_000, 3, 2])
def test_the_newest_come_first_whatever_the_page(store: Store, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAGE", page)
    found = list(latest(store, Selection("acme", "desk")))
    wanted = [exchange_id(number, NOON + number * SECOND) for number in range(6, -1, -1)]
    assert [record.exchange for record in found] == [*wanted, exchange_id(30, NOON - DAY)]
    assert [record.completed for record in found] == [False] + [True] * 7


def test_the_time_is_bounded_on_both_sides(store: Store) -> None:
    found = latest(store, Selection("acme", "desk", NOON + SECOND, NOON + 3 * SECOND))
    assert [record.at for record in found] == [NOON + 2 * SECOND, NOON + SECOND]
    assert list(latest(store, Selection("nobody"))) == []


def test_samples_are_those_of_the_workload(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    of_now = Sampled(exchange_id(1, NOON + SECOND), "acme", "desk", NOON + 9 * SECOND, 0.5, "allow", {"varied": 0.5})
    other = Sampled(exchange_id(20, NOON), "acme", "other", NOON, 0.5, "allow")
    spooled(of_now, other)
    recorder.drain()
    assert list(samples(store, Selection("acme", "desk"))) == [of_now]
    assert list(samples(store, Selection("acme", "desk", 0, NOON))) == []
