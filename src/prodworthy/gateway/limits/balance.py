"""What one gateway process holds of one limit: a balance that it may spend at once, and its part when it is alone."""

from __future__ import annotations

from prodworthy.gateway.limits.accounts import LEASE_SPAN
from prodworthy.gateway.limits.wire import Answer, Ask, Statement
from prodworthy.policy.core.quota import Budget, Rate, fair_share, gcra, window_left, window_start

NEVER = 1 << 62
MOST = 1 << 40  # units in one limit or one demand; beyond any real one, and safe to add up
LONGEST_KEY = 512
IDLE = 2 * LEASE_SPAN  # a balance not spent from for so long is given back
FRESH = 5 * LEASE_SPAN  # what the broker said of a rate is worth something for so long when the broker is lost
REFRESH = 20 * LEASE_SPAN  # how often the room of a budget is asked for while the budget is in use
LONGEST_BLOCK = 2 * LEASE_SPAN  # a refusal is not asked about again for at most so long: others may give back


class Balance:
    """One key. All times are monotonic ns, except `start` (ns since 1970).

    What every change keeps: the broker has `amount + spent` cells reserved for this process (a rate), or has given it
    `amount + spent` units in this window (a budget, where `spent` is all that was spent in the window).
    Raises ValueError for a key above LONGEST_KEY characters, or a burst or budget above MOST.
    """

    __slots__ = (
        "amount", "asked", "asking", "blocked", "blocked_cost", "heard", "key", "limit", "listed", "lone_since", "low",
        "retry", "room", "spent", "start", "tat", "touched", "until", "want",
    )  # fmt: skip

    def __init__(self, key: str, limit: Rate | Budget, now: int, wall: int) -> None:
        bound = limit.burst if isinstance(limit, Rate) else limit.amount
        span = limit.interval if isinstance(limit, Rate) else limit.length
        if not (0 < len(key) <= LONGEST_KEY and 0 <= bound <= MOST and 0 < span < NEVER >> 4):
            raise ValueError("a key or limit out of bounds")
        self.key = key
        self.limit = limit
        self.amount = 0  # may be spent without asking; below 0 it is a debt
        self.low = 0  # below this, more is fetched ahead
        self.spent = 0
        self.blocked = 0  # until then, a cost of blocked_cost or more is refused without asking
        self.blocked_cost = 0
        self.retry = 0  # when the broker said to try again
        self.want = 0  # the balance that recent use suggests
        self.asked = -NEVER
        self.touched = now
        self.asking = False  # more is being fetched ahead
        self.listed = False  # the regular report looks at it
        self.heard = -NEVER  # when the broker last said what room there is
        self.room = 0
        self.lone_since = 0  # the absence of the broker that `tat` belongs to
        self.tat = 0
        self.start = 0
        self.until = NEVER
        if isinstance(limit, Budget):
            self.open_window(window_start(wall, limit.length), now + window_left(wall, limit.length))

    def open_window(self, start: int, until: int) -> None:
        """A budget's new window: nothing spent, nothing held."""
        self.start, self.until = start, until
        self.amount = self.low = self.spent = self.blocked = 0
        self.heard = -NEVER

    def ask(self, need: int, now: int, processes: int) -> Ask:
        """An ask for `need` cells to spend at once and as many more as recent use suggests, with the report."""
        need = min(need, 2 * MOST)  # refused all the same
        gap = now - self.asked
        self.asked = now
        limit = self.limit
        if gap < LEASE_SPAN:
            most = limit.burst if isinstance(limit, Rate) else fair_share(limit.amount, 8 * processes)
            self.want = min(max(2 * self.want, need, 1), most)
        elif gap > 4 * LEASE_SPAN:
            self.want //= 4
        return self.report(need, max(0, self.want - max(0, self.amount)), 0)

    def report(self, need: int, extra: int, back: int) -> Ask:
        """An ask that gives back `back` of the amount; a debt is handed over whole."""
        limit = self.limit
        if self.amount < 0:
            back += self.amount
        self.amount -= back
        if isinstance(limit, Budget):
            return Ask(self.key, True, limit.length, limit.amount, self.start, need, extra, 0, back)
        spent, self.spent = self.spent, 0
        return Ask(self.key, False, limit.interval, limit.burst, 0, need, extra, spent, back)

    def receive(self, ask: Ask, answer: Answer, now: int, wall: int) -> bool:
        """Books an answer; says whether the need was granted. The need itself is spent by the one who asked."""
        granted = answer.granted > 0 or ask.need == 0
        current = not ask.budget or self._same_window(ask, answer, now, wall)
        if not current:
            return granted
        self.heard, self.room = now, answer.room
        if not granted:
            self.blocked = now + min(answer.wait, LONGEST_BLOCK)
            self.blocked_cost = ask.need
            self.retry = now + answer.wait
            return False
        extra = max(0, answer.granted - ask.need)
        self.amount += extra
        if ask.budget:
            self.spent += ask.need
        if extra:
            self.low = (self.amount + 1) // 2
            self.touched = now
        elif ask.extra:
            self.low = 0
        return True

    def _same_window(self, ask: Ask, answer: Answer, now: int, wall: int) -> bool:
        if answer.start > self.start:
            self.open_window(answer.start, now + max(1, answer.start + ask.span - wall))
        return answer.start == self.start

    def put_back(self, cost: int, start: int, now: int) -> None:
        """Cells that were granted, in the window that began at `start` (0: a rate), and not used after all."""
        if start != self.start:
            return
        self.amount += cost
        self.spent -= cost
        self.touched = now

    def regular(self, now: int, processes: int) -> Ask | None:
        """What the broker should hear now without being asked for anything; None when nothing."""
        idle = now - self.touched > IDLE
        if isinstance(self.limit, Rate):
            back = max(0, self.amount) if idle else 0
            return self.report(0, 0, back) if self.spent or back else None
        surplus = self.amount - 2 * max(self.want, fair_share(self.limit.amount, 64 * processes))
        back = self.amount if idle else max(0, surplus)
        if self.amount < 0 or back > 0 or now - self.heard > REFRESH:
            return self.report(0, 0, max(0, back))
        return None

    def statement(self) -> Statement | None:
        """What the broker must know after an absence; what is left of old leases is given up."""
        limit, spent = self.limit, max(0, self.spent)
        self.amount = self.low = 0
        self.asking = False
        if isinstance(limit, Budget):
            return Statement(self.key, True, limit.length, limit.amount, self.start, spent)
        self.spent = 0
        return Statement(self.key, False, limit.interval, limit.burst, 0, spent) if spent else None

    def lost(self) -> None:
        """The broker is gone: it has charged the leased cells already, so that spending them is no longer reported."""
        self.asking = False
        self.low = 0
        if isinstance(self.limit, Rate):
            self.spent = 0

    def wait_alone(self, cost: int, now: int, since: int, processes: int) -> int:
        """Ns to wait before `cost` may be spent with the broker absent since `since`; 0: now.

        What is left of a lease is spent first. Then a process has its share: the rate over `processes`, with as much
        of the burst as the broker saw free just before; a budget's rest over `processes`, as known at most REFRESH ago,
        or what an even use would have left where this process never met the budget. A burst smaller than the number of
        processes is one cell for each: the rate still holds, the burst is then at most one cell per process.
        """
        if self.lone_since != since:
            self._enter_alone(now, since, processes)
        if cost <= self.amount:
            return 0
        limit = self.limit
        if isinstance(limit, Budget):
            return max(1, self.until - now)
        interval, burst = limit.interval * processes, max(1, limit.burst // processes)
        return gcra(self.tat, now, interval, (burst - 1) * interval, cost).wait

    def spend_alone(self, cost: int, now: int, processes: int) -> None:
        """Spends what `wait_alone` found free."""
        self.touched = now
        limit = self.limit
        if cost <= self.amount:
            self.amount -= cost
            if isinstance(limit, Budget):
                self.spent += cost
            return
        if isinstance(limit, Rate):
            self.tat = max(self.tat, now) + limit.interval * processes * cost
            self.spent += cost

    def _enter_alone(self, now: int, since: int, processes: int) -> None:
        self.lone_since = since
        limit = self.limit
        if isinstance(limit, Rate):
            interval, burst = limit.interval * processes, max(1, limit.burst // processes)
            free, start = 1, now
            if self.heard >= 0:
                start = since
                free = fair_share(self.room, processes) if since - self.heard < FRESH else min(self.room, 1)
            self.tat = start + (burst - min(free, burst)) * interval
            return
        left = min(limit.length, self.until - now)
        share = fair_share(limit.amount, processes)
        if self.heard < 0:
            share = share * left // limit.length
        elif since - self.heard <= REFRESH + FRESH:
            share = fair_share(self.room, processes)
        else:
            share = min(fair_share(self.room, processes), max(0, share - self.spent))
        self.amount = max(0, self.amount) + share
