"""What is on disk before what: nothing in `batched`, the Received before the vendor in `sync`, in `strict` besides the
Completed before the caller can see an end.
"""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Iterator

import pytest

from prodworthy.policy.core.events import Raised
from prodworthy.record.journal.segment import Disk
from tests.gateway.edge.raw import DEADLINE, Wire, exchange, post, request, until
from tests.gateway.pipeline.speech import CHAT, EVERY, FORMS, STREAMED, Speech, ask, declare, form, named, settled
from tests.gateway.serving import Gateway
from tests.simulator import Say, Status
from tests.simulator import Vendor as Simulator


class SlowDisk:
    """A disk whose syncs wait while it is closed, and whose writes fail while it is full."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self.waits = False
        self.full = False

    def close(self) -> None:
        """From now on syncs wait."""
        self._open.clear()

    def open(self) -> None:
        """Let syncs pass."""
        self._open.set()

    def sync(self) -> None:
        """Called in the writer's thread."""
        if not self._open.is_set():
            self.waits = True
            assert self._open.wait(60)
            self.waits = False

    async def until_waiting(self) -> None:
        """Wait until a sync waits."""
        await until(lambda: self.waits)


@pytest.fixture
def disk(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    slow, sync, write = SlowDisk(), Disk.sync, Disk.write

    def gated(self: Disk, descriptor: int) -> None:
        slow.sync()
        sync(self, descriptor)

    def bounded(self: Disk, descriptor: int, data: memoryview) -> int:
        if slow.full:
            raise OSError(errno.ENOSPC, "no space")
        return write(self, descriptor, data)

    monkeypatch.setattr(Disk, "sync", gated)
    monkeypatch.setattr(Disk, "write", bounded)
    yield slow
    slow.full = False
    slow.open()


class Reading:
    """Collects what a caller sees."""

    def __init__(self, wire: Wire) -> None:
        self.seen = bytearray()
        self._wire = wire
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while piece := await self._wire.read(65_536):
            self.seen += piece

    async def until(self, text: bytes) -> None:
        """Wait until this was seen."""
        await until(lambda: text in self.seen)

    def end(self) -> None:
        self._task.cancel()


async def _quiet(gateway: Gateway) -> None:
    """Whatever was sent until now has arrived: other requests were answered meanwhile."""
    for _ in range(3):
        assert (await exchange(gateway.port, request("GET", "/ping"))).status == 200


@pytest.mark.parametrize("durability", ["sync", "strict"])
@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_the_received_is_durable_before_the_vendor_is_asked(
    gateway: Gateway, simulator: Simulator, disk: SlowDisk, speech: Speech, durability: str
) -> None:
    declare(gateway, simulator, speech, durability=durability)
    disk.close()
    asked = asyncio.create_task(ask(gateway, speech))
    await disk.until_waiting()
    await _quiet(gateway)
    assert not simulator.received
    assert simulator.tally.connections == 0
    disk.open()
    assert (await asked).status == 200
    await gateway.recorded()


@pytest.mark.parametrize("speech, stream", FORMS, ids=form)
async def test_strict_withholds_the_end_until_the_completed_is_durable(
    gateway: Gateway, simulator: Simulator, disk: SlowDisk, speech: Speech, stream: bool
) -> None:
    declare(gateway, simulator, speech, durability="strict")
    simulator.script(Say(before=0.2))
    async with await Wire.open(gateway.port) as wire:
        reading = Reading(wire)
        await wire.send(post(speech.path, speech.body(stream), gateway.keys[speech.workload]))
        await simulator.until(lambda vendor: len(vendor.received) == 1)
        disk.close()
        await disk.until_waiting()
        await _quiet(gateway)
        if stream:
            assert reading.seen.startswith(b"HTTP/1.1 200 ")
            for end in (b'"finish_reason":"stop"', b"[DONE]", b"message_stop", b"end_turn", b"response.completed"):
                assert end not in reading.seen
            assert b"output_text.done" not in reading.seen
            assert not reading.seen.endswith(b"0\r\n\r\n")
        else:
            assert reading.seen == b""
        disk.open()
        last = b"0\r\n\r\n" if stream else b"\r\n\r\n"
        await reading.until(last)
        reading.end()
    ((_, completed),) = await gateway.recorded()
    assert completed.end == "answered"


@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_strict_withholds_refusals_too(
    gateway: Gateway, simulator: Simulator, disk: SlowDisk, speech: Speech
) -> None:
    key = declare(gateway, simulator, speech, durability="strict")
    disk.close()
    asked = asyncio.create_task(exchange(gateway.port, post(speech.path, b"{", key)))
    await disk.until_waiting()
    await _quiet(gateway)
    assert not asked.done()
    disk.open()
    assert (await asked).code == "bad_json"
    ((_, completed),) = await gateway.recorded()
    assert completed.code == "bad_json"


async def test_strict_withholds_the_vendors_errors_too(gateway: Gateway, simulator: Simulator, disk: SlowDisk) -> None:
    declare(gateway, simulator, CHAT, durability="strict")
    simulator.script((Status(500), Say(before=0.2)))
    asked = asyncio.create_task(ask(gateway, CHAT))
    await simulator.until(lambda vendor: len(vendor.received) == 1)
    disk.close()
    await disk.until_waiting()
    await _quiet(gateway)
    assert not asked.done()
    disk.open()
    assert (await asked).status == 500


async def test_sync_does_not_wait_for_the_completed(gateway: Gateway, simulator: Simulator, disk: SlowDisk) -> None:
    declare(gateway, simulator, CHAT, durability="sync")
    simulator.script(Say(before=0.1))
    asked = asyncio.create_task(ask(gateway, CHAT, stream=True))
    await simulator.until(lambda vendor: len(vendor.received) == 1)
    disk.close()
    assert CHAT.is_whole((await asked).body)
    disk.open()
    await gateway.recorded()


async def test_batched_never_waits_for_the_disk(gateway: Gateway, simulator: Simulator, disk: SlowDisk) -> None:
    declare(gateway, simulator, CHAT)
    disk.close()
    durable = gateway.runtime.spool.append_durable(Raised("", "", 0, "a test"))
    await disk.until_waiting()
    for stream in (False, True) * 10:
        assert (await ask(gateway, CHAT, stream)).status == 200
    disk.open()
    await durable
    assert len(await gateway.recorded(20)) == 20


@pytest.mark.parametrize("durability", ["sync", "strict"])
@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_what_cannot_be_recorded_is_not_asked(
    gateway: Gateway, simulator: Simulator, disk: SlowDisk, speech: Speech, durability: str
) -> None:
    declare(gateway, simulator, speech, durability=durability)
    disk.full = True
    for _ in range(2):
        reply = await ask(gateway, speech)
        assert (reply.status, reply.code, speech.error_code(reply)) == (503, "not_recorded", "not_recorded")
    assert not simulator.received
    disk.full = False
    await until(lambda: gateway.runtime.spool.accepting)
    assert (await ask(gateway, speech)).status == 200
    await settled(gateway, simulator)


async def test_batched_stops_too_once_the_disk_is_known_to_fail(
    gateway: Gateway, simulator: Simulator, disk: SlowDisk
) -> None:
    disk.full = True
    codes: list[str | None] = []
    async with asyncio.timeout(DEADLINE):
        while not codes or codes[-1] is None:
            codes.append((await ask(gateway, CHAT)).code)
    assert codes[-1] == "not_recorded"
    asked = len(codes) - 1
    assert len(simulator.received) == asked
    disk.full = False
    pairs = await gateway.recorded(asked)
    assert sum(completed.end == "answered" for _, completed in pairs) == asked, "what was accepted is not lost"


@pytest.mark.parametrize("speech, stream", FORMS, ids=form)
async def test_strict_gives_no_end_that_it_cannot_record(
    gateway: Gateway, simulator: Simulator, disk: SlowDisk, speech: Speech, stream: bool
) -> None:
    declare(gateway, simulator, speech, durability="strict")
    simulator.script(Say(before=0.2))
    asked = asyncio.create_task(ask(gateway, speech, stream))
    await simulator.until(lambda vendor: len(vendor.received) == 1)
    disk.full = True
    reply = await asked
    told = speech.stream_error(reply.body) if reply.status == 200 else speech.error_code(reply)
    assert told == "not_recorded"
    assert not (stream and speech.is_whole(reply.body))


@pytest.mark.parametrize("speech", STREAMED, ids=named)
async def test_a_kill_while_the_end_waits_for_the_disk(
    gateway: Gateway, simulator: Simulator, disk: SlowDisk, speech: Speech
) -> None:
    declare(gateway, simulator, speech, durability="strict")
    simulator.script(Say(before=0.1))
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(speech.path, speech.body(stream=True), gateway.keys[speech.workload]))
        await simulator.until(lambda vendor: len(vendor.received) == 1)
        disk.close()
        await disk.until_waiting()
        gateway.kill(speech.workload)
        seen = await wire.rest()
        assert not speech.is_whole(seen)
        assert not seen.endswith(b"0\r\n\r\n")
    disk.open()
    await settled(gateway, simulator)
