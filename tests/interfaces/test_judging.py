from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from prodworthy.interfaces.judging import Judging
from prodworthy.interfaces.sealing import Evidence, vault_of
from prodworthy.interfaces.settings import Home, load_home
from prodworthy.operations.acts import Act, Drilled, StageChanged, Target
from prodworthy.operations.event_log import record, recorded_of
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.tables import standing
from prodworthy.record.store.vault import read_or_create_key
from tests.interfaces.conftest import MANIFEST, Run

DESK = Target("default", "help-desk")
CAPS = "users: {real: true, maximum: 9}\nlimits: {rate: {count: 5}}\ndata: {classes: [tickets]}\n"
DRILL = Drilled("kill-switch", "r", ("PSF-6.4",), "passed", "d", "Off.", 2_000_000, 300_000_000)
SECOND = 10**9
START = 4_000_000_000 * SECOND
"""Later than anything that the verbs put on record in the meantime."""


class Clock:
    """A time that tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def installation(home: Path, run: Run, manifest: Path) -> Home:
    manifest.write_text(MANIFEST + CAPS)
    assert run("apply", str(manifest)).code == 0
    found = load_home(home)
    read_or_create_key(found.master_key)
    return found


@pytest.fixture
def store(installation: Home) -> Iterator[Store]:
    opened = open_store(installation.store_url)
    migrate(opened)
    yield opened
    opened.close()


def drill(store: Store, at: int) -> None:
    with store.begin() as connection:
        record(connection, DESK, Act("ada", at), DRILL)


def row(store: Store) -> Any:
    with store.connect() as connection:
        return connection.execute(select(standing)).one()


def test_each_turn_judges_what_was_sealed_and_records_what_moved_once(
    installation: Home, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    evidence = Evidence(installation, store, clock)
    evidence.turn()
    assert (row(store).stage, row(store).assessed_at) == ("Experiment", START)
    clock.now += SECOND
    evidence.turn()
    assert row(store).assessed_at == START  # nothing happened: nothing is due
    drill(store, clock.now)
    with caplog.at_level(logging.WARNING, "prodworthy.assessor"):
        for _ in range(4):
            clock.now += SECOND
            evidence.turn()
    assert row(store).stage == "Pilot"
    with store.connect() as connection:
        changes = recorded_of(connection, DESK, StageChanged, 10)
    assert [change.event for change in changes] == [
        StageChanged("experiment", "pilot", False, ("the evidence is there",))
    ]
    assert caplog.text.count("the stage was experiment and is pilot") == 1
    assert evidence.turn().size == row(store).size == 5  # Applied, Installed, Declared, Drilled, StageChanged


def test_what_is_judged_is_what_is_due(installation: Home, store: Store) -> None:
    clock = Clock()
    Evidence(installation, store, clock).turn()
    judging = Judging(store, vault_of(installation))
    judging.judge(3, START + SECOND)  # nothing of it was judged by this one: all that was done is new to it
    assert row(store).assessed_at == START + SECOND
    judging.judge(3, START + 2 * SECOND)
    assert row(store).assessed_at == START + SECOND
    judging.judge(3, START + 3_700 * SECOND)  # an hour later it is due in any case
    assert row(store).assessed_at == START + 3_700 * SECOND
