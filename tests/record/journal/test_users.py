from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select

from prodworthy.record.journal import users as module
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.retention import sweep
from prodworthy.record.journal.users import first_month, month_of
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import rollup, user_seen
from tests.record.journal.conftest import Spooling
from tests.record.journal.samples import DAY, NOON, completed, received

LIVE: dict[str, Any] = {"traffic": "live", "counted": True}


def seen(store: Store) -> list[tuple[str, ...]]:
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(select(user_seen).order_by(user_seen.c.subject))]


def test_whom_the_stage_let_in_is_on_record_once(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    spooled(
        received(1, subject="a", **LIVE),
        received(2, subject="b", **LIVE),
        received(3, subject="a", **LIVE),
        received(4, **LIVE),
        received(5, subject="refused", traffic="live"),
        received(6, subject="of a test"),
    )
    recorder.drain()
    assert seen(store) == [("acme", "desk", "a", "202611"), ("acme", "desk", "b", "202611")]
    spooled(received(7, NOON + 30 * DAY, subject="a", **LIVE), received(8, subject="b", **LIVE))
    recorder.drain()
    assert [row[2:] for row in seen(store)] == [("a", "202612"), ("b", "202611")]


def test_the_memory_of_a_recorder_is_bounded(
    store: Store, recorder: Recorder, spooled: Spooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_REMEMBERED", 1)
    for number, subject in enumerate("abab"):
        spooled(received(number, subject=subject, **LIVE))
        recorder.drain()
    assert [row[2] for row in seen(store)] == ["a", "b"]


def test_months_are_counted_back_over_the_turn_of_the_year() -> None:
    assert [month_of(NOON), first_month(NOON)] == ["202611", "202510"]
    assert first_month(NOON + 60 * DAY) == "202512"


def test_who_was_not_seen_for_thirteen_months_counts_no_more(store: Store) -> None:
    row = {"tenant": "acme", "workload": "desk"}
    with store.begin() as connection:
        for subject, month in (("old", "202509"), ("edge", "202510"), ("new", "202611")):
            connection.execute(insert(user_seen).values(subject=subject, month=month, **row))
    assert sweep(store, {}, 180, NOON).users == 1
    assert [row[2] for row in seen(store)] == ["edge", "new"]


def test_a_drill_is_nobodys_use(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    spooled(received(1, traffic="drill"), completed(1, traffic="drill"), received(2), completed(2))
    recorder.drain()
    with store.connect() as connection:
        rows = connection.execute(select(rollup.c.exchanges, rollup.c.answered)).all()
    assert [sum(column) for column in zip(*rows, strict=True)] == [1, 1]
