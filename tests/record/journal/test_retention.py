from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import func, insert, select, update

from prodworthy.policy.core.events import Strayed
from prodworthy.record.journal import retention as module
from prodworthy.record.journal.days import existing_days
from prodworthy.record.journal.read import show, tail
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.retention import Swept, sweep
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import journal_segment, operation_event, rollup, stray, subject_key
from tests.record.journal.conftest import Spooling
from tests.record.journal.samples import DAY, NOON, completed, exchange_id, received

DESK, OTHER = ("acme", "desk"), ("acme", "other")


def days(store: Store) -> list[str]:
    with store.connect() as connection:
        return existing_days(connection)


def test_each_workload_keeps_its_own_days(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    for number, age in enumerate((0, 5, 20, 100)):
        at = NOON - age * DAY
        spooled(received(number, at), completed(number, at), received(number + 50, at, workload="other"))
    recorder.drain()
    swept = sweep(store, {DESK: 10, OTHER: 50}, 180, NOON)
    kept = [show(store, exchange_id(n, NOON - age * DAY)) is not None for n, age in enumerate((0, 5, 20, 100))]
    assert kept == [True, True, False, False]
    other = [show(store, exchange_id(n + 50, NOON - age * DAY)) is not None for n, age in enumerate((0, 5, 20, 100))]
    assert other == [True, True, True, False]
    assert swept.rows == {"acme/desk": 4, "acme/other": 1}
    # the gateways' own events (Opened, Closed) belong to nobody, happened today, and keep the default
    assert swept.days == ("20260815",)
    assert "20260815" not in days(store)


def test_the_record_tells_what_was_deleted(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    spooled(received(1, NOON - 100 * DAY))
    recorder.drain()
    swept = sweep(store, {}, 30, NOON)
    with store.connect() as connection:
        row = connection.execute(select(operation_event)).one()
    assert (row.kind, row.tenant, row.actor, row.at) == ("Swept", "", "recorder", NOON)
    assert msgspec.json.decode(row.body, type=Swept) == swept
    assert swept.rows == {"acme/desk": 1}


def test_a_segment_goes_once_it_is_sealed_and_its_frames_are_gone(
    store: Store, recorder: Recorder, spooled: Spooling
) -> None:
    for number in range(3):
        spooled(received(number), received(number, workload="other"))
        recorder.drain()
    with store.begin() as connection:
        connection.execute(update(journal_segment).values(taken_at=NOON - 20 * DAY))
        connection.execute(update(journal_segment).where(journal_segment.c.id < 7).values(leaf=0))
        count = connection.execute(select(func.count()).select_from(journal_segment)).scalar_one()
    # three of each workload and of the gateway itself; 7 to 9 are not sealed yet
    assert count == 9
    assert sweep(store, {DESK: 10, OTHER: 50}, 10, NOON).segments == 4
    with store.begin() as connection:
        assert sorted(connection.execute(select(journal_segment.c.id)).scalars()) == [3, 6, 7, 8, 9]
        connection.execute(update(journal_segment).values(leaf=0))
    assert sweep(store, {}, 10, NOON).segments == 4
    with store.connect() as connection:
        assert sorted(connection.execute(select(journal_segment.c.id)).scalars()) == [9]


def test_what_is_young_enough_stays_to_the_nanosecond(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    spooled(received(1, NOON - 10 * DAY), received(2, NOON - 10 * DAY - 1_000_000))
    recorder.drain()
    sweep(store, {DESK: 10}, 180, NOON)
    assert show(store, exchange_id(1, NOON - 10 * DAY)) is not None
    assert show(store, exchange_id(2, NOON - 10 * DAY - 1_000_000)) is None


def test_a_retention_of_no_days_keeps_nothing(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    spooled(received(1, NOON - 1_000_000_000))
    recorder.drain()
    assert sweep(store, {DESK: 0}, 180, NOON).rows == {"acme/desk": 1}
    assert tail(store, "acme") == []
    assert "20261123" in days(store)


def test_large_deletions_are_many_small_transactions(
    store: Store, recorder: Recorder, spooled: Spooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS_PER_TRANSACTION", 10)
    spooled(*(received(number, NOON - 100 * DAY) for number in range(95)))
    recorder.drain()
    assert sweep(store, {}, 30, NOON).rows == {"acme/desk": 95}
    assert sweep(store, {}, 30, NOON).rows == {}


def test_keys_go_when_nothing_they_open_can_be_left(store: Store) -> None:
    with store.begin() as connection:
        for name, age in (("young-202611", 100), ("edge-202608", 131), ("old-202601", 133)):
            row = {"tenant": "acme", "subject": name, "wrapped": b"x", "created_at": NOON - age * DAY}
            connection.execute(insert(subject_key).values(row))
    assert sweep(store, {DESK: 100}, 30, NOON).keys == 1
    with store.connect() as connection:
        names = set(connection.execute(select(subject_key.c.subject)).scalars())
    assert names == {"young-202611", "edge-202608"}


def test_figures_and_strays_have_bounds(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    for age in (1, 91, 401):
        at = NOON - age * DAY
        spooled(received(age, at), Strayed("", "", at, "unknown_key", "p", f"{age}"))
    recorder.drain()
    swept = sweep(store, {}, 3650, NOON)
    assert (swept.rollups, swept.strays) == (1, 2)
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(rollup)).scalar() == 2
        assert connection.execute(select(stray.c.fingerprint)).scalars().all() == ["1"]
