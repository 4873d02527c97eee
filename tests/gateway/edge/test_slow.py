"""Callers that are slow, stop, or leave: waits have an end, memory stays bounded, the vendor is let go at once."""

from __future__ import annotations

import asyncio
import gc
import time
import tracemalloc

import pytest

from prodworthy.gateway.edge import connection
from prodworthy.gateway.pipeline import exchange_run
from tests.gateway.edge.raw import Wire, exchange, post, request, until
from tests.gateway.pipeline.speech import CHAT, EVERY, STREAMED, Speech, declare, named, settled
from tests.gateway.serving import Gateway
from tests.simulator import Endless, Say, Stall
from tests.simulator import Vendor as Simulator

SHORT = 0.15


async def test_a_head_that_never_ends(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", SHORT)
    async with await Wire.open(gateway.port) as wire:
        begun = time.monotonic()
        await wire.send(b"POST /v1/chat/completions HTTP/1.1\r\nhost: gate")
        assert await wire.rest() == b""
        assert time.monotonic() - begun < 2


async def test_dripping_a_head_wins_no_time(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", SHORT)
    async with await Wire.open(gateway.port) as wire:
        ended = asyncio.create_task(wire.rest())
        sent = 0
        while not ended.done():
            await wire.send(b"x" if sent else b"GET /")
            sent += 1
            await asyncio.sleep(0.01)
        assert ended.result() == b""


async def test_a_field_that_never_ends_is_not_kept(gateway: Gateway) -> None:
    """The parser holds a field until it is whole; what it holds is bounded too."""
    async with await Wire.open(gateway.port) as wire:
        ended = asyncio.create_task(wire.rest())
        await wire.send(b"GET /ping HTTP/1.1\r\nhost: gateway\r\nx-long: ")
        sent = 0
        while not ended.done() and sent < 100:
            try:
                await wire.send(b"x" * 16_384)
            except ConnectionError:
                break
            sent += 1
            await asyncio.sleep(0.001)
        assert b"header_too_large" in await ended
        assert sent < 100


async def test_a_head_in_pieces_has_the_same_bound(gateway: Gateway) -> None:
    half = request("GET", "/ping", more=[("x-half", "x" * 20_000)]).removesuffix(b"\r\n")
    async with await Wire.open(gateway.port) as wire:
        await wire.send(half)
        await asyncio.sleep(0.05)
        await wire.send(b"x-other: " + b"x" * 20_000 + b"\r\n\r\n")
        assert b"header_too_large" in await wire.rest()


async def test_a_connection_that_says_nothing(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", SHORT)
    async with await Wire.open(gateway.port) as wire:
        assert await wire.rest() == b""


@pytest.mark.parametrize("after", [b"\r\n", b"\r\n\r\n\r\n", b"G"])
async def test_what_begins_no_request_does_not_keep_a_connection(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, after: bytes
) -> None:
    async with await Wire.open(gateway.port) as wire:
        await wire.send(request("GET", "/ping"))
        await wire.reply()
        monkeypatch.setattr(connection, "HEAD_SECONDS", SHORT)
        await wire.send(after)
        assert await wire.rest() == b""


async def test_a_body_that_never_comes_after_its_refusal(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REST_SECONDS", SHORT)
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(CHAT.path, b"").replace(b"content-length: 0", b"content-length: 1000"), b"x")
        assert (await wire.reply()).code == "missing_key"
        await wire.send(b"x")
        assert await wire.rest() == b""


async def test_a_chunked_body_without_end_after_its_refusal(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "REST_SECONDS", SHORT)
    head = request("POST", CHAT.path, b"", gateway.keys["assistant"])
    async with await Wire.open(gateway.port) as wire:
        await wire.send(head.replace(b"content-length: 0", b"transfer-encoding: chunked"))
        ended = asyncio.create_task(wire.rest())
        while not ended.done():
            try:
                await wire.send(b"10000\r\n" + b" " * 65_536 + b"\r\n")
            except ConnectionError:
                break
            await asyncio.sleep(0)
        assert b"body_too_large" in await ended


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_without_end(gateway: Gateway, monkeypatch: pytest.MonkeyPatch, chunked: bool) -> None:
    monkeypatch.setattr(exchange_run, "BODY_SECONDS", SHORT)
    framing = b"transfer-encoding: chunked" if chunked else b"content-length: 100"
    head = request("POST", CHAT.path, b"", gateway.keys["assistant"]).replace(b"content-length: 0", framing)
    async with await Wire.open(gateway.port) as wire:
        await wire.send(head + (b"4\r\n{   \r\n" if chunked else b"{   "))
        reply = await wire.reply()
    assert (reply.status, reply.code, CHAT.error_code(reply)) == (408, "body_timeout", "body_timeout")
    ((_, completed),) = await gateway.recorded()
    assert (completed.end, completed.code) == ("refused", "body_timeout")


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_leaving_before_the_first_byte(gateway: Gateway, simulator: Simulator, speech: Speech, how: str) -> None:
    declare(gateway, simulator, speech)
    simulator.script(Stall())
    wire = await Wire.open(gateway.port)
    await wire.send(post(speech.path, speech.body(), gateway.keys[speech.workload]))
    await simulator.until(lambda vendor: vendor.tally.open_requests == 1)
    wire.leave() if how == "reset" else await wire.close()
    await simulator.until(lambda vendor: vendor.cancelled == 1, deadline=1)
    ((_, completed),) = await gateway.recorded()
    assert (completed.end, completed.attempts, completed.answer_bytes) == ("disconnected", 1, 0)
    await settled(gateway, simulator)


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize("speech", STREAMED, ids=named)
async def test_leaving_within_a_stream(gateway: Gateway, simulator: Simulator, speech: Speech, how: str) -> None:
    declare(gateway, simulator, speech)
    simulator.script((Say(chunks=30), Stall(before=False, after=3)))
    wire = await Wire.open(gateway.port)
    await wire.send(post(speech.path, speech.body(stream=True), gateway.keys[speech.workload]))
    assert (await wire.head())[0] == 200
    assert await wire.chunk()
    wire.leave() if how == "reset" else await wire.close()
    await simulator.until(lambda vendor: vendor.cancelled == 1, deadline=1)
    ((_, completed),) = await gateway.recorded()
    assert completed.end == "disconnected"
    assert completed.answer_bytes > 0
    await settled(gateway, simulator)


@pytest.mark.parametrize("size", [1_000, 90_000, 400_000])
async def test_leaving_while_another_request_waits(gateway: Gateway, simulator: Simulator, size: int) -> None:
    """The end of the connection is seen although requests wait behind the one that runs."""
    simulator.script(Stall())
    waiting = CHAT.body(messages=[{"role": "user", "content": "x" * size}])
    key = gateway.keys["assistant"]
    wire = await Wire.open(gateway.port)
    await wire.send(post(CHAT.path, CHAT.body(), key), post(CHAT.path, waiting, key))
    await simulator.until(lambda vendor: vendor.tally.open_requests == 1)
    await wire.close()
    await simulator.until(lambda vendor: vendor.cancelled == 1, deadline=1)
    await settled(gateway, simulator)
    assert len(simulator.received) == 1


@pytest.mark.parametrize("size", [100_000, 900_000])
async def test_leaving_after_a_large_body(gateway: Gateway, simulator: Simulator, size: int) -> None:
    simulator.script(Stall())
    body = CHAT.body(messages=[{"role": "user", "content": "x" * size}])
    wire = await Wire.open(gateway.port)
    await wire.send(post(CHAT.path, body, gateway.keys["assistant"]))
    await simulator.until(lambda vendor: vendor.tally.open_requests == 1)
    await wire.close()
    await simulator.until(lambda vendor: vendor.cancelled == 1, deadline=1)
    ((_, completed),) = await gateway.recorded()
    assert completed.end == "disconnected"


async def test_leaving_within_the_body(gateway: Gateway, simulator: Simulator) -> None:
    wire = await Wire.open(gateway.port)
    await wire.send(post(CHAT.path, CHAT.body(), gateway.keys["assistant"])[:-10])
    await until(lambda: len(gateway.runtime.live))
    await wire.close()
    ((received, completed),) = await gateway.recorded()
    assert (completed.end, received.request_bytes) == ("disconnected", 0)
    assert not simulator.received


async def test_a_caller_that_reads_a_byte_at_a_time_ends_by_the_whole_deadline(
    gateway: Gateway, simulator: Simulator
) -> None:
    times = {"connect": 1.0, "first_byte": 2.0, "between_chunks": 2.0, "whole": 0.6}
    declare(gateway, simulator, CHAT, limits={"timeouts": times, "answer_bytes": 200_000_000})
    simulator.script(Endless())
    async with await Wire.open(gateway.port, receive_buffer=4_096) as wire:
        await wire.send(post(CHAT.path, CHAT.body(stream=True), gateway.keys["assistant"]))
        gc.collect()
        tracemalloc.start()
        running = asyncio.create_task(gateway.recorded())
        while not running.done():
            await wire.read(1)
            await asyncio.sleep(0.01)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        ((_, completed),) = await running
        assert (completed.end, completed.code) == ("overdue", "vendor_timeout")
        assert completed.answer_bytes < 8_000_000, "the vendor was not read ahead of the caller"
        assert peak < 16_000_000
        await settled(gateway, simulator)


async def test_a_slow_reader_of_a_streams_end_is_cut_off(gateway: Gateway, simulator: Simulator) -> None:
    """The answer is complete and on record, but its last bytes cannot be delivered: that too has an end."""
    times = {"connect": 1.0, "first_byte": 2.0, "between_chunks": 2.0, "whole": 0.4}
    declare(gateway, simulator, CHAT, limits={"timeouts": times})
    simulator.script(Say(size=3_000_000, chunks=1))
    async with await Wire.open(gateway.port, receive_buffer=4_096) as wire:
        await wire.send(post(CHAT.path, CHAT.body(stream=True), gateway.keys["assistant"]))
        await wire.read(1)
        ((_, completed),) = await gateway.recorded()
        assert completed.end == "answered"
        await settled(gateway, simulator)
        assert not (await wire.rest()).endswith(b"0\r\n\r\n")


async def test_hundreds_that_left_leave_nothing(gateway: Gateway, simulator: Simulator) -> None:
    simulator.always(Stall())
    body = post(CHAT.path, CHAT.body(stream=True), gateway.keys["assistant"])
    wires = [await Wire.open(gateway.port) for _ in range(200)]
    for wire in wires:
        await wire.send(body)
    await simulator.until(lambda vendor: vendor.tally.open_requests == 200)
    for wire in wires:
        wire.leave()
    await simulator.until(lambda vendor: vendor.cancelled == 200)
    assert {completed.end for _, completed in await gateway.recorded(200)} == {"disconnected"}
    simulator.always()
    await settled(gateway, simulator)
    assert (await exchange(gateway.port, post(CHAT.path, CHAT.body(), gateway.keys["assistant"]))).status == 200
    await simulator.until(lambda vendor: vendor.tally.open_connections <= 1)
