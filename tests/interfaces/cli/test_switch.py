from __future__ import annotations

from pathlib import Path

import pytest

from tests.interfaces.conftest import Run

pytestmark = pytest.mark.usefixtures("applied")


def lose(home: Path) -> None:
    """Take the database away: its file becomes a folder."""
    for file in home.glob("prodworthy.db*"):
        file.unlink()
    (home / "prodworthy.db").mkdir()


def test_a_workload_goes_off_and_on(run: Run) -> None:
    ran = run("kill", "help-desk", "--reason", "wrong answers")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "default/help-desk is off. Back on: prodworthy restore help-desk --reason …\n"
    assert "OFF (database): wrong answers" in run("roster").out
    assert "It was off already." in run("kill", "help-desk", "--reason", "again").out
    assert run("restore", "help-desk", "--reason", "mended").out == "default/help-desk is on again.\n"
    assert run("restore", "help-desk", "--reason", "mended").out == "default/help-desk was not off.\n"
    assert run("roster").out.splitlines()[1].split()[8] == "ready"


def test_the_switch_speaks_json(run: Run) -> None:
    ran = run("kill", "help-desk", "--reason", "x", "--json")
    assert ran.json["killed"] == {"type": "Killed", "how": "database", "reason": "x", "already": False}
    assert run("restore", "help-desk", "--reason", "x", "--json").json["restored"]["cleared"] == ["database", "file"]


def test_a_kill_needs_a_reason(run: Run) -> None:
    assert run("kill", "help-desk").code == 2
    ran = run("kill", "help-desk", "--reason", " ")
    assert (ran.code, ran.err) == (1, "prodworthy: Give a reason, in 1 to 300 characters.\n")
    assert "OFF" not in run("roster").out


def test_a_kill_works_when_the_database_is_gone(run: Run, home: Path) -> None:
    lose(home)
    ran = run("kill", "help-desk", "--reason", "wrong answers")
    assert ran.code == 0
    assert "default/help-desk is off." in ran.out
    assert "written to a file" in ran.out
    assert (home / "kill" / "default.help-desk").read_text().endswith("| ada@example.org | wrong answers")
    restored = run("restore", "help-desk", "--reason", "x")
    assert (restored.code, restored.out) == (1, "")
    assert "stays as it is" in restored.err
    (home / "prodworthy.db").rmdir()
    assert run("roster").code == 0


def test_a_kill_works_before_there_is_any_database(run: Run, home: Path) -> None:
    for file in home.glob("prodworthy.db*"):
        file.unlink()
    ran = run("kill", "help-desk", "--reason", "x")
    assert ran.code == 0
    assert "written to a file" in ran.out


def test_a_kill_that_can_be_written_nowhere_says_so(run: Run, home: Path) -> None:
    lose(home)
    (home / "kill").write_text("")
    ran = run("kill", "help-desk", "--reason", "x")
    assert ran.code == 3
    assert ran.err.startswith("prodworthy: the directory of flag files cannot be created")


def test_a_database_that_is_away_is_unreachable(run: Run, home: Path) -> None:
    lose(home)
    for verb in (("roster",), ("show", "help-desk"), ("key", "list", "help-desk"), ("journal", "tail")):
        ran = run(*verb)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith("prodworthy: the database")
        assert ran.err.count("\n") == 1
