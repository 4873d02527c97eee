"""Limits as a gateway process meets them: spend what is leased, ask for the rest, go on with a share when alone.

The common case is a dictionary look-up and a subtraction for each limit. A process leases cells from the broker ahead
of need, in the measure of its recent use; a scarce limit is asked for cell by cell. When the broker is absent, each
process spends its part of every limit and, once the broker is back, states what it spent.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from prodworthy.gateway.limits.balance import NEVER, Balance
from prodworthy.gateway.limits.link import DEADLINE, Link
from prodworthy.gateway.limits.wire import Answer, Ask, Statement
from prodworthy.policy.core.quota import GRANTED, MOST, SECOND, Budget, Demand, Quota, Rate

WELCOME = 0.25  # seconds for a broker to take a new connection
REPORT = 0.05  # seconds between regular reports
RECONNECT = (0.02, 0.5)  # seconds between attempts: first, most
MAX_BALANCES = 100_000
FORGET = 10 * SECOND  # a balance unused for so long is dropped
SWEEP = 200  # balances looked at for dropping in each report


class Ticket:
    """Someone who waits for one answer; `granted` is None when it never came."""

    __slots__ = ("ahead", "balance", "cost", "granted", "start", "waiter")

    def __init__(self, balance: Balance, cost: int, waiter: asyncio.Future[None] | None, *, ahead: bool) -> None:
        self.balance = balance
        self.cost = cost
        self.waiter = waiter
        self.ahead = ahead  # it is the balance's one ask for more than is needed at once
        self.granted: bool | None = None
        self.start = balance.start  # the window that the cost was spent in


class Lessee:
    """One gateway process's access to all limits. Not thread-safe: it belongs to one loop.

    path: the broker's socket. identity: unlike that of any other gateway alive, for example the process id. processes:
    how many gateways share the limits. `run` must run for it to be anything but alone.
    Every `now` is monotonic ns. One call never names a key twice. A limit or key out of bounds raises ValueError where
    it is first met, see `Balance`.
    """

    def __init__(
        self,
        path: str,
        identity: int,
        processes: int,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
        wall: Callable[[], int] = time.time_ns,
    ) -> None:
        self._path = path
        self._identity = identity
        self._processes = processes
        self._clock = clock
        self._wall = wall
        self._balances: OrderedDict[str, Balance] = OrderedDict()
        self._listed: list[Balance] = []
        self._link: Link | None = None
        self._since = 1  # when the broker was last lost
        self._epoch = 0
        self._connected = asyncio.Event()

    def __len__(self) -> int:
        """How many limits this process remembers; at most MAX_BALANCES."""
        return len(self._balances)

    @property
    def alone(self) -> bool:
        """Whether the broker is absent and this process spends its own part of each limit."""
        return self._link is None

    async def connected(self) -> None:
        """Waits until the broker answers."""
        await self._connected.wait()

    def try_admit(self, demands: Sequence[Demand], now: int) -> Quota | None:
        """Decides at once if it can: grants all demands or none. None: `admit` must ask the broker."""
        if self._link is None:
            return self._admit_alone(demands, now)
        balances = self._balances
        found = []
        for demand in demands:
            balance = balances.get(demand.key)
            if balance is None or balance.amount < demand.cost or now >= balance.until:
                return self._refused(demands, now)
            if balance.limit is not demand.limit and not self._same_limit(balance, demand.limit, now):
                return None
            found.append(balance)
        for balance, demand in zip(found, demands):  # noqa: B905 - same length by construction, and this is the fast path
            cost = demand.cost
            left = balance.amount = balance.amount - cost
            balance.spent += cost
            balance.touched = now
            if left < balance.low and not balance.asking:
                self._fetch_ahead(balance, now)
        return GRANTED

    async def admit(self, demands: Sequence[Demand], now: int) -> Quota:
        """As `try_admit`, and asks the broker for what is missing, at most for the deadline.

        Every request asks for its own need, in the order of arrival; one of them also for more. So a refusal means
        that the broker has too little, and is passed on only if this process has too little as well.
        """
        quota = self.try_admit(demands, now)
        if quota is not None:
            return quota
        tickets = self._spend_or_ask(demands, now)
        try:
            for ticket in tickets:
                if ticket.waiter is not None:
                    await ticket.waiter
        except asyncio.CancelledError:
            self._undo(tickets, now)
            raise
        if all(ticket.granted for ticket in tickets):
            return GRANTED
        self._undo(tickets, now)
        if any(ticket.granted is None for ticket in tickets):
            return self._admit_alone(demands, now)
        now = self._clock()
        again = self.try_admit(demands, now)
        if again is not None and again.granted:
            return again
        refused = max((t.balance for t in tickets if t.granted is False), key=lambda b: b.retry)
        return _refusal(refused, now)

    def settle(self, demand: Demand, actual: int, admitted: int, now: int) -> None:
        """Replaces the estimate of a granted demand on a budget, admitted at `admitted`, by the `actual` count.

        What was too much is refunded if its window still runs; what was too little is charged to the present window,
        where it may exceed the budget: it was spent already. `actual` is taken as within 0..MOST.
        """
        limit = demand.limit
        if not isinstance(limit, Budget):
            return
        excess = (0 if actual < 0 else MOST if actual > MOST else actual) - demand.cost
        if excess == 0:
            return
        balance = self._balances.get(demand.key)
        if balance is None or balance.limit is not limit:
            balance = self._balance(demand, now)
        if now >= balance.until:
            wall = self._wall()
            balance.open_window(wall - wall % limit.length, now + limit.length - wall % limit.length)
        if excess < 0 and admitted < balance.until - limit.length:
            return
        balance.settle(excess, now)
        if not balance.listed:
            self._list(balance)

    async def run(self) -> None:
        """Keeps the connection and reports what is spent, until cancelled; then gives back what is leased."""
        pause = RECONNECT[0]
        try:
            while True:
                if self._link is None:
                    pause = RECONNECT[0] if await self._connect() else min(2 * pause, RECONNECT[1])
                await asyncio.sleep(pause if self._link is None else REPORT)
                self.report(self._clock())
        finally:
            self._leave()

    def _same_limit(self, balance: Balance, limit: Rate | Budget, now: int) -> bool:
        """A new policy may bring the same limit as a new value, or another one: then the old lease is given back."""
        old = balance.limit
        if old != limit:
            if _kind(old) != _kind(limit):
                self._balances[balance.key] = Balance(balance.key, limit, now, self._wall())
                return False
            if self._link is not None and (balance.amount or isinstance(old, Rate)):
                self._link.send(Ticket(balance, 0, None, ahead=False), balance.report(0, 0, max(0, balance.amount)))
            balance.limit = limit
            balance.blocked = balance.want = balance.low = 0
            balance.part(self._processes)
            return False
        balance.limit = limit
        return True

    def _balance(self, demand: Demand, now: int) -> Balance:
        balance = self._balances.get(demand.key)
        if balance is None:
            if len(self._balances) >= MAX_BALANCES:
                self._balances.popitem(last=False)
            balance = self._balances[demand.key] = Balance(demand.key, demand.limit, now, self._wall())
        elif balance.limit is not demand.limit:
            self._same_limit(balance, demand.limit, now)
            balance = self._balances[demand.key]
        return balance

    def _list(self, balance: Balance) -> None:
        if not balance.listed:
            balance.listed = True
            self._listed.append(balance)

    def _refused(self, demands: Sequence[Demand], now: int) -> Quota | None:
        """A refusal that the broker gave lately still stands; any other lack is worth asking about."""
        for demand in demands:
            balance = self._balances.get(demand.key)
            if (
                balance is not None
                and now < balance.blocked
                and demand.cost > balance.amount
                and demand.cost >= balance.blocked_cost
                and balance.limit == demand.limit
            ):
                return _refusal(balance, now)
        return None

    def _fetch_ahead(self, balance: Balance, now: int) -> None:
        if self._link is not None:
            self._link.send(Ticket(balance, 0, None, ahead=True), balance.ask(0, now))

    def _spend_or_ask(self, demands: Sequence[Demand], now: int) -> list[Ticket]:
        tickets = []
        loop = asyncio.get_running_loop()
        for demand in demands:
            balance = self._balance(demand, now)
            balance.touched = now
            ticket = Ticket(balance, demand.cost, None, ahead=not balance.asking)
            if demand.cost <= balance.amount and now < balance.until:
                balance.amount -= demand.cost
                balance.spent += demand.cost
                ticket.granted = True
            elif self._link is not None:
                ticket.waiter = loop.create_future()
                self._link.send(ticket, balance.ask(demand.cost, now))
            tickets.append(ticket)
        return tickets

    def _undo(self, tickets: list[Ticket], now: int) -> None:
        for ticket in tickets:
            if ticket.granted:
                ticket.granted = False
                ticket.balance.put_back(ticket.cost, ticket.start, now)
                self._list(ticket.balance)
            if ticket.waiter is not None:
                ticket.waiter.cancel()

    def answered(self, ticket: object, ask: Ask, answer: Answer | None) -> None:
        """Books the broker's answer to one ask; None: it never came."""
        assert isinstance(ticket, Ticket)
        balance, waiter = ticket.balance, ticket.waiter
        if ticket.ahead:
            balance.asking = False
        if answer is not None:
            now = self._clock()
            ticket.granted = balance.receive(ask, answer, now, self._wall())
            ticket.start = answer.start
            if waiter is not None and waiter.cancelled() and ticket.granted:
                balance.put_back(ticket.cost, ticket.start, now)
            if balance.amount or balance.spent:
                self._list(balance)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _admit_alone(self, demands: Sequence[Demand], now: int) -> Quota:
        balances, since = self._balances, self._since
        found = []
        for demand in demands:
            balance = balances.get(demand.key)
            if (
                balance is None
                or balance.limit is not demand.limit
                or balance.lone_since != since
                or now >= balance.until
            ):
                balance = self._balance_alone(demand, now)
            if demand.cost > balance.amount:
                wait = balance.wait_alone(demand.cost, now)
                if wait:
                    return Quota(False, demand.limit.name, wait / SECOND)
            found.append(balance)
        for balance, demand in zip(found, demands):  # noqa: B905 - same length by construction, and this is the fast path
            balance.spend_alone(demand.cost, now)
        return GRANTED

    def _balance_alone(self, demand: Demand, now: int) -> Balance:
        balance = self._balance(demand, now)
        if now >= balance.until:
            self._balances[demand.key] = balance = Balance(demand.key, demand.limit, now, self._wall())
        if balance.lone_since != self._since:
            balance.enter_alone(now, self._since, self._processes)
        return balance

    def report(self, now: int) -> None:
        """Reports what was spent, gives back what lies idle, forgets what is long unused."""
        link = self._link
        if link is None:
            return
        listed, self._listed = self._listed, []
        for balance in listed:
            if now >= balance.until:
                balance.listed = False
                continue
            ask = balance.regular(now, self._processes)
            if ask is not None:
                link.send(Ticket(balance, 0, None, ahead=False), ask)
            balance.listed = balance.amount > 0 or (balance.until < NEVER and now - balance.touched < FORGET)
            if balance.listed:
                self._listed.append(balance)
        balances = self._balances
        for _ in range(min(SWEEP, len(balances))):
            key, balance = balances.popitem(last=False)
            if balance.listed or balance.asking or now - balance.touched < FORGET:
                balances[key] = balance

    async def _connect(self) -> bool:
        loop = asyncio.get_running_loop()
        link: Link | None = None
        try:
            async with asyncio.timeout(WELCOME):
                _, link = await loop.create_unix_connection(
                    lambda: Link(self.answered, self.lost, DEADLINE), self._path
                )
                link.greet(self._identity, self._epoch)
                epoch = await asyncio.shield(link.welcomed)
            if link.over:
                return False
            self._epoch = epoch
            self.joined(link)
        except (OSError, TimeoutError):
            return False
        finally:
            if link is not None and self._link is not link:
                link.end()
        return True

    def joined(self, link: Link) -> None:
        """A welcomed link takes over; first it carries what was spent without the broker."""
        statements: list[Statement] = []
        now = self._clock()
        for balance in self._balances.values():
            if now < balance.until and (said := balance.statement()):
                statements.append(said)
        link.state(statements)
        self._link = link
        self._connected.set()

    def lost(self) -> None:
        """The link has ended: from now on this process spends its own part."""
        self._link = None
        self._since = self._clock()
        self._connected.clear()
        for balance in self._balances.values():
            balance.lost()

    def _leave(self) -> None:
        link = self._link
        if link is None:
            return
        for balance in self._listed:
            if self._clock() < balance.until:
                link.send(Ticket(balance, 0, None, ahead=False), balance.report(0, 0, max(0, balance.amount)))
        link.flush()
        link.end()


def _kind(limit: Rate | Budget) -> int:
    return limit.length if isinstance(limit, Budget) else 0


def _refusal(balance: Balance, now: int) -> Quota:
    return Quota(False, balance.limit.name, max(1, balance.retry - now) / SECOND)
