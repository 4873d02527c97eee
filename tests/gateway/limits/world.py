"""Gateways and the broker's books in one simulated time: the real decisions, with messages that travel when told to."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import cast

from prodworthy.gateway.limits.accounts import Accounts
from prodworthy.gateway.limits.lease import Lessee
from prodworthy.gateway.limits.link import Link
from prodworthy.gateway.limits.wire import Ask, Statement
from prodworthy.policy.core.quota import DAY, Demand, Quota

BEGIN = 1_000 * 10**9
MIDNIGHT = 20_000 * DAY


class Wire:
    """In place of a link: holds what was sent until the world carries it."""

    def __init__(self) -> None:
        self.asks: deque[tuple[object, Ask]] = deque()
        self.statements: list[Statement] = []

    def send(self, ticket: object, ask: Ask) -> None:
        self.asks.append((ticket, ask))

    def state(self, statements: list[Statement]) -> None:
        self.statements += statements


class World:
    def __init__(self, processes: int, *, cold: bool = False, wall: int = MIDNIGHT) -> None:
        self.now = BEGIN
        self.wall_ahead = wall - BEGIN
        self.processes = processes
        self.asked = 0
        self.accounts = self.books(cold=cold)
        self.lessees = [
            Lessee("unused", number + 1, processes, clock=lambda: self.now, wall=lambda: self.wall)
            for number in range(processes)
        ]
        self.wires = [Wire() for _ in self.lessees]
        self.granted: list[list[tuple[int, int]]] = [[] for _ in self.lessees]
        self.refused: list[Quota] = []
        for number in range(processes):
            self.join(number)

    @property
    def wall(self) -> int:
        return self.now + self.wall_ahead

    def books(self, *, cold: bool, spent: int = 0) -> Accounts:
        return Accounts(self.processes, self.now, lambda _key, _start: spent, cold=cold)

    def join(self, number: int, *, resumed: bool = False) -> None:
        wire = self.wires[number] = Wire()
        self.lessees[number].joined(cast("Link", wire))
        for said in wire.statements:
            self.accounts.state(number + 1, said, self.now, self.wall, resumed=resumed)

    def lose(self, number: int) -> None:
        asks = list(self.wires[number].asks)
        for ticket, ask in asks:
            self.lessees[number].answered(ticket, ask, None)
        self.lessees[number].lost()
        self.accounts.leave(number + 1, self.now)

    def carry(self, number: int) -> None:
        """All that one gateway asked so far reaches the books, and the answers come back."""
        wire = self.wires[number]
        while wire.asks:
            ticket, ask = wire.asks.popleft()
            self.asked += 1
            self.lessees[number].answered(ticket, ask, self.accounts.ask(number + 1, ask, self.now, self.wall))

    async def request(self, number: int, demands: tuple[Demand, ...]) -> Quota:
        quota = await self.lessees[number].admit(demands, self.now)
        if quota.granted:
            self.granted[number].append((self.now, demands[0].cost))
        else:
            self.refused.append(quota)
        return quota

    async def ask(self, number: int, *demands: Demand) -> Quota:
        """One request, carried at once."""
        task = asyncio.ensure_future(self.request(number, demands))
        await asyncio.sleep(0)
        if not self.lessees[number].alone:
            self.carry(number)
        return await task

    @property
    def total(self) -> int:
        return sum(cost for grants in self.granted for _, cost in grants)

    def overshoot(self, interval: int, burst: int) -> int:
        """The most cells that any span held above burst + span / interval (negative: never as many)."""
        grants = sorted(grant for each in self.granted for grant in each)
        worst, level, last = -burst * interval, 0, 0
        for at, cost in grants:
            level = max(0, level - (at - last)) + cost * interval
            last = at
            worst = max(worst, level - burst * interval)
        return -(-worst // interval)
