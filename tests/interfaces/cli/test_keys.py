from __future__ import annotations

import re

import pytest

from prodworthy.policy.core.exchange import Operation
from tests.interfaces.conftest import Run

KEY = re.compile(r"pw_([a-z2-7]{12})_[A-Za-z0-9_-]{43}")

pytestmark = pytest.mark.usefixtures("applied")


def test_a_new_key_is_alone_on_standard_output(run: Run) -> None:
    ran = run("key", "issue", "help-desk", "--scope", "chat")
    assert ran.code == 0
    found = KEY.fullmatch(ran.out.rstrip("\n"))
    assert found
    assert ran.err == f"Key {found[1]} opens chat. Keep it now: it cannot be shown again.\n"
    secret = ran.out.strip().rpartition("_")[2]
    for verb in (("key", "list", "help-desk"), ("key", "list", "help-desk", "--json"), ("show", "help-desk", "--json")):
        again = run(*verb)
        assert found[1] in again.out
        assert secret not in again.out + again.err


def test_a_key_as_json(run: Run) -> None:
    ran = run("key", "issue", "help-desk", "--days", "1", "--json")
    assert ran.err == ""
    assert KEY.fullmatch(ran.json["key"])
    assert ran.json["scopes"] == sorted(operation.value for operation in Operation)
    assert ran.json["expires_at"]


def test_a_live_key_says_what_it_opens(run: Run) -> None:
    ran = run("key", "issue", "help-desk", "--traffic", "live", "--scope", "chat")
    assert KEY.fullmatch(ran.out.rstrip("\n"))
    first, second = ran.err.splitlines()
    assert "opens chat for live traffic. " in first
    assert second.startswith("It opens nothing until the workload's stage is Pilot; now it is Experiment. Missing: ")
    assert " live     chat " in run("key", "list", "help-desk").out
    assert run("key", "issue", "help-desk", "--traffic", "live", "--json").json["traffic"] == "live"
    assert run("key", "issue", "help-desk", "--traffic", "drill").code == 2


def test_a_key_is_rotated_and_revoked(run: Run) -> None:
    first = run("key", "issue", "help-desk", "--json").json["id"]
    ran = run("key", "rotate", "help-desk", first, "--overlap", "60")
    second = KEY.fullmatch(ran.out.strip())
    assert second
    assert run("key", "revoke", "help-desk", first).out == f"Key {first} is revoked.\n"
    lines = run("key", "list", "help-desk").out.splitlines()
    assert lines[0].split()[:2] == ["KEY", "TRAFFIC"]
    in_force = {line.split()[0]: " yes " in line for line in lines[1:]}
    assert in_force == {first: False, second[1]: True}
    assert run("key", "revoke", "help-desk", second[1], "--json").json == {"revoked": second[1]}


def test_what_cannot_be_granted_is_refused(run: Run) -> None:
    assert "Unknown scope: fly" in run("key", "issue", "help-desk", "--scope", "fly").err
    assert run("key", "issue", "help-desk", "--days", "0").code == 1
    assert run("key", "issue", "help-desk", "--days", "nan").code == 2
    assert run("key", "issue", "help-desk", "--days", "1e30").code == 2
    for verb in (("rotate",), ("revoke",)):
        ran = run("key", *verb, "help-desk", "aaaaaaaaaaaa")
        assert (ran.code, ran.out) == (1, "")
        assert "has no key of this id" in ran.err
