"""What a workload's stage opens to live traffic, at the front door; and what of it is on record."""

from __future__ import annotations

from typing import Any

import pytest

from prodworthy.policy.core.stages import Scope
from tests.gateway.edge.raw import Reply, Wire, post
from tests.gateway.pipeline.speech import CHAT, EVERY, FORMS, STREAMED, Speech, declare, form, named
from tests.gateway.serving import Gateway
from tests.simulator import Call, Calls
from tests.simulator import Vendor as Simulator

TRAFFIC = ("test", "live", "drill")


class Desk:
    """A workload, and keys of each class for it."""

    def __init__(self, gateway: Gateway, simulator: Simulator, speech: Speech = CHAT, **manifest: Any) -> None:
        declare(gateway, simulator, speech, **manifest)
        self._gateway, self._speech, self.simulator = gateway, speech, simulator
        self.keys = {traffic: gateway.key(speech.workload, traffic) for traffic in TRAFFIC}

    def stand(self, stage: str, known: tuple[str, ...] | None = None, **scope: Any) -> None:
        """Put it at a stage, with these end users on record."""
        subjects = None if known is None else frozenset(map(self.subject, known))
        self._gateway.stand(self._speech.workload, stage, subjects, Scope(**scope))

    def subject(self, user: str) -> str:
        return self._gateway.runtime.vault.subject("default", user)

    async def ask(self, traffic: str = "live", user: str = "", stream: bool = False, **more: Any) -> Reply:
        fields = [("x-prodworthy-user", user)] if user else []
        async with await Wire.open(self._gateway.port) as wire:
            body = self._speech.body(stream, **more)
            await wire.send(post(self._speech.path, body, self.keys[traffic], fields))
            return await wire.reply()

    async def codes(self, *users: str) -> list[str]:
        """The codes of the answers to live requests of these users, "" where answered."""
        return [(await self.ask(user=user)).code or "" for user in users]


@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_live_traffic_waits_for_its_stage_and_other_traffic_does_not(
    gateway: Gateway, simulator: Simulator, speech: Speech
) -> None:
    desk = Desk(gateway, simulator, speech)
    opened = {}
    for stage in ("Experiment", "Pilot", "Production", "Scaled", "Gold"):
        desk.stand(stage)
        opened[stage] = [(await desk.ask(traffic, "u")).status == 200 for traffic in TRAFFIC]
    closed, full = [True, False, True], [True, True, True]
    assert opened == {"Experiment": closed, "Pilot": full, "Production": full, "Scaled": full, "Gold": closed}
    desk.stand("Experiment")
    reply = await desk.ask()
    assert (reply.status, speech.error_code(reply)) == (403, "stage_closed")
    assert b"prodworthy show" in reply.body


async def test_the_record_has_the_class_and_the_decision(gateway: Gateway, simulator: Simulator) -> None:
    desk = Desk(gateway, simulator)
    desk.stand("Pilot", ())
    for traffic in TRAFFIC:
        await desk.ask(traffic, "u")
    desk.stand("Experiment")
    await desk.ask("live", "u")
    pairs = await gateway.recorded(4)
    classes = [(received.traffic, received.counted, completed.traffic) for received, completed in pairs]
    assert classes == [("", False, ""), ("live", True, "live"), ("drill", False, "drill"), ("live", False, "live")]
    decided = [{d.criterion: d.outcome for d in completed.decisions}["PSF-5.5"] for _, completed in pairs]
    assert decided == ["allow", "allow", "allow", "block"]


async def test_a_pilot_serves_so_many_users_and_no_more(gateway: Gateway, simulator: Simulator) -> None:
    desk = Desk(gateway, simulator)
    desk.stand("Pilot", ("ada", "bo"), users=4)
    full = "users_exhausted"
    assert await desk.codes("ada", "cy", "cy", "di", "ed", "bo", "di") == ["", "", "", "", full, "", ""]
    assert await desk.codes("") == ["end_user_missing"]
    assert (await desk.ask("test", "somebody else")).status == 200
    # what the record has meanwhile neither counts twice nor makes room
    desk.stand("Pilot", ("ada", "bo", "cy"), users=4)
    assert await desk.codes("di", "ed") == ["", full]
    desk.stand("Pilot", ("ada", "bo", "cy", "di"), users=5)
    assert await desk.codes("ed", "fi") == ["", full]
    # in Production nobody is counted; back in Pilot those on record count again
    desk.stand("Production")
    assert await desk.codes("fi", "") == ["", ""]
    pairs = await gateway.recorded(14)
    counted = {received.subject for received, _ in pairs if received.counted}
    assert counted == set(map(desk.subject, ("ada", "bo", "cy", "di", "ed", "fi")))


