"""A reader that asks about each tool that an answer calls."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prodworthy.gateway.pipeline.calling import MOST_CALLS, Watched
from prodworthy.gateway.pipeline.caps import caps
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.openai_chat_answer import ChatReader
from prodworthy.gateway.protocols.sse import event_of
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.contract import NoSettings, Point, configure
from prodworthy.policy.controls.deployment_safety.stage_gate import CONTROL
from prodworthy.policy.core.manifest import Manifest, Mode, Model
from prodworthy.policy.core.stages import Scope

SCOPE = Scope(tools=("look",))
DESK = Manifest(id="desk", owner="Ada", models=(Model("acme", "m"),))
PILOT = Workload("default", "desk", 1, "desk@1", DESK, {}, {}, True, stage="Pilot", scope=SCOPE)


class Recording:
    """What an entry and a served workload are to a reader."""

    traffic = "live"
    caps = caps(PILOT)
    called = tuple(c for c in configure(CONTROL, Mode.ENFORCE, NoSettings()) if c.stand.point is Point.TOOL_CALL)

    def __init__(self) -> None:
        self.decided: list[Any] = []

    def decide(self, records: list[Any]) -> None:
        self.decided += [record.outcome for record in records]


def _reader(entry: Recording) -> Watched:
    return Watched(ChatReader(False, False), entry, entry)  # type: ignore[arg-type]  # all that it uses of both


def _chunk(*names: str, first: int = 0) -> bytes:
    calls = [{"index": first + number, "function": {"name": name}} for number, name in enumerate(names)]
    return event_of("", json.dumps({"choices": [{"delta": {"tool_calls": calls}}]}).encode())


def test_each_call_is_asked_about_once_and_the_first_that_is_not_allowed_ends_the_answer() -> None:
    entry = Recording()
    reader = _reader(entry)
    for event in (_chunk("look"), _chunk("look"), _chunk("look", first=1), event_of("", b'{"choices": []}')):
        reader.event(event)
    assert entry.decided == ["allow", "allow"]
    assert (list(reader.called.values()), reader.answer().tools) == (["look"] * 2, ("look", "look"))
    assert (reader.ended, reader.heard) == (False, None)
    with pytest.raises(Refused) as refused:
        reader.event(_chunk("look", "send", first=2))
    assert refused.value.refusal.code.value == "tool_not_in_scope"
    assert entry.decided[2:] == ["allow", "block"]


def test_a_name_that_grows_is_asked_about_again() -> None:
    reader = _reader(Recording())
    reader.event(_chunk("look"))
    with pytest.raises(Refused):
        reader.event(_chunk("_up"))


def test_an_answer_that_calls_too_many_tools_is_broken() -> None:
    calls = [{"function": {"name": "look"}}] * (MOST_CALLS + 1)
    body = json.dumps({"choices": [{"message": {"tool_calls": calls}}]}).encode()
    with pytest.raises(AnswerBroken, match="more than 1000 tools"):
        _reader(Recording()).whole(body)
