"""The drill of the kill switch: passing, failing, incomplete; and the workload is as before, whatever happened."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from prodworthy.assurance.drills.door import Door
from prodworthy.assurance.drills.human_oversight import kill_switch, switching, traffic
from prodworthy.operations.acts import Act, Killed, Target
from prodworthy.operations.keys.keys import issue, listed
from prodworthy.operations.killswitch.errors import KillFailed, RestoreIncomplete
from prodworthy.operations.killswitch.switch import kill, restore
from prodworthy.record.store.flags import Flags
from tests.assurance.drills.drilled import LONG, Place
from tests.interfaces.serving import COMMAND, until
from tests.simulator import VendorProcess
from tests.standing import stand

SPOKEN = [("assistant", "openai-chat"), ("assistant", "openai-responses"), ("claude", "anthropic-messages")]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a patient drill waits for comes at once in these tests, or never."""
    monkeypatch.setattr(traffic, "QUIET", 0.2)
    monkeypatch.setattr(kill_switch, "QUIET", 0.2)
    monkeypatch.setattr(kill_switch, "STEADY_SECONDS", 0.5)
    monkeypatch.setattr(kill_switch, "BACK_SECONDS", 0.5)


@pytest.mark.parametrize("workload,protocol", SPOKEN)
def test_it_passes_with_streams_open(
    drilled: Place, vendor: VendorProcess, quick: None, workload: str, protocol: str
) -> None:
    vendor.always(LONG)
    said: list[str] = []
    run = drilled.prepare(workload, rate=50, streams=6, protocol=protocol)
    run.say = said.append
    ran = drilled.finish("kill-switch", run)
    assert ran.drilled.outcome == "passed", ran
    assert ran.drilled.criteria == ("PSF-6.4",)
    assert ran.drilled.bound == 300_000_000
    seen = ran.drilled.observations
    assert (seen["streams"], seen["still_open"]) == (6, 0)
    assert ran.drilled.duration == max(seen["last_byte"], seen["refused"]) > 0
    assert seen["answered_before"] > 0
    assert seen["answered_again"] > 0
    assert [words.split(" ")[0] for words in said] == ["load", "killed", "last", "restored"]
    assert drilled.events(workload, 5) == ["Drilled", "KeyRevoked", "Restored", "Killed", "KeyIssued"]
    assert vendor.counters()["open_streams"] == 0


def test_a_workload_without_streams_is_drilled_under_load_alone(
    drilled: Place, vendor: VendorProcess, quick: None
) -> None:
    ran = drilled.run("kill-switch", "scorer", rate=50)
    assert ran.drilled.outcome == "passed", ran
    assert ran.drilled.observations["streams"] == 0


def test_its_key_is_marked_and_does_not_outlive_it(drilled: Place, vendor: VendorProcess, quick: None) -> None:
    ran = drilled.run("kill-switch", "scorer", rate=50)
    key = listed(drilled.store, Target("default", "scorer"))[-1]
    assert ran.drilled.outcome == "passed", ran
    assert (key.traffic, key.revoked_at is not None) == ("drill", True)
    assert key.expires_at is not None
    assert key.expires_at - key.issued_at == 15 * 60 * 10**9


