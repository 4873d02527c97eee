"""How workloads are spoken to; and a door behind which nobody is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prodworthy.assurance.drills import door as doors
from prodworthy.assurance.drills.door import Door, Unanswered
from prodworthy.assurance.drills.outcome import Incomplete
from prodworthy.assurance.drills.run import Run
from prodworthy.assurance.drills.speech import SPEECHES, Said, Subject, values_of
from prodworthy.assurance.drills.voice import Voice, voice_of
from prodworthy.policy.controls.input_governance.input_contract import Feature, Settings
from tests.assurance.drills.drilled import Place
from tests.e2e.installation import chat
from tests.interfaces.serving import free_ports
from tests.simulator import VendorProcess

ERRORS: dict[str, Any] = {
    "openai-chat": {"error": {"message": "no", "type": "invalid_request_error", "code": "bad_json"}},
    "openai-responses": {"error": {"message": "no", "type": "invalid_request_error", "code": "bad_json"}},
    "anthropic-messages": {"type": "error", "error": {"type": "x", "message": "no", "code": "bad_json"}},
    "open-inference": {"error": "no", "code": "bad_json"},
    "mlflow": {"error_code": "BAD_REQUEST", "message": "no", "code": "bad_json"},
}


@pytest.mark.parametrize("name", SPEECHES)
def test_a_code_is_read_from_the_protocols_own_error_alone(name: str) -> None:
    for other, told in ERRORS.items():
        alike = {name, other} <= {"openai-chat", "openai-responses", "anthropic-messages"}
        if name == other or (alike and name != "anthropic-messages"):
            assert SPEECHES[name].code(told) == "bad_json"
        else:
            assert SPEECHES[name].code(told) == ""
    others: list[Any] = [None, [], "no", {}, {"error": {"code": 7}}, {"error": "no"}]
    for nothing in others:
        assert SPEECHES[name].code(nothing) == ""


@pytest.mark.parametrize("name", ["openai-chat", "openai-responses", "anthropic-messages"])
def test_a_conversation_has_every_position(name: str) -> None:
    speech = SPEECHES[name]
    said = Said("of the user", "of the system", "of a tool", stream=True, tokens=9)
    text = json.dumps(speech.build(Subject("m"), said))
    assert all(part in text for part in ("of the user", "of the system", "of a tool", '"stream": true', "9"))
    assert "stream" not in speech.build(Subject("m"), Said("hello"))
    assert set(speech.required) <= set(speech.build(Subject("m"), Said("hello")))


def test_values_keep_to_their_feature() -> None:
    assert values_of(Feature("a", "FP64", (-1, 2), 0, 120), "") == [60.0, 60.0]
    assert values_of(Feature("a", "INT64", minimum=3), "") == [3]
    assert values_of(Feature("a", "FP32", maximum=-5.0), "") == [-5.0]
    assert values_of(Feature("a", "BYTES", categories=("x", "y")), "text") == ["x"]
    assert values_of(Feature("a", "BYTES"), "text") == ["text"]
    assert values_of(Feature("a", "BYTES"), "") == ["example"]
    assert values_of(Feature("a", "BOOL"), "") == [True]


def test_features_become_a_table_or_tensors() -> None:
    flat, deep = Feature("age", "FP64"), Feature("pixels", "FP64", (1, 2))
    build = SPEECHES["mlflow"].build
    assert build(Subject("m", (flat,)), Said("")) == {"dataframe_split": {"columns": ["age"], "data": [[1.0]]}}
    assert build(Subject("m", (flat, deep)), Said("")) == {"inputs": {"age": [1.0], "pixels": [1.0, 1.0]}}
    assert build(Subject("m"), Said("note")) == {"instances": [[1.0, 2.0]], "params": {"note": "note"}}
    (tensor,) = SPEECHES["open-inference"].build(Subject("m", (deep,)), Said(""))["inputs"]
    assert tensor == {"name": "pixels", "datatype": "FP64", "shape": [1, 2], "data": [1.0, 1.0]}


def test_requests_keep_to_the_declared_contract() -> None:
    contract = Settings(in_scope=("invoice", "refund"), answer_tokens=5)
    document = Voice(SPEECHES["openai-chat"], Subject("m"), contract).document(Said("Say yes."))
    assert document["messages"][0]["content"] == "invoice: Say yes."
    assert document["max_completion_tokens"] == 5
    assert Voice(SPEECHES["open-inference"], Subject("a/b"), contract).path == "/v2/models/a%2Fb/infer"


def ready(place: Place, workload: str, **terms: Any) -> Run:
    run = place.prepare(workload, **terms)
    run.door = Door(*place.door, place.keys[workload])
    return run


def test_the_protocol_is_the_last_exchanges(drilled: Place, vendor: VendorProcess) -> None:
    assert voice_of(ready(drilled, "claude")).speech.name == "anthropic-messages"
    assert voice_of(ready(drilled, "assistant", protocol="openai-responses")).speech.name == "openai-responses"
    connection = drilled.running.connect()
    drilled.recorded(lambda: chat(connection, drilled.keys["assistant"]).exchange)
    connection.close()
    assert voice_of(ready(drilled, "assistant")).speech.name == "openai-chat"


def test_features_are_declared_or_asked_for(drilled: Place, vendor: VendorProcess) -> None:
    assert [one.name for one in voice_of(ready(drilled, "signed")).subject.features] == ["age"]
    assert voice_of(ready(drilled, "scorer")).subject.features == (Feature("x", "FP32", (1, 4)),)
    vendor.always("[[sim:status code=500]]")
    with pytest.raises(Incomplete, match=r"declare its features under PSF-1\.2"):
        voice_of(ready(drilled, "scorer"))


def test_who_cannot_be_spoken_to_is_not_drilled(drilled: Place) -> None:
    with pytest.raises(Incomplete, match="no vendor 'gone'"):
        voice_of(ready(drilled, "lost"))
    with pytest.raises(Incomplete, match="speaks mlflow; choose another protocol"):
        voice_of(ready(drilled, "claude", protocol="mlflow"))


def test_nobody_at_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "KEY_SECONDS", -1.0)
    (port,) = free_ports(1)
    door = Door("127.0.0.1", port, "pw_x")
    with pytest.raises(Incomplete, match=r"did not take the drill's key \(ConnectionRefusedError\); is it running"):
        door.await_key()
    with pytest.raises(Unanswered):
        door.ask("/health")


def test_a_key_that_is_not_taken(drilled: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "KEY_SECONDS", -1.0)
    with pytest.raises(Incomplete, match="status 401 unknown_key"):
        Door(*drilled.door, "pw_x").await_key()


def test_who_left_before_an_answer_hears_none(drilled: Place) -> None:
    visit = Door(*drilled.door, drilled.keys["assistant"]).visit()
    visit.leave()
    with pytest.raises(Unanswered):
        visit.open("/health")
    visit.close()
    assert Door(*drilled.door, "").ask("/health").document() is None
