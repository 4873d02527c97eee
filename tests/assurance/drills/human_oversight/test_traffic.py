"""What the clients of the drill saw, worked out by hand."""

from __future__ import annotations

import pytest

from prodworthy.assurance.drills.human_oversight.traffic import Traffic
from prodworthy.assurance.drills.load import Asked
from tests.assurance.drills.drilled import Place

OFF = "workload_killed"


@pytest.fixture
def traffic(drilled: Place) -> Traffic:
    from prodworthy.assurance.drills.door import Door
    from prodworthy.assurance.drills.voice import voice_of

    run = drilled.prepare("scorer")
    run.door = Door(*drilled.door, drilled.keys["scorer"])
    return Traffic(run, voice_of(run), 1.0)


def test_the_last_byte_is_of_an_answer(traffic: Traffic) -> None:
    traffic.load.asked += [
        Asked(8.0, 9.0, 200),
        Asked(9.9, 10.3, 503, OFF),  # it ran at the kill: its end is the end of an answer
        Asked(10.01, 10.2, 200),
        Asked(10.4, 10.5, 503, OFF),  # a new request that was refused
    ]
    assert traffic.last_byte(10.0) == 10.3
    assert traffic.last_byte(20.0) == 20.0


def test_refused_is_when_it_lasts(traffic: Traffic) -> None:
    assert traffic.refused(10.0) is None
    traffic.load.asked += [Asked(10.1, 10.2, 503, OFF), Asked(10.15, 10.3, 200), Asked(10.4, 10.5, 503, OFF)]
    assert traffic.refused(10.0) == 10.5
    traffic.load.asked += [Asked(10.6, 10.7, 503, OFF), Asked(10.7, 10.75, 429, "rate_limited")]
    assert traffic.refused(10.0) == 10.5
    traffic.load.asked += [Asked(10.8, 10.9, 503, "not_recorded")]
    assert traffic.refused(10.0) is None
