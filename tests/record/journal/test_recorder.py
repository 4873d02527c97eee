from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, delete, func, select, text

from prodworthy.policy.core.events import JournalEvent, Strayed
from prodworthy.record.faults import StoreFault, StoreUnavailable
from prodworthy.record.journal import recorder as module
from prodworthy.record.journal.batch import Batch
from prodworthy.record.journal.days import day_table, drop_day, existing_days
from prodworthy.record.journal.frames import append_frame
from prodworthy.record.journal.positions import forget_position, move_position
from prodworthy.record.journal.read import show, tail
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.segment import Disk, Segment, SegmentName
from prodworthy.record.journal.spool import Bounds, Spool
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import operation_event, rollup, spool_position, stray
from prodworthy.record.store.vault import Vault
from tests.record.journal.conftest import Spooling
from tests.record.journal.samples import DAY, NOON, completed, exchange_id, received

MANY: list[JournalEvent] = [event for number in range(300) for event in (received(number), completed(number))]


def kept(store: Store) -> list[tuple[str, int, str, str]]:
    """Everything in the journal: gateway, sequence, kind, exchange."""
    found: list[tuple[str, int, str, str]] = []
    with store.connect() as connection:
        for day in existing_days(connection):
            table = day_table(day)
            rows = connection.execute(select(table.c.gateway, table.c.sequence, table.c.kind, table.c.exchange))
            found += [tuple(row) for row in rows]
    return sorted(found)


def findings(store: Store) -> list[tuple[str, int]]:
    with store.connect() as connection:
        rows = connection.execute(select(operation_event).order_by(operation_event.c.id)).all()
    assert all((row.tenant, row.workload, row.actor) == ("", "", "recorder") for row in rows)
    return [(row.kind, msgspec.json.decode(row.body)["amount"]) for row in rows]


def total(store: Store, name: str) -> float:
    with store.connect() as connection:
        return float(connection.execute(select(func.coalesce(func.sum(rollup.c[name]), 0))).scalar_one())


def segment(directory: Path, number: int, *frames: tuple[int, JournalEvent], more: bytes = b"") -> Path:
    """A finished segment of the gateway `gw.1` with exactly these frames, and bytes behind them."""
    buffer = bytearray()
    for sequence, event in frames:
        append_frame(buffer, sequence, event)
    name = SegmentName("gw.1", number)
    written = Segment(directory, name, Disk())
    written.append(bytes(buffer) + more)
    written.close()
    return directory / str(name)


def test_every_event_is_taken_once_and_its_spool_is_gone(
    store: Store, recorder: Recorder, spooled: Spooling, spools: Path
) -> None:
    spool = spooled(*MANY)
    assert recorder.drain() == 602
    assert recorder.drain() == 0
    found = kept(store)
    assert [row[1] for row in found] == list(range(1, 603))
    assert {row[0] for row in found} == {spool.gateway}
    assert list(spools.iterdir()) == []
    assert findings(store) == []
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(spool_position)).scalar() == 0
    assert total(store, "exchanges") == total(store, "answered") == 300
    assert total(store, "tokens_in") == 300_000
    assert total(store, "cost") == pytest.approx(300 * 0.0075)


async def test_a_live_spool_is_taken_as_it_grows(store: Store, recorder: Recorder, spools: Path) -> None:
    spool = Spool(spools, "gw", "1")
    for number in range(5):
        await spool.append_durable(received(number))
        await asyncio.to_thread(recorder.drain)
        assert len(kept(store)) == number + 2
    assert len(os.listdir(spools)) == 1
    spool.close()
    assert recorder.drain() == 1
    assert os.listdir(spools) == []


def test_spools_of_many_gateways_and_many_segments(
    store: Store, recorder: Recorder, spooled: Spooling, spools: Path
) -> None:
    for _ in range(3):
        spooled(*MANY[:100], bounds=Bounds(segment=3_000, write_after=0.0))
    assert recorder.drain() == 306
    assert list(spools.iterdir()) == []
    assert len(kept(store)) == 306


