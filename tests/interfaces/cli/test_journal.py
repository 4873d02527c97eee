from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from pyarrow import parquet

from prodworthy.policy.core.events import Completed, Received
from prodworthy.record.store.database import open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.vault import Vault
from tests.interfaces.conftest import Run
from tests.interfaces.recorded import MORNING, SECOND, completed, exchange_id, received, spool_and_drain

DAY = 86_400 * SECOND
LATER = MORNING + DAY


@pytest.fixture
def journal(home: Path) -> None:
    """Three exchanges of two workloads on two days; the last never completed."""
    append(
        home,
        received(MORNING),
        completed(MORNING),
        received(MORNING + 60 * SECOND, "scorer", 1),
        completed(MORNING + 60 * SECOND, "scorer", 1),
        received(LATER, "help-desk", 2),
    )


def append(home: Path, *events: Received | Completed) -> None:
    store = open_store(f"sqlite:///{home / 'prodworthy.db'}")
    migrate(store)
    spool_and_drain(store, home / "spool", Vault(b"k" * 32), *events)
    store.close()


def test_an_empty_journal_says_so(run: Run) -> None:
    ran = run("journal", "tail")
    assert (ran.code, ran.out, ran.err) == (0, "", "The journal has no such event yet.\n")
    assert run("journal", "tail", "--json").json == []


@pytest.mark.usefixtures("journal")
def test_the_tail_is_a_line_for_each_event(run: Run) -> None:
    lines = run("journal", "tail", "--workload", "help-desk").out.splitlines()
    first = exchange_id(MORNING)
    assert lines == [
        f"2027-01-15 08:00:00Z  Received   help-desk  {first}  chat chat-1",
        f"2027-01-15 08:00:01Z  Completed  help-desk  {first}"
        "  answered 200 chat-1-2026 1.00 s 11+7 tokens PSF-2.1 block",
        f"2027-01-16 08:00:00Z  Received   help-desk  {exchange_id(LATER, 2)}  chat chat-1",
    ]
    assert run("journal", "tail", "--workload", "help-desk", "-n", "1").out.splitlines() == lines[-1:]
    assert run("journal", "tail", "--tenant", "other").out == ""


@pytest.mark.usefixtures("journal")
def test_the_tail_as_json(run: Run) -> None:
    found = run("journal", "tail", "--workload", "scorer", "--json").json
    assert [event["kind"] for event in found] == ["Received", "Completed"]
    assert found[1]["event"]["tokens_in"] == 11


@pytest.mark.usefixtures("journal")
def test_one_exchange_is_shown(run: Run) -> None:
    text = run("journal", "show", exchange_id(MORNING)).out
    assert text.splitlines()[0] == f"{exchange_id(MORNING)}  default/help-desk  answered"
    for part in ("release         help-desk@1", "chat-1-2026", "11 in, 7 out", "PSF-2.1  block (observe): no JSON"):
        assert part in text
    assert f"{'k' * 12} (test)" in text
    assert "tools" not in text
    assert run("journal", "show", exchange_id(LATER, 2)).out.splitlines()[0].endswith("not completed")
    assert run("journal", "show", exchange_id(MORNING), "--json").json["model_answered"] == "chat-1-2026"


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("name", ["nothing", "0" * 32, exchange_id(MORNING, 9)])
def test_an_unknown_exchange_is_refused(run: Run, name: str) -> None:
    ran = run("journal", "show", name)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("prodworthy: the journal has no such exchange")


@pytest.mark.usefixtures("journal")
def test_what_never_completed_is_listed(run: Run, home: Path) -> None:
    long_ago = 1_700_000_000 * SECOND
    append(home, received(long_ago, "help-desk", 7))
    ran = run("journal", "incomplete", "--age", "0")
    assert ran.code == 0
    (line,) = ran.out.splitlines()
    assert line.endswith(f"help-desk  {exchange_id(long_ago, 7)}  never completed")
    (record,) = run("journal", "incomplete", "--age", "0", "--json").json
    assert (record["exchange"], record["end"]) == (exchange_id(long_ago, 7), "")
    assert run("journal", "incomplete", "--workload", "scorer").out == ""


@pytest.mark.usefixtures("journal")
def test_exchanges_are_exported(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "out.parquet"
    ran = run("journal", "export", str(file))
    assert ran.out == f"3 exchanges in {file}\n"
    rows = parquet.read_table(file).to_pylist()
    assert [row["exchange"] for row in rows] == [
        exchange_id(MORNING),
        exchange_id(MORNING + 60 * SECOND, 1),
        exchange_id(LATER, 2),
    ]
    assert (rows[0]["tokens_in"], rows[2]["completed_at"]) == (11, None)


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize(
    "options, count",
    [
        (("--workload", "scorer"), 1),
        (("--tenant", "other"), 0),
        (("--from", "2027-01-16"), 1),
        (("--to", "2027-01-16"), 2),
        (("--from", "2027-01-15T08:00:30Z", "--to", "2027-01-15T10:00:00+01:00"), 1),
        (("--from", "0001-01-01", "--to", "9999-12-31"), 3),
    ],
)
def test_an_export_keeps_to_what_is_asked(run: Run, tmp_path: Path, options: tuple[str, ...], count: int) -> None:
    file = tmp_path / "out.parquet"
    assert run("journal", "export", str(file), *options).code == 0
    assert parquet.read_table(file).num_rows == count


@pytest.mark.usefixtures("journal")
def test_an_export_that_cannot_be_made_says_why(run: Run, tmp_path: Path) -> None:
    ran = run("journal", "export", str(tmp_path / "out.parquet"), "--from", "yesterday")
    assert ran.code == 2
    assert "2026-01-31T12:00Z" in ran.err
    ran = run("journal", "export", str(tmp_path / "nowhere" / "out.parquet"))
    assert ran.code == 3
    assert ran.err.splitlines()[-1].endswith("No such file or directory; mend that, then try again")


@pytest.mark.usefixtures("journal")
def test_new_events_are_followed_until_ctrl_c(home: Path) -> None:
    verb = ("journal", "tail", "-f", "--json", "--workload", "help-desk")
    before_us = signal.signal(
        signal.SIGINT, signal.SIG_DFL
    )  # a shell's background jobs ignore it, and so would the verb
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "prodworthy.interfaces.cli", *verb], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    finally:
        signal.signal(signal.SIGINT, before_us)
    with process:
        assert process.stdout is not None
        try:
            before = [json.loads(process.stdout.readline())["kind"] for _ in range(3)]
            assert before == ["Received", "Completed", "Received"]
            append(home, completed(LATER, "help-desk", 2))
            event = json.loads(process.stdout.readline())
            assert (event["kind"], event["exchange"]) == ("Completed", exchange_id(LATER, 2))
            process.send_signal(signal.SIGINT)
            _, complaint = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (process.returncode, complaint) == (130, b"")


def test_the_class_of_traffic_and_the_tools_of_an_exchange_are_shown(run: Run, home: Path) -> None:
    used = {"traffic": "live", "tools": 1, "tools_offered": 2, "undeclared": 3}
    append(home, msgspec.structs.replace(received(MORNING), traffic="live"))
    append(home, msgspec.structs.replace(completed(MORNING), **used))
    text = run("journal", "show", exchange_id(MORNING)).out
    assert "(live)" in text
    assert "2 offered, 1 called, 3 not declared" in text
    shown = run("journal", "show", exchange_id(MORNING), "--json").json
    assert {name: shown[name] for name in used} == used
