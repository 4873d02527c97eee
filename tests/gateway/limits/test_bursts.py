"""Many requests at once: nobody is refused while there is room, nobody takes what the others need."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from prodworthy.gateway.limits.broker import Broker
from prodworthy.gateway.limits.lease import Lessee
from prodworthy.policy.core.quota import DAY, MINUTE, SECOND, Budget, Demand, Quota, Rate
from tests.gateway.limits.world import BEGIN, MIDNIGHT, World

MS = SECOND // 1_000
LARGE = Demand("t", Budget("tokens per minute", MINUTE, 10**10), 300)
YEAR = 365 * DAY  # a window that no test outlives
WINDOW = MIDNIGHT // MINUTE * MINUTE


async def at_once(world: World, many: int, *demands: Demand) -> list[list[Quota]]:
    """`many` requests at each process, all asked before anything is carried; the answers by process."""
    tasks = [
        [asyncio.ensure_future(world.request(number, demands)) for _ in range(many)]
        for number in range(world.processes)
    ]
    for _ in range(100):
        await asyncio.sleep(0)
        for number in range(world.processes):
            world.carry(number)
        if all(task.done() for each in tasks for task in each):
            break
    return [[task.result() for task in each] for each in tasks]


def held(world: World, number: int, key: str) -> int:
    """What a process holds unspent of a budget, as the books see it."""
    committed = world.accounts._budgets[key].shares.get(number + 1, 0)
    return committed - sum(cost for _, cost in world.granted[number])


@pytest.mark.parametrize("processes", [1, 4])
async def test_a_burst_at_the_start_of_a_window_is_granted_whole(processes: int) -> None:
    world = World(processes, wall=WINDOW + MINUTE - 10 * MS)
    for _ in range(3):
        answers = await at_once(world, 128, LARGE)
        assert all(quota.granted for each in answers for quota in each)
        world.now += 10 * MS


@pytest.mark.parametrize("processes", [1, 4])
async def test_a_process_holds_what_it_can_soon_spend_and_a_fair_part_at_most(processes: int) -> None:
    world = World(processes)
    for _ in range(100):
        world.now += 5 * MS
        await at_once(world, 16, LARGE)
        for number in range(processes):
            assert held(world, number, "t") <= 2 * (500 // 5 + 2) * 16 * 300
    for number in range(1, processes):
        assert held(world, number, "t") > 0
    whole = await world.ask(0, Demand("t", LARGE.limit, 9 * 10**9))
    assert whole.granted


@pytest.mark.parametrize("processes,many,room", [(1, 128, 100), (4, 64, 100), (4, 64, 7), (4, 64, 255), (3, 50, 140)])
async def test_a_burst_above_a_small_budget_spends_exactly_the_budget(processes: int, many: int, room: int) -> None:
    world = World(processes)
    demand = Demand("t", Budget("tokens per minute", MINUTE, room * 300 + 299), 300)
    answers = [quota for each in await at_once(world, many, demand) for quota in each]
    assert sum(quota.granted for quota in answers) == room
    assert all(quota.retry_after > 59 for quota in answers if not quota.granted)


async def test_steady_bursts_spend_a_small_budget_exactly() -> None:
    world = World(4)
    demand = Demand("t", Budget("tokens per minute", MINUTE, 5_000 * 300), 300)
    order = random.Random(11)
    while not world.refused:
        world.now += MS
        await at_once(world, order.randint(1, 12), demand)
        if world.now // MS % 50 == 0:
            for lessee in world.lessees:
                lessee.report(world.now)
    assert world.total >= 0.99 * 5_000 * 300
    world.now += 200 * MS
    await at_once(world, 4, demand)
    assert world.total == 5_000 * 300


async def test_a_burst_takes_every_cell_of_a_rate() -> None:
    world = World(4)
    answers = await at_once(world, 64, Demand("w", Rate.per("requests", 128, DAY, 128)))
    assert sum(quota.granted for each in answers for quota in each) == 128


async def test_only_one_ask_of_a_burst_asks_for_more() -> None:
    world = World(1)
    for more in (0, 1, 1):
        tasks = [asyncio.ensure_future(world.request(0, (LARGE,))) for _ in range(200)]
        await asyncio.sleep(0)
        assert sum(ask.extra > 0 for _, ask in world.wires[0].asks) == more
        world.carry(0)
        assert all(quota.granted for quota in await asyncio.gather(*tasks))


async def test_a_process_that_has_become_quieter_does_not_ask_at_every_request() -> None:
    world = World(1)
    for every, many in ((MS, 1_000), (10 * MS, 600)):
        before = world.asked
        for _ in range(many):
            world.now += every
            await world.ask(0, LARGE)
        assert world.asked - before <= 20


async def test_a_refusal_of_the_last_window_does_not_outlive_it() -> None:
    world = World(1, wall=WINDOW + MINUTE - 5 * MS)
    demand = Demand("t", Budget("tokens per minute", MINUTE, 300), 300)
    assert (await world.ask(0, demand)).granted
    refusal = await world.ask(0, demand)
    assert refusal.retry_after == pytest.approx(0.005)
    world.now += 5 * MS
    assert (await world.ask(0, demand)).granted


async def test_what_a_process_no_longer_needs_comes_back_when_others_do() -> None:
    world = World(4)
    budget = Budget("tokens per minute", MINUTE, 40_000)
    for _ in range(60):
        world.now += 10 * MS
        await world.ask(0, Demand("t", budget, 100))
        world.lessees[0].report(world.now)
        world.carry(0)
    left = 40_000 - world.total
    rest = await world.ask(1, Demand("t", budget, left - 4_000))
    assert rest.granted
    for _ in range(10):
        world.now += 50 * MS
        await world.ask(0, Demand("t", budget, 100))
        world.lessees[0].report(world.now)
        world.carry(0)
    assert (await world.ask(2, Demand("t", budget, 40_000 - world.total - 300))).granted


@asynccontextmanager
async def connected(processes: int) -> AsyncIterator[tuple[Broker, list[Lessee]]]:
    """A real broker and real lessees, with nothing spent."""
    with tempfile.TemporaryDirectory(prefix="limits") as folder:
        broker = Broker(f"{folder}/broker", processes, cold=False)
        await broker.start()
        lessees = [Lessee(f"{folder}/broker", number + 1, processes) for number in range(processes)]
        running = [asyncio.create_task(lessee.run()) for lessee in lessees]
        try:
            await asyncio.wait_for(asyncio.gather(*(lessee.connected() for lessee in lessees)), 5)
            yield broker, lessees
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await broker.close()


Client = Callable[[Lessee], Awaitable[tuple[int, int]]]


async def crowd(lessees: list[Lessee], client: Client) -> list[tuple[int, int]]:
    """64 clients at each lessee, all at once: what each lessee granted and refused."""
    answers = await asyncio.wait_for(
        asyncio.gather(*(asyncio.gather(*(client(lessee) for _ in range(64))) for lessee in lessees)), 30
    )
    return [(sum(g for g, _ in each), sum(r for _, r in each)) for each in answers]


def requests(demand: Demand, most: int) -> Client:
    """A client that sends `most` requests one after the other, and stops when refused."""

    async def client(lessee: Lessee) -> tuple[int, int]:
        for sent in range(most):
            if not (await lessee.admit((demand,), time.monotonic_ns())).granted:
                return sent, 1
        return most, 0

    return client


@pytest.mark.parametrize("most", [1, 50])
async def test_a_crowd_on_a_large_budget_is_never_refused_and_nobody_holds_it(most: int) -> None:
    demand = Demand("t", Budget("tokens per year", YEAR, 10**10), 300)
    async with connected(4) as (broker, lessees):
        answers = await crowd(lessees, requests(demand, most))
        shares = list(broker.accounts._budgets["t"].shares.values())
        lost = [lessee.alone for lessee in lessees]
    assert lost == [False] * 4
    assert answers == [(64 * most, 0)] * 4
    spent = 64 * most * 300
    print(f"each spent {spent}; spent or leased {shares}")
    assert max(shares) <= 3 * spent


@pytest.mark.parametrize("most", [1, 1_000])
@pytest.mark.parametrize("room", [100, 255, 20_000])
async def test_a_crowd_on_a_small_budget_is_granted_exactly_that(most: int, room: int) -> None:
    demand = Demand("t", Budget("tokens per year", YEAR, room * 300), 300)
    async with connected(4) as (_, lessees):
        answers = await crowd(lessees, requests(demand, most))
        lost = [lessee.alone for lessee in lessees]
    assert lost == [False] * 4
    assert sum(granted for granted, _ in answers) == min(room, 4 * 64 * most)


async def test_alone_from_the_start_a_burst_is_granted() -> None:
    lessee = Lessee("unused", 1, 4, clock=lambda: BEGIN, wall=lambda: WINDOW)
    answers = [await lessee.admit((LARGE,), BEGIN) for _ in range(128)]
    assert all(quota.granted for quota in answers)
