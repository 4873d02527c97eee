from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.interfaces.conftest import Run

pytestmark = pytest.mark.usefixtures("applied")


def test_what_is_stated_is_listed_with_who_stands_behind_it(run: Run, tmp_path: Path) -> None:
    assert (
        "Nothing is stated of help-desk. What is missing: prodworthy assess help-desk"
        in run("statements", "help-desk").out
    )
    document = tmp_path / "assessment.pdf"
    document.write_bytes(b"a document")
    terms = ("--scope", "mails", "--document", str(document), "--days", "30")
    said = run("attest", "help-desk", "PSF-3.4", "--statement", "contract, in the EU", *terms)
    assert said.code == 0, said.err
    assert "Statement 2 is recorded; it holds until " in said.out
    assert "Where two people are asked for: prodworthy second help-desk 2 --by NAME\n" in said.out
    assert run("exempt", "help-desk", "PSF-2.3", "--reason", "no numbers").code == 0
    standing_in = ("--compensating", "a person looks", "--by", "grace")
    waived = run("waive", "help-desk", "PSF-5.3", "--reason", "later", *standing_in, "--json").json
    assert (waived["workload"], waived["number"]) == ("default/help-desk", 4)
    assert waived["statement"]["compensating"] == "a person looks"
    over = run("override", "default/help-desk", "Production", "--reason", "the fair", "--hours", "2")
    assert "It changes nothing until another person seconds it: prodworthy second default/help-desk 5" in over.out
    assert run("second", "help-desk", "5", "--by", "grace").out == (
        "Statement 5 (Overridden, by ada@example.org) is seconded.\n"
    )
    assert run("second", "help-desk", "2", "--by", "grace", "--json").json["event"]["subject"] == "PSF-3.4"
    gone = run("withdraw", "help-desk", "4", "--reason", "it is met now")
    assert gone.out == "Statement 4 (Waived, by grace) counts no more.\n"
    assert run("withdraw", "help-desk", "3", "--reason", "wrong", "--json").json["event"]["criterion"] == "PSF-2.3"
    lines = [line.split() for line in run("statements", "help-desk").out.splitlines()]
    assert [(line[0], line[1], line[2], line[4]) for line in lines[1:]] == [
        ("2", "Attested", "PSF-3.4", "grace"),
        ("3", "NotApplied", "PSF-2.3", "-"),
        ("4", "Waived", "PSF-5.3", "-"),
        ("5", "Overridden", "production", "grace"),
    ]
    assert [line[7:] for line in lines[1:]] == [
        ["yes"],
        ["withdrawn:", "wrong"],
        ["withdrawn:", "it", "is", "met", "now"],
        ["yes"],
    ]
    found = run("statements", "help-desk", "--json").json
    assert found[0]["said"]["document"] == hashlib.sha256(b"a document").hexdigest()
    assert [one["in_force"] for one in found] == [True, False, False, True]


REFUSED: tuple[tuple[tuple[str, ...], int, str], ...] = (
    (("attest", "help-desk", "PSF-9.9", "--statement", "x"), 1, "`PSF-9.9` cannot be stated. Did you mean "),
    (("attest", "help-desk", "PSF-3.4", "--statement", " "), 1, "Give a statement, in 1 to 2000 characters."),
    (("attest", "help-desk", "PSF-3.4", "--statement", "x", "--days", "366"), 1, "Give another --days."),
    (("attest", "help-desk", "PSF-3.4", "--statement", "x", "--document", "/"), 2, "/ is not a file"),
    (("attest", "nobody", "PSF-3.4", "--statement", "x"), 1, "has no workload `nobody`"),
    (("exempt", "help-desk", "review", "--reason", "x"), 1, "`review` cannot be stated"),
    (("waive", "help-desk", "PSF-5.3", "--reason", "x"), 2, "--compensating"),
    (("waive", "help-desk", "PSF-5.3", "--reason", "x", "--compensating", ""), 1, "Give a compensating"),
    (("override", "help-desk", "gold", "--reason", "x"), 1, "`gold` cannot be stated"),
    (("override", "help-desk", "pilot", "--reason", "x", "--hours", "73"), 1, "Give another --hours."),
    (("override", "help-desk", "pilot", "--reason", "x", "--hours", "9" * 30), 1, "Give another --hours."),
    (("second", "help-desk", "1"), 1, "has no statement 1. See: prodworthy statements default/help-desk"),
    (("second", "help-desk", "9" * 30), 1, "has no statement"),
    (("withdraw", "help-desk", "7", "--reason", "x"), 1, "has no statement 7"),
    (("statements", "nobody"), 1, "has no workload `nobody`"),
)


def test_what_cannot_be_stated_is_refused_and_not_recorded(run: Run) -> None:
    for arguments, code, told in REFUSED:
        ran = run(*arguments)
        assert (ran.code, ran.out) == (code, ""), arguments
        assert told in ran.err
    assert run("statements", "help-desk", "--json").json == []


def test_nobody_seconds_themselves_or_what_counts_no_more(run: Run) -> None:
    assert run("override", "help-desk", "pilot", "--reason", "x").code == 0
    ran = run("second", "help-desk", "2")
    assert (ran.code, ran.out) == (1, "")
    assert "ada@example.org stands behind statement 2 already" in ran.err
    assert run("withdraw", "help-desk", "2", "--reason", "x").code == 0
    for verb in (("second", "help-desk", "2", "--by", "grace"), ("withdraw", "help-desk", "2", "--reason", "x")):
        ran = run(*verb)
        assert (ran.code, "was withdrawn. State it anew." in ran.err) == (1, True)
