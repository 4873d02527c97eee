"""A link ends when the broker is late, gone or talks rubbish, and every ask is accounted for exactly once."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable

import pytest

from prodworthy.gateway.limits.lease import Lessee
from prodworthy.gateway.limits.link import Link
from prodworthy.gateway.limits.wire import Answer, Answers, Ask, Welcome, pack
from prodworthy.policy.core.quota import SECOND, Demand, Rate

ASK = Ask("w", False, 1, 1, 0, 1, 0, 0, 0)
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def finished(served: list[asyncio.Task[None] | None]) -> None:
    await asyncio.wait_for(asyncio.gather(*(task for task in served if task)), 5)


async def outcome(answer: bytes, asks: int = 2) -> tuple[list[Answer | None], int]:
    """What a link tells its owner when the broker welcomes it and then sends `answer` for everything it is asked."""
    told: list[Answer | None] = []
    ended = asyncio.Event()
    losses = 0
    served: list[asyncio.Task[None] | None] = []

    def lost() -> None:
        nonlocal losses
        losses += 1
        ended.set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        writer.write(pack(Welcome(5)))
        await reader.read(1 << 16)
        await reader.read(1 << 16)
        writer.write(answer)
        await reader.read()
        writer.close()

    with tempfile.TemporaryDirectory(prefix="limits") as folder:
        server = await asyncio.start_unix_server(serve, f"{folder}/broker")
        loop = asyncio.get_running_loop()
        _, link = await loop.create_unix_connection(
            lambda: Link(lambda _ticket, _ask, answer: told.append(answer), lost, 0.05), f"{folder}/broker"
        )
        link.greet(1, 0)
        assert await asyncio.wait_for(asyncio.shield(link.welcomed), 5) == 5
        for _ in range(asks):
            link.send(None, ASK)
        await asyncio.wait_for(ended.wait(), 5)
        assert link.over
        link.send(None, ASK)
        link.flush()
        link.end()
        await finished(served)
        server.close()
        await server.wait_closed()
    return told, losses


@pytest.mark.parametrize(
    "answer",
    [b"", b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1", pack(Answers([Answer(1, 0, 0, 0)]))],
    ids=["silence", "too long", "no frame", "too few answers"],
)
async def test_a_broken_broker_leaves_every_ask_unanswered_once(answer: bytes) -> None:
    assert await outcome(answer) == ([None, None, None], 1)


async def test_answers_come_in_order_and_what_follows_them_unasked_ends_the_link() -> None:
    answers = pack(Answers([Answer(1, 0, 0, 0), Answer(0, 9, 0, 0)]))
    told, losses = await outcome(answers + answers)
    assert told == [Answer(1, 0, 0, 0), Answer(0, 9, 0, 0), None]
    assert losses == 1


async def test_a_broker_that_never_welcomes_leaves_the_process_alone() -> None:
    attempts = asyncio.Queue[int]()
    served: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        attempts.put_nowait(1)
        await reader.read()
        writer.close()

    async def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        attempts.put_nowait(1)
        writer.close()

    for broken in (serve, refuse):
        with tempfile.TemporaryDirectory(prefix="limits") as folder:
            server = await asyncio.start_unix_server(broken, f"{folder}/broker")
            lessee = Lessee(f"{folder}/broker", 1, 4)
            running = asyncio.create_task(lessee.run())
            for _ in range(2):
                await asyncio.wait_for(attempts.get(), 5)
            assert lessee.alone
            assert (await lessee.admit((Demand("w", Rate("requests", SECOND, 4)),), 10**15)).granted
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await finished(served)
            server.close()
            await server.wait_closed()
