from __future__ import annotations

from sqlalchemy import update

from prodworthy.operations.acts import Target
from prodworthy.operations.roster.standings import standing_of, standings
from prodworthy.policy.core.stages import NEVER_ASSESSED, Assessed, Gap, Override, Scope
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import standing
from tests.standing import stand

GAP = {"criterion": "PSF-7.3", "text": "Secrets pass.", "next": "Enforce PSF-7.3."}


def test_a_workload_that_nobody_assessed_is_in_experiment(store: Store, desk: Target) -> None:
    with store.connect() as connection:
        assert standing_of(connection, desk) == NEVER_ASSESSED
        assert standings(connection) == {}


def test_what_the_assessor_wrote_is_read(store: Store, desk: Target) -> None:
    over = {"stage": "Pilot", "until": 9, "reason": "a fair"}
    scope = {"users": 5, "rate": [10, 1000], "tools": ["look"], "classes": []}
    stand(store, desk, "Pilot", True, **scope, held_by="PSF-7.3", freeze=[GAP], override=over, more="ignored")
    stand(store, Target("other", "help-desk"), "Scaled")
    gap = Gap("PSF-7.3", "Secrets pass.", "Enforce PSF-7.3.")
    want = Assessed(
        "Pilot", True, Scope(5, (10, 1000), ("look",), ()), "PSF-7.3", (), (gap,), Override("Pilot", 9, "a fair"), 1
    )
    with store.connect() as connection:
        assert standing_of(connection, desk) == want
        assert {target.tenant: found.stage for target, found in standings(connection).items()} == {
            "default": "Pilot",
            "other": "Scaled",
        }
        assert list(standings(connection, "other")) == [Target("other", "help-desk")]
    assert (want.freezes(8), want.freezes(9)) == (False, True)


def test_a_row_that_cannot_be_read_opens_nothing(store: Store, desk: Target) -> None:
    for column, value in (("scope", '{"users": "many"}'), ("summary", "[]"), ("stage", "Gold")):
        stand(store, desk, "Scaled")
        with store.begin() as connection:
            connection.execute(update(standing).values({column: value}))
        with store.connect() as connection:
            found = standing_of(connection, desk)
        assert (found.stage, found.frozen) == ("Experiment", True)
        assert "cannot be read" in found.held_by
