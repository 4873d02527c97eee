from __future__ import annotations

import pytest

from prodworthy.policy.core.events import Decided, Raised
from prodworthy.record.journal import read as module
from prodworthy.record.journal.days import drop_day
from prodworthy.record.journal.read import (
    Follow,
    Selection,
    exchanges,
    incomplete,
    live_figures,
    show,
    tail,
    used_tokens,
    used_tokens_today,
)
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.records import Entry
from prodworthy.record.store.database import Store
from tests.record.journal.conftest import Spooling
from tests.record.journal.samples import DAY, NOON, SECOND, completed, exchange_id, received

MINUTE = 60 * SECOND


def exchanges_of(entries: list[Entry]) -> list[str]:
    return [one.exchange for one in entries if one.exchange]


@pytest.fixture
def five(store: Store, recorder: Recorder, spooled: Spooling) -> Store:
    """Five exchanges a minute apart, of two workloads and another tenant; the last never completed."""
    owners = [("acme", "desk"), ("acme", "desk"), ("acme", "other"), ("rival", "desk"), ("acme", "desk")]
    for number, (tenant, workload) in enumerate(owners):
        at, own = NOON + number * MINUTE, {"tenant": tenant, "workload": workload}
        spooled(received(number, at, **own), *([completed(number, at, **own)] if number < 4 else []))
    recorder.drain()
    return store


def test_the_tail_is_the_latest_oldest_first(five: Store) -> None:
    assert exchanges_of(tail(five, "acme", "desk", 2)) == [exchange_id(n, NOON + n * MINUTE) for n in (1, 4)]
    ids = [exchange_id(n, NOON + n * MINUTE) for n in (0, 0, 1, 1, 2, 2, 4)]
    assert exchanges_of(tail(five, "acme")) == ids
    assert len(exchanges_of(tail(five))) == 9
    assert tail(five, "nobody") == []
    times = [one.at for one in tail(five)]
    assert times == sorted(times)


def test_the_tail_after_a_moment_begins_there(five: Store) -> None:
    first = tail(five, "acme", "desk", 1, after=NOON + SECOND)
    assert exchanges_of(first) == [exchange_id(1, NOON + MINUTE)]
    assert [one.kind for one in tail(five, "acme", "desk", 10, after=NOON + MINUTE)] == ["Completed", "Received"]


