from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from prodworthy.operations.acts import Act, Attested, NotApplied, Overridden, Seconded, Target, Waived, Withdrawn
from prodworthy.operations.errors import UnknownWorkload
from prodworthy.operations.event_log import recorded
from prodworthy.operations.roster.roster import apply
from prodworthy.operations.statements.errors import CannotSecond, TimeRefused, UnknownSubject, WordsRefused
from prodworthy.operations.statements.statements import DAY, LONGEST_TEXT, Statement, second, state, withdraw
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.record.store.database import Store

NOW = 1_790_000_000 * 10**9
ANA, BEN = Act("ana", NOW), Act("ben", NOW + 1)
CRITERIA = ("PSF-3.4", "PSF-7.2")
SAID = Attested("PSF-3.4", "the contract of 2 May", NOW + 90 * DAY)


@pytest.fixture
def target(store: Store) -> Target:
    manifest = Manifest("help-desk", "ana", (Model("vendor", "model"),))
    apply(store, manifest, ANA)
    return Target("default", "help-desk")


def test_a_statement_is_recorded_with_its_person_and_time(store: Store, target: Target) -> None:
    number = state(store, target, SAID, CRITERIA, ANA)
    with store.connect() as connection:
        newest = recorded(connection, target)[0]
    assert (newest.id, newest.actor, newest.at, newest.event) == (number, "ana", NOW, SAID)


@pytest.mark.parametrize(
    "said",
    [
        NotApplied("PSF-7.2", "no tools", NOW + DAY),
        Waived("PSF-7.2", "late", "a person looks", NOW + DAY),
        Overridden("production", "the clinic needs it", NOW + DAY),
        Attested("review", "held on Monday", NOW + DAY, document="ab" * 32),
    ],
)
def test_every_kind_can_be_stated_seconded_and_withdrawn(store: Store, target: Target, said: Statement) -> None:
    number = state(store, target, said, CRITERIA, ANA)
    assert second(store, target, number, BEN).event == said
    assert withdraw(store, target, number, "a mistake", BEN).event == said
    with store.connect() as connection:
        assert [one.event for one in recorded(connection, target)[:2]] == [
            Withdrawn(number, "a mistake"),
            Seconded(number),
        ]


def test_nobody_seconds_twice_or_their_own(store: Store, target: Target) -> None:
    number = state(store, target, SAID, CRITERIA, ANA)
    with pytest.raises(CannotSecond, match="another person"):
        second(store, target, number, ANA)
    second(store, target, number, BEN)
    with pytest.raises(CannotSecond, match="another person"):
        second(store, target, number, BEN)


def test_what_was_withdrawn_or_expired_is_not_seconded(store: Store, target: Target) -> None:
    number = state(store, target, SAID, CRITERIA, ANA)
    with pytest.raises(CannotSecond, match="expired"):
        second(store, target, number, Act("ben", NOW + 91 * DAY))
    withdraw(store, target, number, "a mistake", ANA)
    with pytest.raises(CannotSecond, match="withdrawn"):
        second(store, target, number, BEN)


def test_withdrawing_another_statement_changes_nothing_of_this_one(store: Store, target: Target) -> None:
    first, other = (state(store, target, SAID, CRITERIA, ANA) for _ in range(2))
    withdraw(store, target, other, "twice", ANA)
    assert second(store, target, first, BEN).id == first


@pytest.mark.parametrize("number", [0, 1, -1, 10**30])
def test_only_a_statement_of_this_workload_is_seconded(store: Store, target: Target, number: int) -> None:
    with pytest.raises(CannotSecond, match="no statement"):
        second(store, target, number, BEN)


@pytest.mark.parametrize(
    "said,refused",
    [
        (msgspec.structs.replace(SAID, subject="PSF-3.5"), UnknownSubject),
        (NotApplied("review", "r", NOW + DAY), UnknownSubject),
        (Overridden("heaven", "r", NOW + DAY), UnknownSubject),
        (msgspec.structs.replace(SAID, until=NOW), TimeRefused),
        (msgspec.structs.replace(SAID, until=NOW + 366 * DAY), TimeRefused),
        (Overridden("production", "r", NOW + 4 * DAY), TimeRefused),
        (msgspec.structs.replace(SAID, statement=" "), WordsRefused),
        (msgspec.structs.replace(SAID, statement="x" * (LONGEST_TEXT + 1)), WordsRefused),
        (msgspec.structs.replace(SAID, scope="x" * (LONGEST_TEXT + 1)), WordsRefused),
        (msgspec.structs.replace(SAID, document="AB" * 32), WordsRefused),
        (Waived("PSF-7.2", "late", "", NOW + DAY), WordsRefused),
    ],
)
def test_what_cannot_be_stated_leaves_nothing(
    store: Store, target: Target, said: Statement, refused: type[Exception]
) -> None:
    with store.connect() as connection:
        before = recorded(connection, target)
    with pytest.raises(refused):
        state(store, target, said, CRITERIA, ANA)
    with store.connect() as connection:
        assert recorded(connection, target) == before


@pytest.mark.parametrize(
    "act",
    [
        lambda store, nobody: state(store, nobody, SAID, CRITERIA, ANA),
        lambda store, nobody: second(store, nobody, 1, BEN),
        lambda store, nobody: withdraw(store, nobody, 1, "r", BEN),
    ],
    ids=["state", "second", "withdraw"],
)
def test_an_unknown_workload_is_refused(store: Store, target: Target, act: Callable[[Store, Target], object]) -> None:
    with pytest.raises(UnknownWorkload):
        act(store, Target("default", "nobody"))


def test_a_withdrawal_needs_a_reason(store: Store, target: Target) -> None:
    number = state(store, target, SAID, CRITERIA, ANA)
    with pytest.raises(WordsRefused, match="reason"):
        withdraw(store, target, number, "", ANA)