async def test_who_is_refused_takes_no_place(gateway: Gateway, simulator: Simulator) -> None:
    desk = Desk(gateway, simulator)
    desk.stand("Pilot", (), users=1, tools=())
    tools = [{"type": "function", "function": {"name": "send"}}]
    assert (await desk.ask(user="ada", tools=tools)).code == "tool_not_in_scope"
    gateway.kill("assistant")
    assert (await desk.ask(user="ada")).code == "workload_killed"
    gateway.restore("assistant")
    assert await desk.codes("bo", "ada") == ["", "users_exhausted"]


async def test_users_that_nobody_knows_are_not_let_in(gateway: Gateway, simulator: Simulator) -> None:
    desk = Desk(gateway, simulator)
    desk.stand("Pilot", users=4)
    assert await desk.codes("ada") == ["cannot_decide"]
    assert (await desk.ask("test", "ada")).status == 200


async def test_the_smaller_rate_is_the_limit(gateway: Gateway, simulator: Simulator) -> None:
    desk = Desk(gateway, simulator, limits={"rate": {"count": 1_000_000, "seconds": 1}})
    desk.stand("Production", rate=(2, 3_600_000))
    assert await desk.codes("a", "a", "a") == ["", "", ""]
    desk.stand("Pilot", rate=(2, 3_600_000))
    assert (await desk.codes("a", "a", "a"))[-1] == "rate_limited"


TOOLS: dict[str, Any] = {
    "chat": lambda name: {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}},
    "responses": lambda name: {"type": "function", "name": name, "parameters": {"type": "object"}},
    "messages": lambda name: {"name": name, "input_schema": {"type": "object"}},
}


@pytest.mark.parametrize("guarded", [False, True], ids=["unread", "guarded"])
@pytest.mark.parametrize("speech, stream", [each for each in FORMS if each[0] in STREAMED], ids=form)
async def test_tools_beyond_the_scope_are_neither_offered_nor_called(
    gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool, guarded: bool
) -> None:
    controls: dict[str, Any] = {"PSF-7.3": {}} if guarded else {}
    desk = Desk(gateway, simulator, speech, tools=[{"name": "look"}], controls=controls)
    desk.stand("Pilot", tools=("look",))
    look, send = (TOOLS[speech.name](name) for name in ("look", "send"))
    reply = await desk.ask(stream=stream, tools=[look, send])
    assert (reply.status, speech.error_code(reply)) == (403, "tool_not_in_scope")
    assert not simulator.received
    simulator.always(Calls(Call("look", {"a": 1})))
    reply = await desk.ask(stream=stream, tools=[look])
    assert (reply.status, b"look" in reply.body) == (200, True)
    simulator.always(Calls(Call("look", {"a": 1}), Call("send_it", {"to": "mallory"})))
    reply = await desk.ask(stream=stream, tools=[look])
    assert b"send_it" not in reply.body
    assert b"mallory" not in reply.body
    streamed = (reply.header("content-type") or "").startswith("text/event-stream")
    assert (speech.stream_error(reply.body) if streamed else speech.error_code(reply)) == "tool_not_in_scope"
    # no other traffic is bounded by the scope
    assert (await desk.ask("test", stream=stream, tools=[look])).code is None
    desk.stand("Production")
    assert (await desk.ask(stream=stream, tools=[look, send])).code is None
    pairs = await gateway.recorded(5)
    figures = [(done.tools_offered, done.tools, done.undeclared) for _, done in pairs]
    assert figures == [(2, 0, 1), (1, 1, 0), (1, 2, 1), (1, 2, 1), (2, 2, 2)]
    assert [done.code for _, done in pairs] == ["tool_not_in_scope", "", "tool_not_in_scope", "", ""]