def test_the_tail_crosses_midnight(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    midnight = NOON + DAY // 2
    spooled(*(received(number, midnight + number * SECOND) for number in range(-5, 5)))
    spooled(completed(-5 + 10, midnight - 5 * SECOND))
    recorder.drain()
    assert [one.at for one in tail(store, "acme", limit=4)] == [midnight + n * SECOND for n in range(1, 5)]
    found = tail(store, "acme", limit=8)
    assert [one.at for one in found] == sorted(one.at for one in found)
    assert len(found) == 8


def test_following_gives_each_event_once_also_when_it_comes_late(
    store: Store, recorder: Recorder, spooled: Spooling
) -> None:
    follow = Follow(store, "acme", since=NOON - 1)
    assert follow.poll() == []
    spooled(received(1), received(2, NOON + 2 * SECOND))
    recorder.drain()
    assert exchanges_of(follow.poll()) == [exchange_id(1), exchange_id(2, NOON + 2 * SECOND)]
    spooled(received(3, NOON + SECOND))
    recorder.drain()
    assert exchanges_of(follow.poll()) == [exchange_id(3, NOON + SECOND)]
    assert follow.poll() == []


def test_following_goes_through_many_pages(
    store: Store, recorder: Recorder, spooled: Spooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE", 7)
    spooled(*(received(number, NOON + number) for number in range(60)))
    recorder.drain()
    follow = Follow(store, "acme")
    found = exchanges_of(follow.poll())
    assert found == [exchange_id(number, NOON + number) for number in range(60)]
    assert follow.poll() == []


def test_one_exchange_is_shown_whole(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    blocked = Decided("PSF-2.1", "block", "enforce", "too long", "output_invalid")
    spooled(received(1, subject="ab" * 16, stream=True), completed(1, decisions=(blocked,)))
    recorder.drain()
    record = show(store, exchange_id(1))
    assert record is not None
    assert record.completed
    assert (record.received_at, record.completed_at) == (NOON, NOON + SECOND)
    assert (record.model, record.model_answered, record.subject) == ("gpt", "gpt-4o", "ab" * 16)
    assert record.cost == pytest.approx(0.0075)
    assert record.decisions == (blocked,)
    assert record.content == ()
    assert show(store, exchange_id(1), "acme") == record


@pytest.mark.parametrize("exchange", ["", "nothing", exchange_id(99), exchange_id(1, NOON + 30 * DAY)])
def test_what_the_journal_does_not_have_is_none(five: Store, exchange: str) -> None:
    assert show(five, exchange) is None


def test_another_tenants_exchange_is_none(five: Store) -> None:
    assert show(five, exchange_id(0), "rival") is None


def test_exchanges_that_never_completed(five: Store, recorder: Recorder, spooled: Spooling) -> None:
    spooled(received(9, NOON - 5 * DAY))
    recorder.drain()
    old, new = incomplete(five, NOON + DAY)
    assert (old.exchange, new.exchange) == (exchange_id(9, NOON - 5 * DAY), exchange_id(4, NOON + 4 * MINUTE))
    assert not new.completed
    assert new.end == ""
    assert incomplete(five, NOON + DAY, limit=1) == [old]
    assert incomplete(five, NOON) == [old]
    assert incomplete(five, NOON + DAY, Selection("rival")) == []


def test_a_completed_whose_received_was_lost_is_shown(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    spooled(completed(1))
    recorder.drain()
    record = show(store, exchange_id(1))
    assert record is not None
    assert (record.received_at, record.at) == (None, NOON + SECOND)
    assert incomplete(store, 2**62) == []


def test_all_exchanges_in_pages(
    store: Store, recorder: Recorder, spooled: Spooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE", 5)
    spooled(*(event for n in range(20) for event in (received(n), completed(n))), Raised("acme", "desk", NOON, "c"))
    spooled(received(50, NOON + DAY), received(51, NOON - DAY))
    recorder.drain()
    found = list(exchanges(store, Selection()))
    assert [record.exchange for record in found] == sorted(record.exchange for record in found)
    assert len(found) == 22
    assert sum(record.completed for record in found) == 20
    assert len(list(exchanges(store, Selection(since=NOON, until=NOON + DAY)))) == 20
    assert list(exchanges(store, Selection("rival"))) == []


def test_a_day_dropped_meanwhile_ends_the_walk_in_order(
    store: Store, recorder: Recorder, spooled: Spooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAGE", 2)
    spooled(*(received(n) for n in range(6)))
    recorder.drain()
    walk = exchanges(store, Selection())
    next(walk)
    with store.begin() as connection:
        drop_day(connection, "20261123")
    assert len(list(walk)) <= 1


def test_figures_and_budgets(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    now = NOON + 30 * SECOND
    block, watch = Decided("PSF-1.2", "block", "enforce", "r"), Decided("PSF-1.2", "block", "observe", "r")
    redact = Decided("PSF-3.1", "redact", "enforce", "r")
    early = NOON - 20 * SECOND
    spooled(
        *(event for n in range(30) for event in (received(n), completed(n))),
        *(received(n, early) for n in range(40, 70)),
        completed(90, end="refused", tokens_in=0, tokens_out=0, vendor="", decisions=(block, block)),
        completed(91, end="killed", decisions=(watch, redact)),
        completed(92, end="vendor_fault", tokens_in=-5, tokens_out=10**30 % 2**63, vendor="local"),
        completed(93, end="disconnected", latency=10**9),
        completed(94, NOON - DAY),
        received(95, tenant="rival"),
    )
    recorder.drain()
    live = live_figures(store, "acme", "desk", now)
    # 30 in this minute, and half of the 30 in the one before
    assert live.per_second == pytest.approx((30 + 15) / 60)
    assert (live.exchanges, live.answered, live.refused, live.killed, live.faults) == (60, 30, 1, 1, 1)
    assert (live.blocked, live.redacted) == (1, 1)
    assert live.tokens_in == 32_000
    assert live.tokens_out == 16_000 + 10**12
    assert live.cost == pytest.approx(32 * 0.0075)
    assert live.latency == 1_000_000
    assert live_figures(store, None, None, now).exchanges == 61
    assert live_figures(store, "rival", "nothing", now).latency == 0
    assert used_tokens_today(store, "acme", "desk", now) == 48_000 + 10**12
    assert used_tokens(store, "acme", "desk", NOON - 2 * DAY) == 49_500 + 10**12
    assert used_tokens(store, "acme", "desk", NOON + DAY) == 0
