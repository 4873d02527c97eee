"""Every kind of load, carried out against the upstream of the benchmarks alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.http import chat_body
from bench.load import Plan
from bench.rig import Candidate, send, upstream


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with upstream() as running:
        yield running


def test_a_closed_loop_is_answered(port: int) -> None:
    figures = send(Plan("closed", port, "none", chat_body().decode(), 4, seconds=0.3, warm=0.1))
    assert figures.answers == figures.passed > 0
    assert figures.faults == figures.stalled == 0
    assert 0 < figures.times[0] <= figures.times[2] <= figures.times[3]
    assert figures.rate > 0


def test_an_open_loop_sends_at_its_rate_and_does_not_count_the_upstreams_own_time(port: int) -> None:
    plan = Plan("open", port, "none", chat_body("bench:200:0:0;").decode(), 100, seconds=1.0, rate=100.0)
    figures = send(plan)
    assert figures.answers == figures.passed == 100
    assert figures.times[0] < 200_000


def test_an_open_loop_without_a_free_connection_counts_the_waiting(port: int) -> None:
    plan = Plan("open", port, "none", chat_body("bench:100:0:0;").decode(), 1, seconds=0.5, rate=10.0)
    figures = send(plan)
    assert figures.answers == 5
    assert figures.stalled == 0


def test_streams_end_with_all_their_chunks(port: int) -> None:
    figures = send(Plan("streams", port, "none", chat_body("bench:0:7:1000;", stream=True).decode(), 5, count=5))
    assert (figures.answers, figures.passed, figures.chunks, figures.stalled) == (5, 5, 35, 0)


def test_aborted_streams_are_counted(port: int) -> None:
    plan = Plan("aborts", port, "none", chat_body("bench:0:1000:5000;", stream=True).decode(), 3, count=9)
    figures = send(plan)
    assert (figures.answers, figures.stalled, figures.faults) == (9, 0, 0)


def test_what_listens_nowhere_is_an_error() -> None:
    candidate = Candidate("nobody", 1, "none")
    with pytest.raises(Exception, match="returned non-zero"):
        send(Plan("closed", candidate.port, "none", chat_body().decode(), 1, seconds=0.1))
