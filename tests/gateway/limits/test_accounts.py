"""The books: what restarts, leaving lessees and full books do to a limit."""

from __future__ import annotations

from prodworthy.gateway.limits.accounts import Accounts
from prodworthy.gateway.limits.wire import Ask, Statement
from prodworthy.policy.core.quota import DAY, MINUTE, SECOND

NOW, WALL = 10**15, 20_000 * DAY


def books(spent: int = 0, *, cold: bool = False, max_keys: int = 100) -> Accounts:
    return Accounts(4, NOW, lambda _key, _start: spent, cold=cold, max_keys=max_keys)


def rate(key: str = "w", need: int = 1, extra: int = 0, spent: int = 0, back: int = 0) -> Ask:
    return Ask(key, False, SECOND, 100, 0, need, extra, spent, back)


def budget(need: int, extra: int = 0, back: int = 0, start: int = WALL) -> Ask:
    return Ask("t", True, MINUTE, 1_000, start, need, extra, 0, back)


def test_a_cold_start_gives_no_burst() -> None:
    accounts = books(cold=True)
    first = accounts.ask(1, rate(), NOW, WALL)
    assert (first.granted, first.wait) == (0, SECOND)
    assert accounts.ask(1, rate(), NOW + SECOND, WALL).granted == 1
    assert accounts.ask(1, rate("v", need=100), NOW + 100 * SECOND, WALL).granted == 100


def test_a_reserved_cell_takes_room_until_it_is_given_back() -> None:
    accounts = books()
    leased = accounts.ask(1, rate(need=1, extra=50), NOW, WALL)
    assert leased.granted == 2  # a lease is at most what the rate yields in 50 ms, and at least one cell
    assert accounts.ask(2, rate(need=99), NOW, WALL).granted == 0
    assert accounts.ask(1, rate(need=0, back=1), NOW, WALL).room == 99
    assert accounts.ask(2, rate(need=99), NOW, WALL).granted == 99


def test_what_a_lessee_that_left_had_leased_counts_as_spent() -> None:
    accounts = books()
    assert accounts.ask(1, rate(need=1, extra=1), NOW, WALL).granted == 2
    accounts.leave(1, NOW)
    assert accounts.ask(2, rate(need=0), NOW + 10 * SECOND, WALL).room == 100
    assert accounts.ask(2, rate(need=0), NOW, WALL).room == 98
    accounts.leave(3, NOW)


def test_a_demand_above_the_burst_is_never_granted() -> None:
    answer = books().ask(1, rate(need=101), NOW, WALL)
    assert answer.granted == 0
    assert answer.wait > 0


def test_the_refused_are_served_in_turn() -> None:
    accounts = books()
    assert accounts.ask(1, rate(need=100), NOW, WALL).granted == 100
    assert accounts.ask(2, rate(), NOW + SECOND - 10, WALL).granted == 0
    assert accounts.ask(1, rate(), NOW + SECOND, WALL).granted == 0
    assert accounts.ask(2, rate(), NOW + SECOND, WALL).granted == 1
    assert accounts.ask(1, rate(), NOW + 2 * SECOND, WALL).granted == 1


def test_a_turn_that_nobody_takes_lapses() -> None:
    accounts = books()
    assert accounts.ask(1, rate(need=100), NOW, WALL).granted == 100
    assert accounts.ask(2, rate(), NOW, WALL).granted == 0
    assert accounts.ask(1, rate(), NOW + SECOND, WALL).granted == 1


def test_passed_accounts_are_dropped_and_the_books_are_bounded() -> None:
    accounts = books(max_keys=50)
    for number in range(200):
        accounts.ask(1, rate(f"u{number}"), NOW + number, WALL)
    assert len(accounts) <= 50
    for number in range(60):
        accounts.ask(1, rate(f"v{number}", need=0), NOW + 300 * SECOND + number, WALL)
    assert len(accounts) <= 2
    few = books(max_keys=2)
    for key in "abc":
        few.ask(1, Ask(key, True, DAY, 10, WALL, 1, 0, 0, 0), NOW, WALL)
    assert len(few) == 2


def test_an_evicted_account_survives_its_lessees() -> None:
    accounts = books(max_keys=1)
    accounts.ask(1, rate("a", extra=1), NOW, WALL)
    accounts.ask(1, rate("b"), NOW, WALL)
    accounts.leave(1, NOW)
    assert accounts.ask(1, rate("a", need=0, spent=1), NOW, WALL).room == 99


def test_spending_alone_is_charged_but_not_for_ever() -> None:
    accounts = books()
    accounts.state(1, Statement("w", False, SECOND, 100, 0, 30), NOW, WALL, resumed=True)
    assert accounts.ask(1, rate(need=0), NOW, WALL).room == 70
    accounts.state(1, Statement("w", False, SECOND, 100, 0, 5_000), NOW, WALL, resumed=True)
    assert accounts.ask(1, rate(), NOW + 2 * SECOND, WALL).granted == 1


def test_a_budget_counts_the_larger_of_record_and_memory() -> None:
    def said(amount: int, start: int = WALL) -> Statement:
        return Statement("t", True, MINUTE, 1_000, start, amount)

    accounts = books(spent=500)
    accounts.state(1, said(300), NOW, WALL, resumed=True)
    assert accounts.ask(1, budget(0), NOW, WALL).room == 500
    accounts.state(2, said(400), NOW, WALL, resumed=True)
    assert accounts.ask(1, budget(0), NOW, WALL).room == 300
    accounts.state(3, said(50), NOW, WALL, resumed=False)
    accounts.state(3, said(60), NOW, WALL, resumed=False)
    assert accounts.ask(1, budget(0), NOW, WALL).room == 240
    accounts.state(3, said(999, WALL - MINUTE), NOW, WALL, resumed=False)
    assert accounts.ask(1, budget(0), NOW, WALL).room == 240


def test_a_budget_refuses_until_the_end_of_its_window() -> None:
    accounts = books()
    assert accounts.ask(1, budget(900), NOW, WALL + SECOND).granted == 900
    refused = accounts.ask(2, budget(101), NOW, WALL + 20 * SECOND)
    assert (refused.granted, refused.wait, refused.start) == (0, 40 * SECOND, WALL)
    assert accounts.ask(1, budget(0, back=50), NOW, WALL + 21 * SECOND).room == 150
    next_window = accounts.ask(1, budget(1_000, back=500), NOW, WALL + MINUTE)
    assert (next_window.granted, next_window.room, next_window.start) == (1_000, 0, WALL + MINUTE)
