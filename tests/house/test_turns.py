"""Who is `alone` runs beside nobody: the turns that the workers of a test run take."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

import pytest

from tests.conftest import Turns, pytest_collection_modifyitems


def test_one_that_is_alone_waits_for_the_others_and_keeps_later_ones_out(tmp_path: Path) -> None:
    turns, said = Turns(tmp_path), list[str]()
    inside, leave = threading.Event(), threading.Event()

    def alone() -> None:
        with turns.taken(alone=True):
            said.append("alone in")
            inside.set()
            leave.wait(10)
            said.append("alone out")

    def later() -> None:
        with turns.taken(alone=False):
            said.append("later in")

    threads = [threading.Thread(target=alone), threading.Thread(target=later)]
    with turns.taken(alone=False), turns.taken(alone=False):
        threads[0].start()
        while not _locked(tmp_path / "door"):
            assert threads[0].is_alive()
        said.append("others out")
    assert inside.wait(10)
    threads[1].start()
    while not _locked(tmp_path / "door"):
        assert threads[1].is_alive()
    leave.set()
    for thread in threads:
        thread.join(10)
    assert said == ["others out", "alone in", "alone out", "later in"]


def test_what_is_alone_comes_last_and_keeps_its_order(request: pytest.FixtureRequest) -> None:
    items = list(request.session.items)
    again = [*items]
    pytest_collection_modifyitems(again)
    assert again == items
    marked = ["alone" in item.keywords for item in items]
    assert marked == sorted(marked)


def _locked(path: Path) -> bool:
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(file, fcntl.LOCK_UN)
        return False
