"""The drill of malformed input, in every protocol; and what it says of a gateway that lets something pass."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from prodworthy.assurance.drills import journal
from prodworthy.assurance.drills.door import Door, Reply, Unanswered
from prodworthy.assurance.drills.input_governance import malformed_input
from prodworthy.assurance.drills.input_governance.malformed import Malformed
from prodworthy.assurance.drills.speech import SPEECHES, Subject
from prodworthy.assurance.drills.voice import Voice
from prodworthy.policy.controls.input_governance.input_contract import Settings
from prodworthy.policy.core.refusal import Code
from prodworthy.record.journal.records import Record
from tests.assurance.drills.drilled import Place
from tests.simulator import VendorProcess

FAST = 100
SPOKEN = [
    ("assistant", "openai-chat", 26),
    ("assistant", "openai-responses", 25),
    ("claude", "anthropic-messages", 26),
    ("scorer", "open-inference", 25),
    ("signed", "open-inference", 29),
    ("mlscorer", "mlflow", 22),
    ("mlsigned", "mlflow", 24),
]
GOOD = b'{"model":"gpt-sim","messages":[{"role":"user","content":"hello"}]}'
BAD = b"{"


@pytest.mark.parametrize("workload,protocol,cases", SPOKEN)
def test_everything_malformed_is_refused(
    drilled: Place, vendor: VendorProcess, workload: str, protocol: str, cases: int
) -> None:
    asked = vendor.counters()["requests"]
    ran = drilled.run("malformed-input", workload, rate=FAST, protocol=protocol)
    assert ran.drilled.outcome == "passed", ran
    expected = {"cases": cases, "refused": cases, "recorded": cases, "reached_a_vendor": 0}
    assert ran.drilled.observations == expected
    metadata = workload == "scorer"  # its features are asked for first
    assert vendor.counters()["requests"] - asked - 1 == 2 + metadata, "the question itself is counted"


@pytest.mark.parametrize(
    "case,says",
    [
        (Malformed("an ordinary request", GOOD, frozenset({Code.BAD_JSON})), "an ordinary request: status 200"),
        (Malformed("another code", BAD, frozenset({Code.TOO_DEEP})), "status 400 bad_json where too_deep was due"),
    ],
)
def test_what_passes_or_is_refused_otherwise_fails(
    drilled: Place, vendor: VendorProcess, monkeypatch: pytest.MonkeyPatch, case: Malformed, says: str
) -> None:
    monkeypatch.setattr(malformed_input, "malformed", lambda *_: (case,))
    ran = drilled.run("malformed-input", "assistant", rate=FAST, protocol="openai-chat")
    assert ran.drilled.outcome == "failed"
    assert says in ran.drilled.detail
    assert ran.drilled.observations["reached_a_vendor"] == (case.body == GOOD)


def test_a_refusal_that_is_not_recorded_fails(
    drilled: Place, vendor: VendorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = journal.recorded
    monkeypatch.setattr(malformed_input, "recorded", lambda run, exchanges: real(run, list(exchanges)[:2]))
    ran = drilled.run("malformed-input", "mlscorer", rate=FAST)
    assert ran.drilled.outcome == "failed"
    assert ran.drilled.detail.startswith("22 faults: no body: not in the journal; ")
    assert ran.drilled.detail.endswith(" and 12 more.")


def test_no_answer_is_a_fault_of_the_gateway(
    drilled: Place, vendor: VendorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(malformed_input, "_asked", lambda *_: Reply(0, {}, b""))
    ran = drilled.run("malformed-input", "mlscorer", rate=FAST)
    assert ran.drilled.outcome == "failed"
    assert "no body: no answer" in ran.drilled.detail


@pytest.mark.parametrize("workload", ["assistant", "mlscorer"])
def test_without_a_well_formed_answer_before_nothing_is_proven(
    drilled: Place, vendor: VendorProcess, workload: str
) -> None:
    vendor.always("[[sim:status code=500]]")
    ran = drilled.run("malformed-input", workload, rate=FAST)
    assert ran.drilled.outcome == "incomplete"
    assert "was not answered beforehand: status 500" in ran.drilled.detail


def test_without_a_well_formed_answer_after_it_fails(drilled: Place, vendor: VendorProcess) -> None:
    vendor.script("[[sim:say]]", "[[sim:status code=500]]")
    ran = drilled.run("malformed-input", "mlscorer", rate=FAST)
    assert ran.drilled.outcome == "failed"
    assert "a well-formed request afterwards: status 500" in ran.drilled.detail


def unanswered(*_: object) -> Reply:
    raise Unanswered("ConnectionResetError")


def test_a_gateway_that_goes_away_leaves_it_incomplete(
    drilled: Place, vendor: VendorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Door, "await_key", lambda self: None)
    monkeypatch.setattr(Door, "ask", unanswered)
    for drill in ("malformed-input", "planted-personal-data"):
        ran = drilled.run(drill, "signed")
        assert ran.drilled.outcome == "incomplete"
        assert "did not answer (ConnectionResetError); is it running?" in ran.drilled.detail
    run = drilled.prepare("signed", rate=FAST)
    run.door = Door(*drilled.door, "")
    assert malformed_input._asked(run, VOICE, CASE).status == 0


def test_a_gateway_that_takes_no_request_leaves_it_incomplete(
    drilled: Place, vendor: VendorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Door, "await_key", lambda self: None)
    monkeypatch.setattr(Door, "ask", lambda *_: Reply(401, {"x-prodworthy-code": "unknown_key"}, b""))
    ran = drilled.run("planted-personal-data", "signed")
    assert ran.drilled.detail == "The gateway did not take a request: status 401 unknown_key."
    ran = drilled.run("malformed-input", "signed")
    assert ran.drilled.outcome == "incomplete"
    assert ran.drilled.detail.startswith("One of the gateways did not take")


VOICE = Voice(SPEECHES["mlflow"], Subject("m"), Settings())
CASE = Malformed("nothing", b"", frozenset({Code.BAD_JSON}))
HEADERS = {"x-prodworthy-exchange": "e", "x-prodworthy-code": "bad_json"}
TOLD = b'{"error_code":"BAD_REQUEST","message":"no","code":"bad_json"}'
REFUSED = Record("e", "default", "w", completed_at=1, end="refused", code="bad_json")


@pytest.mark.parametrize(
    "reply,record,says",
    [
        (Reply(400, HEADERS, TOLD), REFUSED, None),
        (Reply(500, HEADERS, TOLD), REFUSED, "status 500 with bad_json"),
        (Reply(400, HEADERS, b"{}"), REFUSED, "in the protocol's own error"),
        (Reply(400, {**HEADERS, "x-prodworthy-code": "too_deep"}, TOLD), REFUSED, "status 400 too_deep"),
        (Reply(400, HEADERS, TOLD), replace(REFUSED, attempts=1), "it reached a vendor"),
        (Reply(400, HEADERS, TOLD), replace(REFUSED, end="fault"), "recorded as fault bad_json"),
        (Reply(400, HEADERS, TOLD), None, "not in the journal"),
    ],
)
def test_every_fault_of_a_refusal_is_told(reply: Reply, record: Record | None, says: str | None) -> None:
    found = {"e": record} if record else {}
    faults = malformed_input._faults(VOICE, CASE, reply, found)
    assert len(faults) == (says is not None)
    assert says is None or says in faults[0]
