"""`prodworthy drill`, as a person types it: what it prints, what scripts read, and its exit codes."""

from __future__ import annotations

import json

import pytest

from prodworthy.assurance.drills import running
from prodworthy.record.faults import StoreUnavailable
from tests.assurance.drills.drilled import Place
from tests.simulator import VendorProcess


def test_passed_is_exit_code_0(drilled: Place, vendor: VendorProcess) -> None:
    ran = drilled.running.verb("drill", "run", "malformed-input", "-w", "signed", "--rate", "100", "--by", "bo")
    assert ran.code == 0, ran
    first, second, third, *observed = ran.out.splitlines()
    assert first == "  29 malformed requests …"
    assert second.startswith("  pass  record #")
    assert third.startswith("  29 malformed requests were refused")
    assert "    reached_a_vendor  0" in observed
    said = drilled.running.verb("drill", "list", "--json")
    (listed,) = [one for one in json.loads(said.out) if one["name"] == "malformed-input"]
    last = next(one for one in listed["last"] if one["target"]["workload"] == "signed")
    assert (last["actor"], last["drilled"]["outcome"], last["number"]) == ("bo", "passed", int(second.split("#")[1]))


def test_failed_is_exit_code_1(drilled: Place, vendor: VendorProcess) -> None:
    arguments = ("-w", "default/scorer", "--bound", "0.000001", "--rate", "50", "--json")
    ran = drilled.running.verb("drill", "run", "kill-switch", *arguments)
    assert ran.code == 1, ran
    told = json.loads(ran.out)
    assert (told["workload"], told["drilled"]["outcome"]) == ("default/scorer", "failed")
    assert "load 50 req/s, 0 open streams" in ran.err
    said = drilled.running.verb("drill", "list")
    assert said.code == 0
    assert "  last on default/scorer: FAIL: 0." in said.out
    assert "(bound 1e-06 s)" in said.out


def test_incomplete_is_exit_code_2(drilled: Place, vendor: VendorProcess) -> None:
    ran = drilled.running.verb("drill", "run", "malformed-input", "-w", "lost")
    assert (ran.code, "incomplete  record #" in ran.out) == (2, True)


def test_what_is_not_recorded_is_no_pass(
    drilled: Place, vendor: VendorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("the database is unavailable")

    monkeypatch.setattr(running, "record", away)
    ran = drilled.running.verb("drill", "run", "malformed-input", "-w", "signed", "--rate", "100")
    assert ran.code == 2
    assert "NOT RECORDED, so it counts for nothing: the database is unavailable" in ran.err


@pytest.mark.parametrize(
    "arguments,says",
    [
        (["no-such"], "there are: kill-switch, malformed-input"),
        (["malformed-input", "--bound", "5"], "malformed-input has no such option"),
        (["malformed-input", "--stop-live-traffic"], "malformed-input has no such option"),
        (["kill-switch", "--bound", "301"], "at most 300 seconds"),
        (["kill-switch", "--bound", "0"], "more than 0"),
        (["kill-switch", "--protocol", "telnet"], "give one of openai-chat"),
    ],
)
def test_wrong_usage_runs_nothing(drilled: Place, arguments: list[str], says: str) -> None:
    before = drilled.events("spare")
    ran = drilled.running.verb("drill", "run", *arguments, "-w", "spare")
    assert ran.code == 2
    assert says in ran.err
    assert drilled.events("spare") == before


def test_an_unknown_workload_is_refused(drilled: Place) -> None:
    ran = drilled.running.verb("drill", "run", "kill-switch", "-w", "spar")
    assert (ran.code, "Did you mean `spare`?" in ran.err) == (1, True)
