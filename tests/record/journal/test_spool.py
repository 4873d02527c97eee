from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import resource
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from prodworthy.policy.core.events import Closed, Completed, JournalEvent, Opened, Raised
from prodworthy.record.faults import SpoolFault
from prodworthy.record.journal import spool as module
from prodworthy.record.journal.frames import Frame, Rest, read_frames
from prodworthy.record.journal.segment import Disk, Segment, SegmentName, owner_lives, segment_name
from prodworthy.record.journal.spool import Bounds, Spool
from tests.record.journal.samples import completed, received

QUICK = Bounds(write_after=0.001, sync_after=0.01, retry_after=0.01)


class FaultyDisk(Disk):
    """Fails on command; `half` lets a write take half of its bytes before it fails."""

    def __init__(self) -> None:
        self.failing: dict[str, int] = {}
        self.half = False
        self.syncs = 0
        self.gate = threading.Event()
        self.gate.set()

    def write(self, descriptor: int, data: memoryview) -> int:
        if "write" in self.failing:
            if self.half and len(data) > 1:
                self.half = False
                return os.write(descriptor, data[: len(data) // 2])
            raise OSError(self.failing["write"], "fault")
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        self.gate.wait(20)
        self.syncs += 1
        if "sync" in self.failing:
            raise OSError(self.failing["sync"], "fault")
        super().sync(descriptor)

    def cut(self, descriptor: int, size: int) -> None:
        if "cut" in self.failing:
            raise OSError(self.failing["cut"], "fault")
        super().cut(descriptor, size)


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


def files(directory: Path) -> list[Path]:
    """The segments, without one that is just being made under another name."""
    return sorted(path for path in directory.iterdir() if segment_name(path.name))


def frames(directory: Path) -> list[Frame]:
    """All frames of one spool; every file must be whole."""
    found: list[Frame] = []
    for path in files(directory):
        some, rest = read_frames(path.read_bytes())
        assert rest is Rest.NONE, path
        found += some
    return found


def sequences(directory: Path) -> list[int]:
    return [frame.sequence for frame in frames(directory)]


async def test_what_is_appended_is_written_soon_and_framed_by_opened_and_closed(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", "gw", "1.2.3")
    events: list[JournalEvent] = [received(1), completed(1)]
    for event in events:
        spool.append(event)
    await asyncio.to_thread(until, lambda: len(frames(tmp_path / "spool")) == 3)
    spool.close()
    found = frames(tmp_path / "spool")
    opened, closed = found[0].event, found[-1].event
    assert isinstance(opened, Opened)
    assert (opened.version, opened.pid, opened.tenant) == ("1.2.3", os.getpid(), "")
    assert isinstance(closed, Closed)
    assert [frame.event for frame in found[1:-1]] == events
    assert [frame.sequence for frame in found] == [1, 2, 3, 4]


def test_files_are_their_owners_alone_and_named_after_the_gateway(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", "gw", "1")
    (path,) = files(tmp_path / "spool")
    assert segment_name(path.name) == SegmentName(spool.gateway, 1)
    assert spool.gateway.startswith("gw.")
    assert len(spool.gateway) <= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    other = Spool(tmp_path / "spool", "gw", "1")
    assert other.gateway != spool.gateway
    spool.close()
    other.close()


@pytest.mark.parametrize("label", ["", "a/b", "a-b", "x" * 21, ".hidden", "ä"])
def test_labels_cannot_lead_elsewhere(tmp_path: Path, label: str) -> None:
    with pytest.raises(ValueError, match="label"):
        Spool(tmp_path, label, "1")


async def test_a_durable_append_is_on_the_disk_when_it_returns(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = Spool(tmp_path, "gw", "1", disk=disk)
    before = disk.syncs
    await spool.append_durable(received(1))
    assert disk.syncs == before + 1
    assert [frame.event for frame in frames(tmp_path)][1:] == [received(1)]
    spool.close()


async def test_all_who_wait_share_a_commit(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = Spool(tmp_path, "gw", "1", disk=disk)
    disk.gate.clear()
    first = spool.append_durable(received(0))
    await asyncio.to_thread(until, lambda: spool._kept_bytes > 0)
    others = [spool.append_durable(received(number)) for number in range(1, 100)]
    before = disk.syncs
    disk.gate.set()
    await asyncio.gather(first, *others)
    assert disk.syncs - before == 2
    assert sequences(tmp_path) == list(range(1, 102))
    spool.close()


async def test_a_caller_who_leaves_disturbs_nobody(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = Spool(tmp_path, "gw", "1", disk=disk)
    disk.gate.clear()
    leaving, staying = spool.append_durable(received(1)), spool.append_durable(received(2))
    leaving.cancel()
    disk.gate.set()
    await staying
    assert sequences(tmp_path) == [1, 2, 3]
    spool.close()


async def test_segments_rotate_by_size_and_nothing_is_lost_between(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "gw", "1", Bounds(segment=2_000))
    for number in range(60):
        await spool.append_durable(completed(number))
    spool.close()
    numbers = [name.number for path in files(tmp_path) if (name := segment_name(path.name))]
    assert len(numbers) > 3
    assert numbers == list(range(1, len(numbers) + 1))
    assert sequences(tmp_path) == list(range(1, 63))


def test_segments_rotate_by_age_but_not_while_nothing_happens(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "gw", "1", Bounds(write_after=0.001, sync_after=0.01, segment_age=0.05))
    until(lambda: len(files(tmp_path)) == 2)
    assert files(tmp_path)[1].stat().st_size == 0
    number = spool._number
    time.sleep(0.2)  # three times the age: an empty segment stays
    assert spool._number == number
    spool.append(received(1))
    until(lambda: len(files(tmp_path)) == 3)
    spool.close()
    assert sequences(tmp_path) == [1, 2, 3]


def test_a_lock_tells_that_the_owner_lives(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "gw", "1")
    with files(tmp_path)[0].open("rb") as file:
        assert owner_lives(file.fileno())
        spool.close()
        assert not owner_lives(file.fileno())


def test_a_segment_is_never_opened_twice(tmp_path: Path) -> None:
    name = SegmentName("gw.1", 1)
    first = Segment(tmp_path, name, Disk())
    with pytest.raises(FileExistsError):
        Segment(tmp_path, name, Disk())
    first.close()
    with (tmp_path / ".gw.1-000002.spool").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            Segment(tmp_path, SegmentName("gw.1", 2), Disk())


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
async def test_a_disk_that_takes_nothing_is_told_and_recovers(tmp_path: Path, code: int) -> None:
    disk = FaultyDisk()
    spool = Spool(tmp_path, "gw", "1", QUICK, disk)
    await spool.append_durable(received(1))
    disk.failing["write"], disk.half = code, True
    with pytest.raises(SpoolFault, match=errno.errorcode[code]):
        await spool.append_durable(received(2))
    assert not spool.accepting
    assert errno.errorcode[code] in spool.fault
    with pytest.raises(SpoolFault):
        await spool.append_durable(received(3))
    spool.append(completed(1))
    assert sequences(tmp_path) == [1, 2]
    disk.failing.clear()
    await asyncio.to_thread(until, lambda: spool.accepting)
    assert spool.fault == ""
    await spool.append_durable(received(4))
    spool.close()
    events = [getattr(frame.event, "exchange", "") for frame in frames(tmp_path)]
    assert events[1:-1] == [event.exchange for event in (received(1), received(2), completed(1), received(4))]
    assert sequences(tmp_path) == [1, 2, 3, 4, 5, 6]


async def test_after_a_failed_sync_everything_not_durable_is_written_again_elsewhere(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = Spool(tmp_path, "gw", "1", Bounds(retry_after=0.01, sync_after=60), disk)
    await spool.append_durable(received(1))
    spool.append(received(2))
    await asyncio.to_thread(until, lambda: len(frames(tmp_path)) == 3)
    disk.failing["sync"] = errno.EIO
    with pytest.raises(SpoolFault, match="EIO"):
        await spool.append_durable(received(3))
    disk.failing.clear()
    await asyncio.to_thread(until, lambda: spool.accepting)
    spool.close()
    first, *others = files(tmp_path)
    assert [frame.sequence for frame in read_frames(first.read_bytes())[0]] == [1, 2]
    assert others
    assert sequences(tmp_path) == [1, 2, 3, 4, 5]


async def test_a_half_frame_that_cannot_be_cut_off_is_left_behind(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = Spool(tmp_path, "gw", "1", QUICK, disk)
    await spool.append_durable(received(1))
    disk.failing.update(write=errno.EIO, cut=errno.EIO)
    disk.half = True
    with pytest.raises(SpoolFault):
        await spool.append_durable(received(2))
    disk.failing.clear()
    await asyncio.to_thread(until, lambda: spool.accepting)
    spool.close()
    first, *others = files(tmp_path)
    whole, rest = read_frames(first.read_bytes())
    assert ([frame.sequence for frame in whole], rest) == ([1, 2], Rest.PARTIAL)
    again = [frame.sequence for path in others for frame in read_frames(path.read_bytes())[0]]
    assert again == [3, 4]


async def test_memory_is_bounded_and_what_was_dropped_is_recorded(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = Spool(tmp_path, "gw", "1", Bounds(admit=2_000, most=4_000, retry_after=0.01), disk)
    disk.failing["write"] = errno.ENOSPC
    accepted = 0
    with contextlib.suppress(SpoolFault):
        while accepted < 100:
            spool.append(completed(accepted))
            accepted += 1
    assert 5 < accepted < 50
    with pytest.raises(SpoolFault, match="memory"):
        spool.append(completed(99))
    assert spool.lost == 2
    assert not spool.accepting
    assert spool.fault != ""
    disk.failing.clear()
    await asyncio.to_thread(until, lambda: spool.accepting)
    spool.append(received(1))
    assert spool.lost == 0
    spool.close()
    raised = [frame.event for frame in frames(tmp_path) if isinstance(frame.event, Raised)]
    assert [(event.condition, event.count) for event in raised] == [("events_lost", 2)]
    assert sum(isinstance(frame.event, Completed) for frame in frames(tmp_path)) == accepted
    assert sequences(tmp_path) == list(range(1, accepted + 5))


async def test_memory_that_fills_up_closes_admission_before_it_drops(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "gw", "1", Bounds(admit=1_000, write_after=60))
    while spool.accepting:
        spool.append(completed(1))
    assert "memory" in spool.fault
    spool.append(completed(2))
    await spool.append_durable(completed(3))
    assert spool.fault == ""
    spool.close()


async def test_content_too_large_for_a_frame_is_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CONTENT_BYTES", 100)
    spool = Spool(tmp_path, "gw", "1")
    spool.append(received(1, content=b"x" * 101))
    spool.append(received(2, content=b"x" * 100))
    spool.close()
    _, raised, first, second, _ = [frame.event for frame in frames(tmp_path)]
    assert isinstance(raised, Raised)
    assert (raised.condition, raised.tenant, raised.workload) == ("content_too_large", "acme", "desk")
    assert (first, second) == (received(1), received(2, content=b"x" * 100))


async def test_an_event_that_cannot_be_encoded_takes_no_number(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "gw", "1")
    with pytest.raises(SpoolFault, match="cannot be recorded"):
        spool.append(received(1, model="\ud800"))
    with pytest.raises(SpoolFault, match="cannot be recorded"):
        await spool.append_durable(received(1, model="\ud800"))
    spool.append(received(2))
    spool.close()
    assert sequences(tmp_path) == [1, 2, 3]


async def test_a_closed_spool_takes_nothing_and_closes_once(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "gw", "1")
    spool.close()
    spool.close()
    assert not spool.accepting
    with pytest.raises(SpoolFault):
        spool.append(received(1))
    with pytest.raises(SpoolFault):
        await spool.append_durable(received(1))
    assert sequences(tmp_path) == [1, 2]


async def test_closing_releases_who_still_waits(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "gw", "1")
    waiting = [spool.append_durable(received(number)) for number in range(5)]
    await asyncio.to_thread(spool.close)
    await asyncio.gather(*waiting)
    assert sequences(tmp_path) == list(range(1, 8))


async def test_closing_says_what_the_disk_did_not_take(tmp_path: Path) -> None:
    disk = FaultyDisk()
    spool = Spool(tmp_path, "gw", "1", QUICK, disk)
    disk.failing["write"] = errno.ENOSPC
    spool.append(received(1))
    with pytest.raises(SpoolFault, match="did not take"):
        await asyncio.to_thread(spool.close)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_writer_that_ends_by_a_mistake_leaves_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, "gw", "1")
    await spool.append_durable(received(1))
    monkeypatch.setattr(spool, "_commit", lambda *_: 1 // 0)
    spool.append(received(2))
    await asyncio.to_thread(until, lambda: not spool._writer.is_alive())
    assert not spool.accepting
    assert "ended" in spool.fault
    with pytest.raises(SpoolFault):
        await spool.append_durable(received(3))


LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from prodworthy.record.faults import SpoolFault
from prodworthy.record.journal.spool import Bounds, Spool
from tests.record.journal.samples import completed

async def main():
    spool = Spool(Path(sys.argv[1]), "gw", "1", Bounds(retry_after=0.01))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    good = 0
    try:
        for number in range(1000):
            await spool.append_durable(completed(number))
            good += 1
    except SpoolFault as fault:
        assert "EFBIG" in str(fault), fault
    assert 10 < good < 1000, good
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    async with asyncio.timeout(20):
        while not spool.accepting:
            await asyncio.sleep(0.005)
    await spool.append_durable(completed(1000))
    spool.close()
    print(good)

asyncio.run(main())
"""


def test_a_real_limit_on_file_size_cuts_no_frame(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, done.stderr
    good = int(done.stdout)
    # the one that failed was kept in memory and written once that worked again
    assert sequences(tmp_path) == list(range(1, good + 5))
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
