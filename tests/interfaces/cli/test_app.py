"""What holds for every verb: usage, exit codes, plain errors, a quick --help."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from prodworthy import __version__
from tests.interfaces.conftest import Run
from tests.interfaces.serving import COMMAND

HEAVY = ("sqlalchemy", "pyarrow", "fastapi", "pydantic", "uvicorn", "cryptography", "yaml", "jsonschema_rs", "rich")


def test_the_version(run: Run) -> None:
    assert run("--version").out == f"{__version__}\n"


def test_help_names_every_verb(run: Run) -> None:
    ran = run("--help")
    assert ran.code == 0
    for verb in ("serve", "check", "apply", "roster", "show", "schema", "kill", "restore", "key", "journal"):
        assert f"\n  {verb} " in ran.out


@pytest.mark.parametrize(
    "arguments", [("fly",), ("kill",), ("key", "issue"), ("roster", "--colour"), ("journal", "tail", "-n", "0")]
)
def test_wrong_usage_ends_with_2(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Usage: prodworthy" in ran.err


def test_bad_settings_are_one_line(run: Run, home: Path) -> None:
    home.mkdir()
    (home / "prodworthy.toml").write_text("[gateway]\nprot = 1\n")
    ran = run("roster")
    assert (ran.code, ran.err.count("\n")) == (1, 1)
    assert "prodworthy.toml" in ran.err
    assert "prot" in ran.err


def test_a_home_that_cannot_be_made_is_one_line(run: Run, home: Path) -> None:
    home.symlink_to(home.with_name("nowhere"))
    ran = run("roster")
    assert (ran.code, ran.out, ran.err.count("\n")) == (3, "", 1)
    assert ran.err.startswith(f"prodworthy: {home}: ")


def test_help_loads_nothing_heavy() -> None:
    program = f"import sys, prodworthy.interfaces.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"


@pytest.mark.usefixtures("applied")
def test_the_same_as_a_process_of_its_own(home: Path) -> None:
    ran = subprocess.run([*COMMAND, "roster"], capture_output=True, text=True, check=True)
    assert (ran.stderr, ran.stdout.splitlines()[1].split()[0]) == ("", "help-desk")


@pytest.mark.usefixtures("applied")
def test_a_reader_that_leaves_is_no_fault(home: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run([*COMMAND, "schema"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert ran.stderr == ""
