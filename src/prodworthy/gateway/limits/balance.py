"""What one gateway process holds of one limit: a balance that it may spend at once, and its part when it is alone."""

from __future__ import annotations

from prodworthy.gateway.limits.accounts import LEASE_SPAN
from prodworthy.gateway.limits.wire import Answer, Ask, Statement
from prodworthy.policy.core.quota import MOST, Budget, Rate, fair_share, window_left, window_start

NEVER = 1 << 62
LONGEST_KEY = 512
IDLE = 2 * LEASE_SPAN  # a balance not spent from for so long is given back
FRESH = 5 * LEASE_SPAN  # what the broker said of a rate is worth something for so long when the broker is lost
LOOK = 4 * LEASE_SPAN  # as REFRESH, while some of the budget is held that others may come to lack
REFRESH = 20 * LEASE_SPAN  # how often the room of a budget is asked for while the budget is in use
PLAN = 10 * LEASE_SPAN  # of a budget a process holds about what it spends in this time
LONGEST_BLOCK = 2 * LEASE_SPAN  # a refusal is not asked about again for at most so long: others may give back


class Balance:
    """One key. All times are monotonic ns, except `start` (ns since 1970).

    What every change keeps: the broker has `amount + spent` cells reserved for this process (a rate), or has given it
    `amount + spent` units in this window (a budget, where `spent` is all that was spent in the window).
    Raises ValueError for a key above LONGEST_KEY characters, or a burst or budget above MOST.
    """

    __slots__ = (
        "amount", "asked", "asking", "blocked", "blocked_cost", "depth", "heard", "key", "limit", "listed",
        "lone_since", "low", "mark", "marked", "pace", "retry", "room", "spent", "start", "step", "tat", "touched",
        "unit", "until", "want",
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
        self.asked = -NEVER  # when more was last asked for
        self.unit = 1  # what was last needed at once; a budget is leased in multiples of it
        self.pace = 0  # spent of a budget in PLAN, when last measured
        self.mark = 0  # `spent` when the present measurement began
        self.marked = now
        self.touched = now
        self.asking = False  # an ask for more than is needed at once is on its way
        self.listed = False  # the regular report looks at it
        self.heard = -NEVER  # when the broker last said what room there is
        self.room = 0
        self.lone_since = 0  # the absence of the broker that `tat` belongs to
        self.tat = 0
        self.step = self.depth = 0  # the part of a rate in that absence: its interval, and its whole burst in ns
        self.start = 0
        self.until = NEVER
        if isinstance(limit, Budget):
            self.open_window(window_start(wall, limit.length), now + window_left(wall, limit.length))

    def open_window(self, start: int, until: int) -> None:
        """A budget's new window: nothing spent, nothing held."""
        self.start, self.until = start, until
        self.mark -= self.spent
        self.amount = self.low = self.spent = self.blocked = 0
        self.heard = -NEVER

    def ask(self, need: int, now: int) -> Ask:
        """An ask for `need` cells to spend at once, with the report.

        It asks for as many more as recent use suggests, unless such an ask is on its way: `asking` says which it is.
        """
        need = min(need, 2 * MOST)  # refused all the same
        if need:
            self.unit = need
        if self.asking:
            return self.report(need, 0, 0)
        self.asking = True
        limit = self.limit
        if isinstance(limit, Budget):
            self._measure(now)
            held = max(0, self.amount) if now < self.until else 0
            extra = max(0, self.want - held)
            if not extra:
                self.low = min(self.low, (held + 1) // 2)  # enough for less use than before
            return self.report(need, min(-(-extra // self.unit) * self.unit, 2 * MOST), 0)
        gap, self.asked = now - self.asked, now
        if gap < LEASE_SPAN:
            self.want = min(max(2 * self.want, need, 1), limit.burst)
        elif gap > 4 * LEASE_SPAN:
            self.want //= 4
        return self.report(need, max(0, self.want - max(0, self.amount)), 0)

    def _measure(self, now: int) -> None:
        """Of a budget, what is spent in PLAN: in the last measured time, or in the present one if that is more."""
        gap = now - self.marked
        if gap >= PLAN:
            self.pace = max(0, self.spent - self.mark) * PLAN // gap
            self.mark, self.marked = self.spent, now
        self.want = max(self.pace, self.spent - self.mark)

    def settle(self, excess: int, now: int) -> None:
        """Charges (below 0: refunds) what a grant in this window took more than its cost. It changes no measurement."""
        self.amount -= excess
        self.spent += excess
        self.mark += excess
        self.touched = now

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
        self._measure(now)
        keep = 0 if idle else min(2 * self.want, fair_share(self.room + max(0, self.amount), 2 * processes))
        back = max(0, self.amount - (keep - keep % self.unit))
        if back:
            self.blocked = 0  # what goes back may be asked for again
            self.low = min(self.low, (self.amount - back + 1) // 2)
        if self.amount < 0 or back or now - self.heard > (LOOK if self.amount else REFRESH):
            return self.report(0, 0, back)
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

    def wait_alone(self, cost: int, now: int) -> int:
        """Ns to wait before a `cost` above the amount may be spent without the broker, after `enter_alone`; 0: now."""
        if not self.step:
            return max(1, self.until - now)
        # `gcra` with a tolerance of depth - step, written out: this is on the way of every request.
        tat = self.tat
        wait = (tat if tat > now else now) + self.step * cost - self.depth - now
        return wait if wait > 0 and cost > 0 else 0

    def spend_alone(self, cost: int, now: int) -> None:
        """Spends what the amount covers or `wait_alone` found free."""
        self.touched = now
        step = self.step
        if cost <= self.amount:
            self.amount -= cost
            if not step:
                self.spent += cost
        elif step:
            tat = self.tat
            self.tat = (tat if tat > now else now) + step * cost
            self.spent += cost

    def enter_alone(self, now: int, since: int, processes: int) -> None:
        """The broker is absent since `since`: from now on there is what is left of a lease, and this process's share.

        That is the rate over `processes`, with as much of the burst as the broker saw free just before; of a budget the
        rest over `processes`, as known at most REFRESH ago, or what an even use would have left where this process
        never met the budget. A burst smaller than the number of processes is one cell for each: the rate still holds,
        the burst is then at most one cell per process.
        """
        self.lone_since = since
        limit = self.limit
        if isinstance(limit, Rate):
            self.part(processes)
            free, start = 1, now
            if self.heard >= 0:
                start = since
                free = fair_share(self.room, processes) if since - self.heard < FRESH else min(self.room, 1)
            self.tat = start + max(0, self.depth - free * self.step)
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

    def part(self, processes: int) -> None:
        """The part of a rate that a process has alone; nothing for a budget."""
        limit = self.limit
        if isinstance(limit, Rate):
            self.step = limit.interval * processes
            self.depth = max(1, limit.burst // processes) * self.step
