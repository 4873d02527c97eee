"""The books of the one authority over all limits: who may spend what, and what is reserved for whom.

A cell is charged when it is spent, not when it is leased. A leased cell is *reserved*: it takes room, but does not
drain, until its holder reports it spent or gives it back. So spending conforms to the limit exactly, however long a
lease is held; what a lease costs is only that its room is closed to others meanwhile. All reservations under a rate
together are at most a quarter of its burst: while anyone is refused, at least three quarters drain, no rate is lost.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from prodworthy.gateway.limits.wire import Answer, Ask, Statement
from prodworthy.policy.core.quota import SECOND, conforming, fair_share, gcra, window_left, window_start

LEASE_SPAN = SECOND // 20  # a lease holds at most what the rate yields in this time
PAUSE = SECOND // 200  # under a high rate, a refused gateway collects room this long instead of asking for each cell
GRACE = SECOND // 100  # how long after its turn came a refused gateway's turn is kept
DEBT_SPAN = SECOND // 4  # what gateways spent alone is charged up to this far below an empty balance
MAX_KEYS = 1_000_000  # about 0.35 KB each

SpentBefore = Callable[[str, int], int]
"""(key of a budget, start of its window in ns since 1970) -> units spent in that window before this broker began.

Asked once per budget after a restart, on the broker's loop: it must answer from memory and must not raise.
"""


class RateAccount:
    """One rate: what is charged (its TAT), what is reserved, and whose turn it is."""

    __slots__ = ("held", "holders", "interval", "tat", "turns")

    def __init__(self, tat: int) -> None:
        self.tat = tat
        self.interval = 1
        self.held = 0
        self.holders: dict[int, int] | None = None  # lessee -> leased cells not yet reported
        self.turns: dict[int, int] | None = None  # lessee that was refused -> until when its turn is kept


class BudgetAccount:
    """One budget in one window."""

    __slots__ = ("base", "committed", "restated", "shares", "start")

    def __init__(self, start: int, base: int) -> None:
        self.start = start
        self.base = base  # spent in this window before this broker began
        self.committed = base  # spent or leased; may exceed the budget by debts only
        self.restated = 0  # the part of the base that gateways remember themselves
        self.shares: dict[int, int] = {}  # lessee -> spent or leased by it


class Accounts:
    """Every limit's state, bounded by `max_keys` rates and as many budgets; no I/O, the clocks are passed in.

    A rate's account is dropped once its TAT has passed (it is then the same as none). At the bound the least recently
    asked account is forgotten, and with it what was spent of that limit: the bound must exceed the keys in use within
    one burst's recovery. `cold`: begin every rate with its burst spent, as it may have been just before a restart.
    """

    def __init__(
        self, processes: int, born: int, spent_before: SpentBefore, *, cold: bool = True, max_keys: int = MAX_KEYS
    ) -> None:
        self._processes = processes
        self._born = born
        self._cold = cold
        self._spent_before = spent_before
        self._max_keys = max_keys
        self._rates: OrderedDict[str, RateAccount] = OrderedDict()
        self._budgets: OrderedDict[str, BudgetAccount] = OrderedDict()
        self._leased: dict[int, set[str]] = {}

    def __len__(self) -> int:
        return len(self._rates) + len(self._budgets)

    def ask(self, lessee: int, ask: Ask, now: int, wall: int) -> Answer:
        """Decides one ask. now: monotonic ns; wall: ns since 1970."""
        if ask.budget:
            return self._ask_budget(lessee, ask, wall)
        account = self._rate(ask.key, ask.span, ask.bound, now)
        if ask.spent or ask.back:
            self._report(lessee, account, ask, now)
        return self._ask_rate(lessee, account, ask, now)

    def state(self, lessee: int, said: Statement, now: int, wall: int, *, resumed: bool) -> None:
        """Books what a lessee spent without the broker. resumed: it last spoke to an earlier life of this broker."""
        if not said.budget:
            account = self._rate(said.key, said.span, said.bound, now)
            ceiling = now + said.span * said.bound + max(DEBT_SPAN, said.span)
            account.tat = max(account.tat, min(max(account.tat, now) + said.span * said.amount, ceiling))
            return
        budget = self._budget(said.key, said.span, wall)
        if budget.start != said.start:
            return
        before = budget.shares.get(lessee)
        budget.shares[lessee] = said.amount
        if before is None and resumed:
            # The base and the lessees' memories are two lower bounds of one truth: the larger one counts.
            budget.restated += said.amount
            missed = max(0, budget.restated - budget.base)
            budget.base += missed
            budget.committed += missed
        else:
            budget.committed += said.amount - (before or 0)

    def leave(self, lessee: int, now: int) -> None:
        """The lessee is gone: what it had leased of rates counts as spent now. Its budgets stay committed."""
        for key in self._leased.pop(lessee, ()):
            account = self._rates.get(key)
            if account is None or account.holders is None:
                continue
            cells = account.holders.pop(lessee, 0)
            account.held -= cells
            account.tat = max(account.tat, now) + account.interval * cells

    def _rate(self, key: str, interval: int, burst: int, now: int) -> RateAccount:
        rates = self._rates
        account = rates.get(key)
        if account is None:
            self._make_room(now)
            account = rates[key] = RateAccount(self._born + interval * burst if self._cold else 0)
        else:
            rates.move_to_end(key)
        account.interval = interval
        return account

    def _make_room(self, now: int) -> None:
        """Each new key looks at the two oldest: the passed ones go, so that the books shrink as fast as they grow."""
        for _ in range(2):
            if not self._rates:
                return
            key, oldest = self._rates.popitem(last=False)
            if len(self._rates) < self._max_keys - 1 and (oldest.held or oldest.tat > now):
                self._rates[key] = oldest
                self._rates.move_to_end(key, last=False)
                return

    def _report(self, lessee: int, account: RateAccount, ask: Ask, now: int) -> None:
        holders = account.holders if account.holders is not None else {}
        before = holders.get(lessee, 0)
        after = max(0, before - ask.spent - ask.back)
        account.held += after - before
        account.tat = max(account.tat, now) + ask.span * ask.spent
        self._hold(lessee, account, ask.key, after)

    def _hold(self, lessee: int, account: RateAccount, key: str, cells: int) -> None:
        if account.holders is None:
            account.holders = {}
        if cells:
            account.holders[lessee] = cells
            self._leased.setdefault(lessee, set()).add(key)
        else:
            account.holders.pop(lessee, None)
            self._leased.get(lessee, set()).discard(key)

    def _ask_rate(self, lessee: int, account: RateAccount, ask: Ask, now: int) -> Answer:
        interval = ask.span
        tolerance = (ask.bound - 1 - account.held) * interval
        room = conforming(account.tat, now, interval, tolerance)
        if not ask.need and not ask.extra:
            return Answer(0, 0, room, 0)
        ahead = _turns_before(account, lessee, now)
        if ask.need + ahead > room:
            if not ask.need:
                return Answer(0, 0, room, 0)
            wait = gcra(account.tat, now, interval, tolerance, min(ask.need + ahead, ask.bound)).wait
            wait = max(wait, min(PAUSE, interval * ask.bound // 4), 1)
            _keep_turn(account, lessee, now + min(wait, 2 * LEASE_SPAN) + GRACE)
            return Answer(0, wait, room, 0)
        if account.turns is not None:
            account.turns.pop(lessee, None)
        account.tat = max(account.tat, now) + interval * ask.need
        extra = self._lease(lessee, account, ask, room - ask.need - ahead)
        return Answer(ask.need + extra, 0, room - ask.need - extra, 0)

    def _lease(self, lessee: int, account: RateAccount, ask: Ask, room: int) -> int:
        if not ask.extra:
            return 0
        held = account.holders.get(lessee, 0) if account.holders else 0
        most = min(-(-LEASE_SPAN // ask.span), ask.bound // (4 * self._processes)) - held
        extra = min(ask.extra, most, -(-room // self._processes))
        if extra <= 0:
            return 0
        account.held += extra
        self._hold(lessee, account, ask.key, held + extra)
        return extra

    def _budget(self, key: str, length: int, wall: int) -> BudgetAccount:
        start = window_start(wall, length)
        budget = self._budgets.get(key)
        if budget is None or budget.start != start:
            if budget is None and len(self._budgets) >= self._max_keys:
                self._budgets.popitem(last=False)
            budget = self._budgets[key] = BudgetAccount(start, self._spent_before(key, start))
        self._budgets.move_to_end(key)
        return budget

    def _ask_budget(self, lessee: int, ask: Ask, wall: int) -> Answer:
        budget = self._budget(ask.key, ask.span, wall)
        share = budget.shares.get(lessee, 0)
        if ask.back and ask.start == budget.start:
            budget.committed -= ask.back
            share -= ask.back
        room = max(0, ask.bound - budget.committed)
        wait = 0
        granted = 0
        if ask.need > room:
            wait = window_left(wall, ask.span)
        else:
            granted = ask.need + _ahead(ask, fair_share(room - ask.need, 4 * self._processes))
            budget.committed += granted
        budget.shares[lessee] = share + granted
        return Answer(granted, wait, room - granted, budget.start)


def _ahead(ask: Ask, fair: int) -> int:
    """What of a budget is leased beyond the need: at most `fair`, and nothing that would only lie about.

    Where all that was wanted is too much, whole multiples of the need are given, and none without a need: what is
    left over of a lease, too little for the next request, is missing to others when the budget runs out.
    """
    if ask.extra <= fair:
        return ask.extra
    return fair - fair % ask.need if ask.need else 0


def _turns_before(account: RateAccount, lessee: int, now: int) -> int:
    """How many other lessees were refused before this one and still have their turn: none of them may starve."""
    if not account.turns:
        return 0
    for late in [who for who, until in account.turns.items() if until <= now]:
        del account.turns[late]
    before = 0
    for who in account.turns:
        if who == lessee:
            break
        before += 1
    return before


def _keep_turn(account: RateAccount, lessee: int, until: int) -> None:
    if account.turns is None:
        account.turns = {}
    account.turns[lessee] = until
