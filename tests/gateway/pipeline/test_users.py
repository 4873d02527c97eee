from __future__ import annotations

import random

from prodworthy.gateway.pipeline.users import Users

DESK, OTHER = ("default", "desk"), ("default", "other")


def test_a_workload_that_nobody_counts_has_no_answer() -> None:
    users = Users()
    users.let_in(DESK, "ada")
    assert users.room(DESK, "ada", 5) is None
    users.learn({DESK: frozenset()})
    assert users.room(DESK, "ada", 1) is True
    users.let_in(DESK, "ada")
    users.learn({OTHER: frozenset()})
    assert users.room(DESK, "ada", 5) is None
    users.learn({DESK: frozenset()})
    assert users.room(DESK, "bo", 1) is True, "whom it let in before counts again once the record has them"


def test_never_more_than_the_cap_whatever_the_record_says_when() -> None:
    """One process that lets users in, and a record that learns of them late, in any order."""
    for seed in range(200):
        dice, users = random.Random(seed), Users()
        most, record, served = dice.randrange(1, 6), set[str](), set[str]()
        users.learn({DESK: frozenset()})
        for _ in range(60):
            user = f"user {dice.randrange(12)}"
            room = users.room(DESK, user, most)
            assert room is (user in served or len(served) < most), f"seed {seed}"
            if room:
                users.let_in(DESK, user)
                served.add(user)
            if dice.random() < 0.3 and served - record:
                record.add(min(served - record))
                users.learn({DESK: frozenset(record)})
        assert len(served) <= most
