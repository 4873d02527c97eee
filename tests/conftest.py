"""Tests beside each other: with `pytest -n 2` each file keeps its place and its order on one worker, and tests that are
marked `alone` come last and run while nothing else does.

A test is marked where it judges by the clock, or watches a whole installation start and end: on a machine whose
cores are all taken such a test would judge its neighbours.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling


class Files(LoadGroupScheduling):  # type: ignore[misc]  # xdist ships no types
    """A file at a time, so that what it keeps for all its tests is made once."""

    def _split_scope(self, nodeid: str) -> str:
        return str(super()._split_scope(nodeid)).partition("::")[0]


class Turns:
    """Ordinary tests share the room; one that is `alone` has it to itself, whichever worker it runs on."""

    def __init__(self, folder: Path) -> None:
        self._door, self._room = folder / "door", folder / "room"

    @contextlib.contextmanager
    def taken(self, alone: bool) -> Iterator[None]:
        """Enter: through the door one by one, so that who waits for an empty room is not overtaken."""
        with self._room.open("a") as room:
            with self._door.open("a") as door:
                fcntl.flock(door, fcntl.LOCK_EX)
                fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            try:
                yield
            finally:
                fcntl.flock(room, fcntl.LOCK_UN)  # even where a process that this test forked still holds the file

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        with self.taken(_alone(item)):
            return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """A worker waits for its turn; without workers there is nobody to wait for."""
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(Turns(Path(config.option.basetemp).parent), "turns")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is `alone` comes last, in one group; the order is otherwise that of the files."""
    items.sort(key=_alone)
    for item in filter(_alone, items):
        item.add_marker(pytest.mark.xdist_group("alone"))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadGroupScheduling:
    """Give workers a file, or the group, at a time."""
    return Files(config, log)


def _alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None
