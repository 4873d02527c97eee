"""Processes end by SIGKILL, under load, at moments that nobody chose."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from prodworthy.record.journal.days import day_table, existing_days
from prodworthy.record.journal.frames import append_frame, decode_event
from prodworthy.record.journal.read import incomplete
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.segment import Disk, Segment, SegmentName
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import operation_event, rollup
from prodworthy.record.store.vault import Vault
from tests.record.journal.samples import completed, exchange_id, received

pytestmark = pytest.mark.alone

# what `batched` may lose when the process is killed: 20 ms until a write begins, and time for the writer to get to it
WINDOW_NS = 50_000_000


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.record.journal.processes", *arguments],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


def journal(store: Store) -> list[tuple[str, int, str, str]]:
    found: list[tuple[str, int, str, str]] = []
    with store.connect() as connection:
        for day in existing_days(connection):
            for row in connection.execute(select(day_table(day))):
                assert type(decode_event(bytes(row.body))).__name__ == row.kind
                found.append((row.gateway, row.sequence, row.kind, row.exchange))
    return found


@pytest.mark.parametrize("seconds", [0.2, 0.5, 0.9])
def test_a_killed_gateway_loses_nothing_durable_and_at_most_the_window_of_the_rest(
    store: Store, spools: Path, vault: Vault, seconds: float
) -> None:
    process = start("write", str(spools))
    assert process.stdout is not None
    lines: list[list[str]] = []
    begun = threading.Event()

    def listen(pipe: object) -> None:
        for line in pipe:  # type: ignore[attr-defined]  # a pipe is read line by line
            lines.append(line.decode().split())
            begun.set()

    listener = threading.Thread(target=listen, args=(process.stdout,))
    listener.start()
    assert begun.wait(30)
    recorder = Recorder(store, spools, vault)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        recorder.drain()
    process.send_signal(signal.SIGKILL)
    killed = time.monotonic_ns()
    process.wait()
    listener.join()
    process.stdout.close()
    recorder.drain()

    rows = journal(store)
    assert max(Counter((row[0], row[1]) for row in rows).values()) == 1
    assert sorted(row[1] for row in rows) == list(range(1, len(rows) + 1))
    begun_ones = {row[3] for row in rows if row[2] == "Received"}
    ended_ones = {row[3] for row in rows if row[2] == "Completed"}
    durable = {line[1] for line in lines if line[0] == "durable"}
    assert len(durable) > 50
    assert durable <= begun_ones
    settled = {line[1] for line in lines if line[0] == "batched" and int(line[2]) < killed - WINDOW_NS}
    assert settled <= ended_ones
    open_ones = {record.exchange for record in incomplete(store, 2**62, limit=10_000)}
    assert open_ones == begun_ones - ended_ones
    assert list(spools.iterdir()) == []
    with store.connect() as connection:
        kinds = set(connection.execute(select(operation_event.c.kind)).scalars())
    assert "GatewayLost" in kinds
    assert kinds <= {"GatewayLost", "SpoolCut"}


def test_a_recorder_killed_at_random_takes_each_frame_once(store: Store, spools: Path, url: str) -> None:
    seed = int.from_bytes(os.urandom(4))
    print(f"seed {seed}")
    chance = random.Random(seed)
    frames = 0
    for number in range(1, 9):
        buffer = bytearray()
        for _ in range(1_000):
            frames += 1
            event = received(frames) if frames % 2 else completed(frames - 1)
            append_frame(buffer, frames, event)
        written = Segment(spools, SegmentName("gw.1", number), Disk())
        written.append(bytes(buffer))
        written.close()
    kills = 0
    while kills < 8 and any(spools.iterdir()):
        process = start("drain", url, str(spools))
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.3))  # the moment of the kill is the input of this test
        process.kill()
        process.wait()
        process.stdout.close()
        kills += 1
    Recorder(store, spools, Vault(bytes(range(32)))).drain()
    rows = journal(store)
    assert sorted(row[1] for row in rows) == list(range(1, frames + 1))
    assert list(spools.iterdir()) == []
    with store.connect() as connection:
        counted = connection.execute(select(func.sum(rollup.c.exchanges), func.sum(rollup.c.answered))).one()
    assert tuple(map(int, counted)) == (frames // 2, frames // 2)
    assert exchange_id(1) in {row[3] for row in rows}
    assert kills > 0