def test_a_batch_is_small(store: Store, spools: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction holds SQLite's write lock for longer than 2,000 frames take."""
    segment(spools, 1, *[(number, received(number)) for number in range(1, 4502)])
    batches: list[int] = []
    real = module.Recorder._take

    def counted(self: Recorder, *arguments: Any) -> int:
        batches.append(real(self, *arguments))
        return batches[-1]

    monkeypatch.setattr(module.Recorder, "_take", counted)
    assert Recorder(store, spools, vault).drain() == 4501
    assert max(batches) <= 2000
    assert len(batches) >= 3


def test_received_and_completed_land_on_the_day_the_exchange_began(
    store: Store, recorder: Recorder, spooled: Spooling
) -> None:
    late = NOON - NOON % DAY + DAY - 1_000_000
    spooled(received(1, late), msgspec.structs.replace(completed(1, late), at=late + 10 * DAY))
    recorder.drain()
    found = show(store, exchange_id(1, late))
    assert found is not None
    assert found.completed_at == late + 10 * DAY
    with store.connect() as connection:
        assert "20261123" in existing_days(connection)
        assert "20261203" not in existing_days(connection)


def test_a_day_that_was_dropped_is_made_again(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    spooled(received(1))
    recorder.drain()
    with store.begin() as connection:
        drop_day(connection, "20261123")
    spooled(received(2))
    with pytest.raises(StoreFault):
        recorder.drain()
    assert recorder.drain() == 3
    assert exchange_id(2) in {row[3] for row in kept(store)}


def test_strays_are_added_up(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    one = Strayed("acme", "desk", NOON, "model_not_declared", "openai.chat", "f" * 16, "gpt-9", 2)
    spooled(one, one, msgspec.structs.replace(one, model="x" * 500, at=2**63 + 5))
    spooled(msgspec.structs.replace(one, at=NOON + 5, count=3), Strayed("", "", NOON, "unknown_key", "\0p"))
    recorder.drain()
    with store.connect() as connection:
        rows = {row["model"]: row for row in connection.execute(select(stray)).mappings()}
    assert [rows["gpt-9"][name] for name in ("count", "first_at", "last_at")] == [7, NOON, NOON + 5]
    assert rows["x" * 200]["count"] == 2
    assert rows["x" * 200]["last_at"] == 2**63 - 1
    assert rows[""]["protocol"] == "\ufffdp"


def test_the_cut_end_of_a_dead_spool_is_dropped_and_told_once(store: Store, recorder: Recorder, spools: Path) -> None:
    segment(spools, 1, (1, received(1)), (2, completed(1)), more=b"\x10\0\0\0half")
    assert recorder.drain() == 2
    assert recorder.drain() == 0
    assert findings(store) == [("SpoolCut", 8), ("GatewayLost", 1)]
    assert list(spools.iterdir()) == []


def test_the_cut_end_of_a_live_spool_waits(store: Store, recorder: Recorder, spools: Path) -> None:
    buffer = bytearray()
    append_frame(buffer, 1, received(1))
    append_frame(buffer, 2, completed(1))
    alive = Segment(spools, SegmentName("gw.1", 1), Disk())
    alive.append(bytes(buffer[:-5]))
    assert recorder.drain() == 1
    assert recorder.drain() == 0
    alive.append(bytes(buffer[-5:]))
    assert recorder.drain() == 1
    assert findings(store) == []
    alive.close()


def test_damage_is_put_aside_and_told_and_the_rest_is_taken(store: Store, recorder: Recorder, spools: Path) -> None:
    path = segment(spools, 1, *[(number, received(number)) for number in range(1, 11)])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    segment(spools, 2, *[(number, received(number)) for number in range(11, 16)])
    recorder.drain()
    assert [row[1] for row in kept(store)] == [1, 2, 3, 4, 5, *range(11, 16)]
    assert [kind for kind, _ in findings(store)] == ["SpoolCorrupt", "SpoolGap", "GatewayLost"]
    assert findings(store)[1] == ("SpoolGap", 5)
    (aside,) = spools.iterdir()
    assert aside.name == f"{path.name}.corrupt"
    assert aside.read_bytes() == content
    assert recorder.drain() == 0
    assert len(findings(store)) == 3


def test_a_damaged_live_spool_is_left_until_its_owner_moves_on(store: Store, recorder: Recorder, spools: Path) -> None:
    alive = Segment(spools, SegmentName("gw.1", 1), Disk())
    alive.append(b"\xff" * 100)
    assert recorder.drain() == 0
    assert findings(store) == []
    alive.close()
    recorder.drain()
    assert [kind for kind, _ in findings(store)] == ["SpoolCorrupt"]


def test_what_was_written_again_after_a_failed_sync_is_taken_once(
    store: Store, recorder: Recorder, spools: Path
) -> None:
    first = Segment(spools, SegmentName("gw.1", 1), Disk())
    buffer = bytearray()
    for number in range(1, 6):
        append_frame(buffer, number, received(number))
    first.append(bytes(buffer))
    assert recorder.drain() == 5
    os.truncate(spools / "gw.1-000001.spool", len(buffer) // 2)
    segment(spools, 2, *[(number, received(number)) for number in range(3, 9)])
    first.close()
    assert recorder.drain() == 3
    assert [row[1] for row in kept(store)] == list(range(1, 9))
    assert [kind for kind, _ in findings(store)] == ["GatewayLost"]


def test_a_store_that_is_away_loses_nothing(
    store: Store, recorder: Recorder, spooled: Spooling, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(*MANY[:20])

    def away() -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(store, "begin", away)
        with pytest.raises(StoreUnavailable):
            recorder.drain()
    assert recorder.drain() == 22
    assert len(kept(store)) == 22


def test_two_recorders_take_each_frame_once(store: Store, spools: Path, vault: Vault) -> None:
    first, second = Recorder(store, spools, vault), Recorder(store, spools, vault)
    alive = Segment(spools, SegmentName("gw.1", 1), Disk())
    for number in range(1, 7):
        buffer = bytearray()
        append_frame(buffer, number, received(number))
        alive.append(bytes(buffer))
        for recorder in (first, second) if number % 2 else (second, first):
            try:
                recorder.drain()
            except StoreFault:
                recorder.drain()
    assert [row[1] for row in kept(store)] == list(range(1, 7))
    assert total(store, "exchanges") == 6
    alive.close()


def test_strange_files_and_a_missing_directory_disturb_nothing(
    store: Store, recorder: Recorder, spooled: Spooling, spools: Path
) -> None:
    (spools / "README").write_text("hands off")
    (spools / "gw.x-1.spool").write_text("no segment")
    (spools / "gw.dir-000001.spool").mkdir()
    spooled(received(1))
    assert recorder.drain() == 3
    shutil.rmtree(spools)
    assert recorder.drain() == 0


class _Crash(BaseException):
    """The process ends here."""


def _crash_at(step: int, monkeypatch: pytest.MonkeyPatch, store: Store) -> Callable[[], int]:
    """Let the process end before or after its nth change of anything; returns how many changes there were."""
    count = 0

    def change(real: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*arguments: Any) -> Any:
            nonlocal count
            count += 1
            if count == step:
                raise _Crash
            done = real(*arguments)
            count += 1
            if count == step:
                raise _Crash
            return done

        return changed

    monkeypatch.setattr("os.rename", change(os.rename))
    monkeypatch.setattr("os.unlink", change(os.unlink))
    monkeypatch.setattr(module, "move_position", change(move_position))
    monkeypatch.setattr(module, "forget_position", change(forget_position))
    monkeypatch.setattr(Batch, "written", change(Batch.written))
    monkeypatch.setattr(Batch, "write", change(Batch.write))
    return lambda: count


def _damaged_spools(directory: Path) -> None:
    """Two segments of a lost gateway, the first damaged, the second cut off; and a gateway that ended in order."""
    path = segment(directory, 1, *[(number, received(number)) for number in range(1, 7)])
    content = bytearray(path.read_bytes())
    content[-3] ^= 0xFF
    path.write_bytes(content)
    segment(directory, 2, *[(number, received(number)) for number in range(7, 10)], more=b"\x10\0\0\0half")
    spool = Spool(directory, "other", "1")
    spool.append(received(100))
    spool.close()


def test_a_crash_between_any_two_steps_takes_each_frame_once(
    store: Store, spools: Path, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, done = 0, False
    while not done:
        step += 1
        _damaged_spools(spools)
        with monkeypatch.context() as patched:
            count = _crash_at(step, patched, store)
            try:
                Recorder(store, spools, vault).drain()
                done = True
            except _Crash:
                assert count() == step
        Recorder(store, spools, vault).drain()
        lost = [row[1] for row in kept(store) if row[0] == "gw.1"]
        assert lost == [1, 2, 3, 4, 5, 7, 8, 9], step
        assert len([row for row in kept(store) if row[0] != "gw.1"]) == 3, step
        assert total(store, "exchanges") == 9, step
        told = [kind for kind, _ in findings(store)]
        assert sorted(told) == ["GatewayLost", "SpoolCorrupt", "SpoolCut", "SpoolGap"], step
        assert [path.suffix for path in spools.iterdir()] == [".corrupt"], step
        _empty(store, spools)
    assert step > 20


def _empty(store: Store, spools: Path) -> None:
    for path in spools.iterdir():
        path.unlink()

    def clear(connection: Connection) -> None:
        for day in existing_days(connection):
            drop_day(connection, day)
        for table in (rollup, operation_event, spool_position):
            connection.execute(delete(table))

    with store.begin() as connection:
        clear(connection)


@pytest.mark.alone
def test_kills_are_not_held_up_by_a_busy_recorder(store: Store, spools: Path, vault: Vault) -> None:
    """While a large spool is taken, another writer gets in within a batch or two."""
    segment(spools, 1, *[(number, completed(number)) for number in range(1, 20_001)])
    recorder = Recorder(store, spools, vault)
    waits: list[float] = []

    async def race() -> None:
        draining = asyncio.create_task(asyncio.to_thread(recorder.drain))
        while not draining.done():
            began = time.monotonic()
            await asyncio.to_thread(_touch, store)
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.01)
        assert await draining == 20_000

    asyncio.run(race())
    assert len(waits) > 3
    assert max(waits) < 1.0


def _touch(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(text("UPDATE policy_revision SET revision = revision + 1"))


def test_a_tail_reads_what_was_taken(store: Store, recorder: Recorder, spooled: Spooling) -> None:
    spooled(received(1), completed(1))
    recorder.drain()
    assert [one.kind for one in tail(store, "acme", "desk")] == ["Received", "Completed"]