def test_streams_that_do_not_flow_are_given_up_and_the_result_says_so(
    drilled: Place, vendor: VendorProcess, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.always(LONG)
    monkeypatch.setattr(traffic, "FLOWING", -1.0)  # no byte is young enough
    monkeypatch.setattr(kill_switch, "FLOWING", -1.0)
    monkeypatch.setattr(kill_switch, "FEWER_SECONDS", 0.0)
    ran = drilled.run("kill-switch", "spare", rate=50)
    assert ran.drilled.outcome == "passed", ran
    assert ran.drilled.observations["streams"] == 0
    assert "with 0 streams open" in ran.drilled.detail


def test_streams_that_do_not_flow_prove_nothing_before_that(
    drilled: Place, vendor: VendorProcess, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.always(LONG)
    monkeypatch.setattr(traffic, "FLOWING", -1.0)
    monkeypatch.setattr(kill_switch, "FLOWING", -1.0)
    ran = drilled.run("kill-switch", "spare", rate=50)
    assert ran.drilled.outcome == "incomplete"
    assert "0 of 4 streams brought bytes" in ran.drilled.detail
    assert "--streams 0" in ran.drilled.detail
    assert "Killed" not in drilled.events("spare", 3)


def test_a_vendor_that_stalls_proves_nothing(drilled: Place, vendor: VendorProcess, quick: None) -> None:
    vendor.always("[[sim:stall]]")
    ran = drilled.run("kill-switch", "spare", rate=50, streams=2)
    assert ran.drilled.outcome == "incomplete"
    assert "0 of 0 requests answered (no refusal)" in ran.drilled.detail


def test_what_is_off_already_stays_off(drilled: Place, vendor: VendorProcess, quick: None) -> None:
    target, flags, act = Target("default", "spare"), Flags(drilled.home.kill), Act("bo@example.org", 1)
    kill(drilled.store, flags, target, "wrong prices", act)
    ran = drilled.run("kill-switch", "spare")
    assert ran.drilled.outcome == "incomplete"
    assert "switched off" in ran.drilled.detail
    assert not drilled.answers("spare")
    restore(drilled.store, flags, target, "corrected", act)
    flags.raise_flag("default", "spare", "by hand")
    assert drilled.run("kill-switch", "spare").drilled.outcome == "incomplete"
    flags.lower("default", "spare")


def test_users_are_not_stopped_without_leave(drilled: Place, vendor: VendorProcess, quick: None) -> None:
    target = Target("default", "busy")
    key = issue(drilled.store, target, ["chat", "read"], Act("ada@example.org", 2), traffic="live")
    door = Door(*drilled.door, key.key)
    body = b'{"model":"gpt-sim","user":"jane","messages":[{"role":"user","content":"hello"}]}'
    path = "/v1/chat/completions"
    drilled.recorded(lambda: door.ask(path, body).exchange)
    outside = drilled.run("kill-switch", "busy", rate=50, streams=0)
    assert outside.drilled.outcome == "passed", "whom the stage does not let in cannot be stopped"
    stand(drilled.store, target, "Pilot")
    until(lambda: door.ask(path, body).status == 200)
    drilled.recorded(lambda: door.ask(path, body).exchange)
    ran = drilled.run("kill-switch", "busy", rate=50, streams=0)
    assert ran.drilled.outcome == "incomplete"
    assert "--stop-live-traffic" in ran.drilled.detail
    assert "Killed" not in drilled.events("busy", 3)
    allowed = drilled.run("kill-switch", "busy", rate=50, streams=0, stop_live_traffic=True)
    assert allowed.drilled.outcome == "passed", allowed


def test_longer_than_the_bound_fails(drilled: Place, vendor: VendorProcess, quick: None) -> None:
    ran = drilled.run("kill-switch", "spare", rate=50, streams=0, bound=0.000_001)
    assert (ran.drilled.outcome, ran.drilled.bound) == ("failed", 1)
    assert "the bound is 1e-06 s" in ran.drilled.detail
    assert drilled.comes_back("spare")


def test_a_switch_that_says_yes_and_stops_nothing_fails(
    drilled: Place, vendor: VendorProcess, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.always(LONG)
    monkeypatch.setattr(switching, "kill", lambda *_: Killed("database", "drill"))
    ran = drilled.run("kill-switch", "spare", rate=50, streams=2, bound=0.3)
    assert ran.drilled.outcome == "failed"
    assert "New requests were not refused" in ran.drilled.detail
    assert ran.drilled.observations["still_open"] >= 2


def test_streams_that_go_on_fail(
    drilled: Place, vendor: VendorProcess, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic.Traffic, "open_since", lambda self, killed: 3)
    ran = drilled.run("kill-switch", "spare", rate=50, streams=0, bound=0.3)
    assert ran.drilled.outcome == "failed"
    assert "3 answers that ran at the kill had not ended" in ran.drilled.detail
    assert drilled.comes_back("spare")


def test_a_kill_that_cannot_be_written_fails(
    drilled: Place, vendor: VendorProcess, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> Killed:
        raise KillFailed("neither place could be written")

    monkeypatch.setattr(switching, "kill", refused)
    ran = drilled.run("kill-switch", "spare", rate=50, streams=0)
    assert (ran.drilled.outcome, ran.drilled.detail.split(":")[0]) == ("failed", "The kill itself failed")


def test_a_restore_that_fails_is_said_loudly(
    drilled: Place, vendor: VendorProcess, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise RestoreIncomplete("it stays off")

    with monkeypatch.context() as patch:
        patch.setattr(switching, "restore", refused)
        ran = drilled.run("kill-switch", "spare", rate=50, streams=0)
    assert ran.drilled.outcome == "failed"
    assert ran.drilled.detail.startswith("CLEAN-UP FAILED, do it by hand: restore default/spare (it stays off).")
    assert not drilled.answers("spare")
    restore(drilled.store, Flags(drilled.home.kill), Target("default", "spare"), "by hand", Act("ada", 3))


def test_no_answer_after_the_restore_fails(
    drilled: Place, vendor: VendorProcess, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_self: object) -> str:
        return ""

    monkeypatch.setattr(switching.Switch, "back", nothing)
    ran = drilled.run("kill-switch", "scorer", rate=50)
    assert ran.drilled.outcome == "failed"
    assert "No request was answered" in ran.drilled.detail
    restore(drilled.store, Flags(drilled.home.kill), Target("default", "scorer"), "by hand", Act("ada", 4))


def test_ctrl_c_restores_first(drilled: Place, vendor: VendorProcess) -> None:
    vendor.always(LONG)
    command = [*COMMAND, "drill", "run", "kill-switch", "-w", "spare", "--rate", "20", "--by", "bo@example.org"]
    home = {**os.environ, "PRODWORTHY_HOME": str(drilled.home.folder)}
    with subprocess.Popen(command, env=home, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = iter(process.stdout)
        assert any("killed at" in line for line in lines)
        process.send_signal(signal.SIGTERM)
        rest = "".join(lines)
    assert process.returncode == 2, rest
    assert "Interrupted" in rest
    assert drilled.events("spare", 4) == ["Drilled", "KeyRevoked", "Restored", "Killed"]
    assert drilled.comes_back("spare")
