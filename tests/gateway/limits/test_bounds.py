"""Whatever a manifest may say of limits can be served: no limit that is accepted ends in an exception."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from prodworthy.gateway.limits.lease import Lessee
from prodworthy.gateway.limits.wire import Answers, Asks, pack, read_broker, read_gateway
from prodworthy.gateway.pipeline.served import Served, prepare
from prodworthy.operations.snapshot.compiling import compile_workload
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.manifest import Limits
from prodworthy.policy.core.quota import MOST, Demand
from tests.gateway.limits.world import BEGIN, MIDNIGHT, World

CATALOGUE = discover()
EDGES = (0, 1, 2, 10_000_000, 10_000_001, MOST - 1, MOST, MOST + 1, 1 << 53, 1 << 63, 1 << 64, 1 << 80)
counts = st.one_of(st.sampled_from(EDGES), st.integers(0, 1 << 66))
spans = st.one_of(
    st.sampled_from([5e-324, 1e-12, 1e-9, 1e-3, 1.0, 86_400.0, 86_400.1, float("nan"), float("inf")]),
    st.floats(0, 1e6),
)
rates = st.none() | st.fixed_dictionaries({"count": counts, "seconds": spans, "burst": counts})
declared = st.fixed_dictionaries(
    {
        "rate": rates,
        "rate_per_user": rates,
        "tokens_per_minute": st.none() | counts,
        "tokens_per_day": st.none() | counts,
    }
)


def served(limits: dict[str, Any]) -> Served | None:
    """A workload with these limits; None where the manifest's types refuse them."""
    try:
        accepted = msgspec.convert(limits, Limits)
    except msgspec.ValidationError:
        return None
    row = {"id": "w", "owner": "someone", "models": [{"vendor": "v", "model": "m"}], "limits": accepted}
    return prepare(compile_workload(msgspec.json.encode(row).decode(), 1, CATALOGUE), {})


def carry(world: World) -> None:
    """As `World.carry`, with every message through its bytes."""
    wire = world.wires[0]
    while wire.asks:
        ticket, ask = wire.asks.popleft()
        asked = read_gateway(pack(Asks([ask]))[4:])
        assert isinstance(asked, Asks)
        answer = world.accounts.ask(1, asked.asks[0], world.now, world.wall)
        answered = read_broker(pack(Answers([answer]))[4:])
        assert isinstance(answered, Answers)
        world.lessees[0].answered(ticket, ask, answered.answers[0])


async def admitted(demands: tuple[Demand, ...], *, cold: bool) -> None:
    alone = Lessee("unused", 1, 1, clock=lambda: BEGIN, wall=lambda: MIDNIGHT)
    world = World(1, cold=cold)
    for _ in range(3):
        assert isinstance((await alone.admit(demands, BEGIN)).granted, bool)
        task = asyncio.ensure_future(world.request(0, demands))
        await asyncio.sleep(0)
        carry(world)
        quota = await task
        assert quota.retry_after >= 0
        for demand in demands if quota.granted else ():
            world.lessees[0].settle(demand, 1, world.now, world.now)
        world.lessees[0].report(world.now)
        carry(world)
        world.now += 10**9
    world.lose(0)
    assert (await world.ask(0, *demands)).retry_after >= 0
    world.join(0, resumed=True)
    assert (await world.ask(0, *demands)).retry_after >= 0


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(limits=declared, tokens=st.sampled_from([1, 512, 1 << 40, 1 << 62]), cold=st.booleans())
@example(limits={"tokens_per_minute": MOST, "tokens_per_day": MOST}, tokens=512, cold=True)
@example(limits={"rate": {"count": 1, "seconds": 86_400.0, "burst": 10_000_000}}, tokens=1, cold=True)
@example(limits={"rate": {"count": 10_000_000, "seconds": 0.001, "burst": 10_000_000}}, tokens=1, cold=False)
def test_every_limit_that_a_manifest_may_state_is_admissible(limits: dict[str, Any], tokens: int, cold: bool) -> None:
    found = served(limits)
    if found is None:
        return
    rates, budgets = found.caps.limits.demands("someone", tokens)
    if rates or budgets:
        asyncio.run(admitted((*rates, *budgets), cold=cold))


@pytest.mark.parametrize(
    "limits",
    [
        {"tokens_per_minute": MOST + 1},
        {"tokens_per_day": 1 << 80},
        {"rate": {"count": 1, "seconds": 1e-9}},
        {"rate": {"count": 1, "seconds": float("nan")}},
        {"rate_per_user": {"count": 10_000_001}},
        {"rate_per_user": {"count": 1, "burst": 10_000_001}},
    ],
)
def test_a_limit_out_of_bounds_is_refused_by_the_manifest(limits: dict[str, Any]) -> None:
    assert served(limits) is None


def test_the_bounds_themselves_are_accepted() -> None:
    rate = {"count": 10_000_000, "seconds": 0.001, "burst": 10_000_000}
    found = served({"rate": rate, "rate_per_user": rate, "tokens_per_minute": MOST, "tokens_per_day": MOST})
    assert found is not None
    assert [len(demands) for demands in found.caps.limits.demands("someone", 512)] == [2, 2]
