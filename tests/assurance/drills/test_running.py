"""A run and its end: the outcome, what was undone, what stands on record."""

from __future__ import annotations

import hashlib

import pytest

from prodworthy.assurance.drills import running
from prodworthy.assurance.drills.drill import Drill
from prodworthy.assurance.drills.outcome import Failed, Incomplete
from prodworthy.assurance.drills.run import Run, Terms
from prodworthy.operations.acts import Target
from prodworthy.operations.errors import OperationRefused, PersonMissing, UnknownWorkload
from prodworthy.operations.keys.keys import listed
from prodworthy.record.faults import StoreUnavailable
from tests.assurance.drills.drilled import Place

SECRET = "jane.doe@example.com"


def drill(execute: object) -> Drill:
    return Drill("example", ("PSF-1.2",), "Something.", "None.", "1 s", ("do",), {"n": "many"}, "all", execute)  # type: ignore[arg-type]  # tests hand in what ends in every way


def raising(fault: BaseException) -> Drill:
    def execute(run: Run) -> str:
        run.observe(n=7)
        raise fault

    return drill(execute)


@pytest.mark.parametrize(
    "fault,outcome,detail",
    [
        (Failed("It leaked."), "failed", "It leaked."),
        (Incomplete("Nobody was there."), "incomplete", "Nobody was there."),
        (OperationRefused("Not now."), "incomplete", "Not now."),
        (StoreUnavailable("away"), "incomplete", "away"),
        (KeyboardInterrupt(), "incomplete", "Interrupted before its end."),
        (ValueError(SECRET), "incomplete", "The drill itself broke: ValueError in "),
    ],
)
def test_however_it_ends_it_is_an_outcome_on_record(
    drilled: Place, fault: BaseException, outcome: str, detail: str
) -> None:
    ran = drilled.run(raising(fault), "spare")
    assert (ran.drilled.outcome, ran.drilled.observations) == (outcome, {"n": 7})
    assert ran.drilled.detail.startswith(detail)
    assert SECRET not in ran.drilled.detail
    assert drilled.events("spare", 3) == ["Drilled", "KeyRevoked", "KeyIssued"]
    assert ran.number > 0


def test_everything_is_undone_the_last_first_whatever_fails(drilled: Place) -> None:
    undone: list[str] = []

    def execute(run: Run) -> str:
        run.afterwards("the first", lambda: undone.append("first"))
        run.afterwards("the second", lambda: 1 / 0)
        run.afterwards("the third", lambda: undone.append("third"))
        return "All is well."

    ran = drilled.run(drill(execute), "spare")
    assert undone == ["third", "first"]
    assert ran.drilled.outcome == "failed"
    assert ran.drilled.detail.startswith("CLEAN-UP FAILED, do it by hand: the second (The drill itself broke: Zero")
    assert ran.drilled.detail.endswith(" All is well.")
    assert listed(drilled.store, Target("default", "spare"))[-1].revoked_at is not None


def test_what_cannot_be_recorded_says_so(drilled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("the database is unavailable")

    monkeypatch.setattr(running, "record", away)
    ran = drilled.run(drill(lambda run: "Fine."), "spare")
    assert (ran.drilled.outcome, ran.number, ran.unrecorded) == ("passed", 0, "the database is unavailable")


def test_nobody_can_drill_for_nobody(drilled: Place) -> None:
    with pytest.raises(PersonMissing):
        running.prepared(drilled.installation(), Target("default", "spare"), " ", Terms())
    with pytest.raises(UnknownWorkload, match="Did you mean `spare`"):
        running.prepared(drilled.installation(), Target("default", "spar"), "ada", Terms())


def test_the_digest_is_of_all_that_is_said_of_a_drill_and_of_its_terms() -> None:
    timed = Drill("t", ("PSF-6.4",), "p", "t", "1 s", ("a",), {}, "c", lambda run: "", 300.0, frozenset({"bound"}))
    assert timed.digest(Terms()) == timed.digest(Terms(rate=99, bound=300.0))
    assert timed.digest(Terms()) != timed.digest(Terms(bound=5.0))
    assert timed.bound_of(Terms(bound=0.25)) == 250_000
    text = (
        '{"cleans":"c","criteria":["PSF-6.4"],"name":"t","observes":{},"proves":"p",'
        '"steps":["a"],"terms":{"bound":300000000}}'
    )
    assert timed.digest(Terms()) == hashlib.sha256(text.encode()).hexdigest()
