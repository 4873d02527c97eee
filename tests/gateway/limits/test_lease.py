"""What gateways grant together keeps the limit, for any interleaving, any number of them, and without the broker."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prodworthy.gateway.limits.lease import Lessee
from prodworthy.policy.core.quota import DAY, MINUTE, SECOND, Budget, Demand, Rate
from tests.gateway.limits.world import BEGIN, MIDNIGHT, World

MS = SECOND // 1_000
steps = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("aaaacctr"), st.integers(0, 100)), max_size=250)
relaxed = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])


async def play(world: World, demand: Demand, script: list[tuple[int, str, int]]) -> None:
    """a: a request; c: what was asked is carried; t: time passes; r: the regular report."""
    tasks = []
    for who, what, much in script:
        number = who % world.processes
        if what == "a":
            tasks.append(asyncio.ensure_future(world.request(number, (demand,))))
            await asyncio.sleep(0)
        elif what == "c":
            world.carry(number)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        elif what == "t":
            world.now += much * MS
        else:
            world.lessees[number].report(world.now)
    for number in range(world.processes):
        world.carry(number)
    await asyncio.gather(*tasks)


@relaxed
@given(
    processes=st.integers(1, 4), per_second=st.sampled_from([5, 100, 3_000]), burst=st.integers(1, 120), script=steps
)
def test_no_span_holds_more_than_burst_and_rate(
    processes: int, per_second: int, burst: int, script: list[tuple[int, str, int]]
) -> None:
    rate = Rate.per("requests", per_second, SECOND, burst)
    world = World(processes)
    asyncio.run(play(world, Demand("w", rate), script))
    assert world.overshoot(rate.interval, burst) <= 0


@relaxed
@given(processes=st.integers(1, 4), amount=st.integers(1, 3_000), cost=st.integers(1, 50), script=steps)
def test_a_budget_is_never_exceeded_in_its_window(
    processes: int, amount: int, cost: int, script: list[tuple[int, str, int]]
) -> None:
    world = World(processes, wall=MIDNIGHT + MINUTE - 2 * SECOND)
    asyncio.run(play(world, Demand("t", Budget("tokens", MINUTE, amount), cost), script))
    windows: dict[int, int] = {}
    for grants in world.granted:
        for at, spent in grants:
            window = (at + world.wall_ahead) // MINUTE
            windows[window] = windows.get(window, 0) + spent
    assert all(spent <= amount for spent in windows.values())


async def overload(world: World, demand: Demand, seconds: float) -> None:
    """Each process asks every millisecond, in an order that differs each time."""
    order = random.Random(7)
    for tick in range(int(seconds * 1_000)):
        world.now += MS
        for number in order.sample(range(world.processes), world.processes):
            await world.ask(number, demand)
            if tick % 50 == 0:
                world.lessees[number].report(world.now)
                if not world.lessees[number].alone:
                    world.carry(number)


@pytest.mark.parametrize("per_second,burst", [(5, 5), (100, 1), (100, 20), (500, 100), (2_000, 2_000)])
async def test_under_overload_nothing_is_lost_and_nobody_starves(per_second: int, burst: int) -> None:
    rate = Rate.per("requests", per_second, SECOND, burst)
    world = World(4)
    seconds = 4
    await overload(world, Demand("w", rate), seconds)
    allowed = min(burst + per_second * seconds, 4_000 * seconds)
    assert world.overshoot(rate.interval, burst) <= 0
    assert world.total >= 0.95 * allowed
    assert min(len(grants) for grants in world.granted) >= 0.4 * world.total / 4


async def test_a_process_that_always_asks_last_does_not_starve() -> None:
    rate = Rate.per("requests", 20, SECOND, 4)
    world = World(4)
    for _ in range(5_000):
        world.now += MS
        for number in range(4):
            await world.ask(number, Demand("w", rate))
    counts = [len(grants) for grants in world.granted]
    assert min(counts) >= 0.8 * max(counts), counts


async def test_a_generous_limit_is_spent_without_asking() -> None:
    world = World(4)
    demands = (
        Demand("w", Rate.per("requests", 10_000, SECOND, 10_000)),
        Demand("t", Budget("tokens", MINUTE, 1 << 40), 500),
    )
    asked = 0
    for _ in range(2_000):
        world.now += MS
        if world.lessees[0].try_admit(demands, world.now) is None:
            asked += 1
            await world.ask(0, *demands)
        world.carry(0)
    assert asked <= 12


async def test_all_or_nothing() -> None:
    world = World(2)
    workload = Demand("w", Rate.per("requests of the workload", 1, DAY, 10))
    ann = Demand("u:ann", Rate.per("requests of the user", 1, DAY, 2))
    ben = Demand("u:ben", ann.limit)
    answers = [await world.ask(0, workload, ann) for _ in range(6)]
    assert [quota.granted for quota in answers] == [True, True, False, False, False, False]
    assert answers[-1].limit == "requests of the user"
    assert answers[-1].retry_after == pytest.approx(DAY / SECOND, rel=0.001)
    world.now += SECOND
    world.lessees[0].report(world.now)
    world.carry(0)
    more = [await world.ask(1, workload, Demand(f"u:{n}", ann.limit)) for n in range(9)]
    assert [quota.granted for quota in more] == [True] * 8 + [False]
    assert more[-1].limit == "requests of the workload"
    assert not (await world.ask(0, ben, workload)).granted


async def test_a_cancelled_request_leaves_its_cells_to_the_next() -> None:
    world = World(1)
    demand = Demand("w", Rate.per("requests", 1, DAY, 1))
    task = asyncio.ensure_future(world.request(0, (demand,)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    world.carry(0)
    assert (await world.ask(0, demand)).granted
    assert not (await world.ask(0, demand)).granted


async def test_settling_refunds_what_was_not_used_and_charges_what_was() -> None:
    world = World(2)
    budget = Budget("tokens per minute", MINUTE, 1_000)
    estimate = Demand("t", budget, 400)
    assert (await world.ask(0, estimate)).granted
    assert (await world.ask(1, estimate)).granted
    assert not (await world.ask(1, estimate)).granted
    world.lessees[0].settle(estimate, 100, world.now, world.now)
    world.now += SECOND
    for number in range(2):
        world.lessees[number].report(world.now)
        world.carry(number)
    assert (await world.ask(1, estimate)).granted
    world.lessees[1].settle(estimate, 450, world.now, world.now)
    world.lessees[1].report(world.now)
    world.carry(1)
    world.now += SECOND
    assert not (await world.ask(0, Demand("t", budget, 51))).granted
    world.now += SECOND
    assert (await world.ask(0, Demand("t", budget, 50))).granted
    refusal = await world.ask(0, Demand("t", budget, 1))
    assert refusal.limit == "tokens per minute"
    assert refusal.retry_after == pytest.approx(57, abs=0.1)
    world.now += 58 * SECOND
    assert (await world.ask(0, Demand("t", budget, 1_000))).granted


async def test_a_refund_of_a_past_window_is_dropped_and_a_debt_is_not() -> None:
    world = World(1)
    budget = Budget("tokens per minute", MINUTE, 1_000)
    estimate = Demand("t", budget, 400)
    admitted = world.now
    assert (await world.ask(0, estimate)).granted
    world.now += MINUTE
    world.lessees[0].settle(estimate, 0, admitted, world.now)
    world.lessees[0].settle(estimate, 500, admitted, world.now)
    assert not (await world.ask(0, Demand("t", budget, 901))).granted
    world.now += SECOND
    assert (await world.ask(0, Demand("t", budget, 900))).granted


async def test_a_new_policy_counts_at_once() -> None:
    world = World(1)
    assert (await world.ask(0, Demand("w", Rate.per("requests", 1, DAY, 1)))).granted
    assert not (await world.ask(0, Demand("w", Rate.per("requests", 1, DAY, 1)))).granted
    wider = Demand("w", Rate.per("requests", 1, SECOND, 100_000))
    assert (await world.ask(0, wider)).granted


@pytest.mark.parametrize("per_second,burst", [(100, 20), (400, 40), (2_000, 200)])
async def test_alone_the_processes_together_keep_the_limit(per_second: int, burst: int) -> None:
    rate = Rate.per("requests", per_second, SECOND, burst)
    world = World(4)
    demand = Demand("w", rate)
    await overload(world, demand, 1)
    for number in range(4):
        world.lose(number)
    assert all(lessee.alone for lessee in world.lessees)
    before = world.total
    await overload(world, demand, 2)
    assert 0.85 * per_second * 2 <= world.total - before <= per_second * 2 + burst / 4
    world.accounts = world.books(cold=True)
    for number in range(4):
        world.join(number, resumed=True)
    before = world.total
    await overload(world, demand, 2)
    assert world.total - before >= 0.75 * per_second * 2
    assert world.overshoot(rate.interval, burst) <= 0.05 * (burst + per_second)


async def test_a_restarted_broker_forgets_no_budget() -> None:
    world = World(2)
    budget = Budget("tokens per day", DAY, 1_000)
    for number in range(2):
        assert (await world.ask(number, Demand("d", budget, 300))).granted
    for number in range(2):
        world.lose(number)
    world.accounts = world.books(cold=True, spent=100)  # the record lags behind what the gateways remember
    for number in range(2):
        world.join(number, resumed=True)
    assert not (await world.ask(0, Demand("d", budget, 401))).granted
    world.now += SECOND
    assert (await world.ask(0, Demand("d", budget, 400))).granted


async def test_alone_a_budget_is_shared() -> None:
    world = World(4)
    budget = Budget("tokens per minute", MINUTE, 1_000)
    for number in range(4):
        assert (await world.ask(number, Demand("t", budget, 100))).granted
    world.now += 2 * SECOND
    for number in range(4):
        world.lessees[number].report(world.now)
        world.carry(number)
        world.lose(number)
    for _ in range(100):
        for number in range(4):
            await world.ask(number, Demand("t", budget, 10))
    assert 900 <= world.total <= 1_000


async def test_before_the_first_contact_a_process_has_one_cell_and_its_share_of_the_rate() -> None:
    lessee = Lessee("unused", 1, 4, clock=lambda: BEGIN, wall=lambda: MIDNIGHT)
    demand = Demand("w", Rate.per("requests", 4, SECOND, 40))
    assert lessee.alone
    assert (await lessee.admit((demand,), BEGIN)).granted
    refusal = await lessee.admit((demand,), BEGIN)
    assert not refusal.granted
    assert refusal.retry_after == pytest.approx(1.0)


@pytest.mark.parametrize("key,limit", [("", Rate("r", 1, 1)), ("k" * 513, Rate("r", 1, 1)), ("k", Rate("r", 0, 1))])
async def test_a_limit_out_of_bounds_is_refused_here_not_by_the_broker(key: str, limit: Rate) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        await World(1).ask(0, Demand(key, limit))


async def test_no_demand_and_no_count_is_too_large_to_be_refused() -> None:
    world = World(1)
    budget = Budget("tokens", MINUTE, 1_000)
    assert not (await world.ask(0, Demand("t", budget, 1 << 80))).granted
    world.now += SECOND
    small = Demand("t", budget, 10)
    assert (await world.ask(0, small)).granted
    world.lessees[0].settle(small, 1 << 80, world.now, world.now)
    world.lessees[0].report(world.now)
    assert all(abs(ask.back) < 1 << 53 for _, ask in world.wires[0].asks)
    world.carry(0)
    assert not (await world.ask(0, small)).granted
    world.now += MINUTE
    assert (await world.ask(0, small)).granted


async def test_what_changes_kind_starts_anew() -> None:
    world = World(1)
    assert (await world.ask(0, Demand("k", Rate("requests", SECOND, 8)))).granted
    assert (await world.ask(0, Demand("k", Budget("tokens", MINUTE, 8), 8))).granted
    assert not (await world.ask(0, Demand("k", Budget("tokens", MINUTE, 8), 8))).granted


async def test_what_is_long_unused_is_forgotten() -> None:
    world = World(1)
    for number in range(300):
        assert (await world.ask(0, Demand(f"u{number}", Rate("requests", SECOND, 8)))).granted
    world.now += 11 * SECOND
    for _ in range(2):
        world.lessees[0].report(world.now)
        world.carry(0)
    assert len(world.lessees[0]) == 0
