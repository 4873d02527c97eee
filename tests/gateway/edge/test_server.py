"""Leaving: answers that run may end within the drain; what is longer is told, and recorded."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest

from prodworthy.gateway.edge.app import App
from prodworthy.gateway.edge.server import Server
from tests.gateway.edge.raw import Wire, post, request, until
from tests.gateway.pipeline.speech import CHAT, settled
from tests.gateway.serving import Gateway
from tests.simulator import Say, Stall
from tests.simulator import Vendor as Simulator


async def _serving(gateway: Gateway, drain: float) -> tuple[Server, int, asyncio.Task[None]]:
    server, listening = Server(App(gateway.runtime).serve, drain), asyncio.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    task = asyncio.create_task(server.serve(listener, listening.set))
    await listening.wait()
    return server, port, task


async def test_running_answers_end_and_idle_connections_close(gateway: Gateway, simulator: Simulator) -> None:
    server, port, task = await _serving(gateway, drain=5.0)
    simulator.script(Say("late", before=0.1))
    async with await Wire.open(port) as idle, await Wire.open(port) as busy:
        await idle.send(request("GET", "/ping"))
        await idle.reply()
        await busy.send(post(CHAT.path, CHAT.body(), gateway.keys["assistant"]))
        await simulator.until(lambda vendor: vendor.tally.open_requests == 1)
        server.leave()
        assert await idle.rest() == b""
        reply = await busy.reply()
        assert (reply.status, reply.header("connection")) == (200, "close")
        assert await busy.rest() == b""
    await task
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize("stream", [False, True])
async def test_what_outlasts_the_drain_is_told(gateway: Gateway, simulator: Simulator, stream: bool) -> None:
    server, port, task = await _serving(gateway, drain=0.05)
    simulator.script((Say(chunks=5), Stall(before=False, after=2)) if stream else Stall())
    async with await Wire.open(port) as wire:
        await wire.send(post(CHAT.path, CHAT.body(stream=stream), gateway.keys["assistant"]))
        await until(lambda: len(gateway.runtime.live))
        await simulator.until(lambda vendor: vendor.tally.open_requests == 1)
        if stream:
            await wire.head()
        server.leave()
        said = await wire.rest()
    await task
    assert b'"draining"' in said
    assert stream or json.loads(said.partition(b"\r\n\r\n")[2])["error"]["code"] == "draining"
    ((_, completed),) = await gateway.recorded()
    assert completed.end == "draining"
    await settled(gateway, simulator)
