from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from prodworthy.interfaces.settings import Home, load_home
from prodworthy.operations.acts import Act, Drilled, Target
from prodworthy.operations.event_log import record
from prodworthy.record.store.database import open_store
from prodworthy.record.store.tables import evidence_day
from prodworthy.record.store.vault import read_or_create_key
from tests.interfaces.conftest import MANIFEST, Run

CAPS = "users: {real: true, maximum: 9}\nlimits: {rate: {count: 5}}\ndata: {classes: [tickets]}\n"
DRILL = Drilled("kill-switch", "r", ("PSF-6.4",), "passed", "d", "Off.", 2_000_000, 300_000_000)


@pytest.fixture
def installation(home: Path, run: Run, manifest: Path) -> Home:
    assert run("apply", str(manifest)).code == 0
    found = load_home(home)
    read_or_create_key(found.master_key)
    return found


def drill(place: Home) -> None:
    store = open_store(place.store_url)
    with store.begin() as connection:
        record(connection, Target("default", "help-desk"), Act("ada", time.time_ns()), DRILL)
    store.close()


def day(ago: int) -> str:
    return (datetime.now(UTC) - timedelta(days=ago)).strftime("%Y-%m-%d")


def test_what_was_done_a_moment_ago_counts_and_what_to_do_comes_next(
    installation: Home, run: Run, manifest: Path
) -> None:
    text = run("assess", "help-desk").out
    assert "  Stage Experiment\n" in text
    assert "    no real users or customer data are declared\n" in text
    assert "40 controls: 40 open" in text
    manifest.write_text(MANIFEST + CAPS)
    assert run("apply", str(manifest)).code == 0
    text = run("assess", "default/help-desk").out
    assert "     1 the kill switch was never drilled\n       prodworthy drill run kill-switch -w help-desk\n" in text
    drill(installation)
    found = run("assess", "help-desk", "--json").json
    assert (found["earned"], found["standing"]["stage"], found["held_by"]["number"]) == ("pilot", "experiment", 2)
    assert found["standing"]["movement"]["kind"] == "StageChanged"
    size = found["ledger_size"]
    one = run("assess", "help-desk", "--control", "PSF-6.4", "--json").json
    assert (one["state"], one["evidence"]["exercised"]["outcome"]) == ("proven", "passed")
    assert run("assess", "help-desk", "--json").json["ledger_size"] == size  # nothing was sealed twice
    text = run("assess", "help-desk", "--control", "PSF-6.4").out
    assert text.startswith("PSF-6.4 kill switch: proven, level 3 of 5\n")
    assert run("ledger", "prove", "--leaf", text.split()[-1]).code == 0


def test_any_day_before_is_judged_by_what_was_known_then_and_nothing_is_sealed(installation: Home, run: Run) -> None:
    drill(installation)
    unsealed = run("assess", "help-desk", "--as-of", day(0), "--json").json
    assert (unsealed["ledger_size"], unsealed["held_by"]["why"]) == (0, "no manifest is in force")
    assert run("assess", "help-desk").code == 0
    today = run("assess", "help-desk", "--as-of", day(0), "--json").json
    assert today["at"] <= time.time_ns()
    assert next(one for one in today["controls"] if one["criterion"] == "PSF-6.4")["state"] == "proven"
    before = run("assess", "help-desk", "--as-of", day(1)).out
    assert f"default/help-desk on {day(1)} 23:59:59Z" in before or f"on {day(0)} 00:00:00Z" in before
    assert "no manifest is in force" in before


def test_what_cannot_be_judged_is_told(installation: Home, run: Run, home: Path) -> None:
    for wrong in ("yesterday", "2026-13-01", "0001-01-01", "1999-12-31", day(-2)):
        ran = run("assess", "help-desk", "--as-of", wrong)
        assert (ran.code, ran.out) == (2, "")
        assert "write a day as" in ran.err or "has no record" in ran.err
    unknown = run("assess", "help-desk", "--control", "PSF-64")
    assert (unknown.code, unknown.out) == (2, "")
    assert "PSF-6.4" in unknown.err
    ran = run("assess", "helpdesk")
    assert (ran.code, ran.out) == (1, "")
    assert "Did you mean `help-desk`?" in ran.err
    store = open_store(installation.store_url)
    row = {"tenant": "default", "workload": "help-desk", "day": "20261101", "figures": "nothing"}
    with store.begin() as connection:
        connection.execute(insert(evidence_day).values(row | {"first_leaf": 0, "last_leaf": 0, "leaves": 1}))
    store.close()
    ran = run("assess", "help-desk")
    assert (ran.code, ran.out) == (1, "")
    assert "What should be evidence is not: the figures of a day cannot be read" in ran.err
    (home / "master.key").rename(home / "away")
    ran = run("assess", "help-desk")
    assert (ran.code, ran.out) == (1, "")
    assert "there is no master key" in ran.err
