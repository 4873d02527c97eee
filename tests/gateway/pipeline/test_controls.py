"""The controls through the front door: what each promises, seen by a caller, at the vendor and on record."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from prodworthy.policy.core.events import Completed, Raised
from prodworthy.policy.core.quota import DAY
from tests.gateway.edge.raw import Reply, exchange, post
from tests.gateway.pipeline.speech import (
    CHAT,
    INFER,
    MESSAGES,
    STREAMED,
    Speech,
    ask,
    declare,
    named,
    settled,
)
from tests.gateway.serving import Gateway
from tests.simulator import Call, Calls, ErrorInStream, NotJson, OffSchema, Refusal, Say, Stall, Truncate
from tests.simulator import Vendor as Simulator

SCHEMA = {
    "type": "object",
    "properties": {"risk": {"type": "integer", "minimum": 0, "maximum": 9}},
    "required": ["risk"],
    "additionalProperties": False,
}
STRUCTURED: dict[str, Any] = {"PSF-2.1": {"settings": {"schema": SCHEMA}}}
GOOD, BAD = '{"risk":3}', '{"risk":"LEAKED"}'
BOTH = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
GENERATIVE = pytest.mark.parametrize("speech", STREAMED, ids=named)


def _decided(completed: Completed, criterion: str) -> tuple[str, str]:
    (found,) = [decided for decided in completed.decisions if decided.criterion == criterion]
    return found.outcome, found.mode


def _text(speech: Speech, reply: Reply) -> str:
    """What the answer says, whole or streamed."""
    if reply.header("content-type") == "application/json":
        told = reply.json()
        if speech is CHAT:
            return str(told["choices"][0]["message"]["content"])
        return str(told["content"][0]["text"] if speech is MESSAGES else told["output"][0]["content"][0]["text"])
    found = []
    for event in reply.body.split(b"\n\n"):
        data = event.rpartition(b"data: ")[2]
        told = json.loads(data) if data.startswith(b"{") else {}
        if speech is CHAT:
            found += [choice["delta"].get("content") or "" for choice in told.get("choices", ())]
        elif speech is MESSAGES:
            found.append(told.get("delta", {}).get("text", ""))
        elif told.get("type") == "response.output_text.delta":
            found.append(told["delta"])
    return "".join(found)


class TestStructuredOutput:
    @BOTH
    @GENERATIVE
    async def test_the_model_is_asked_for_the_schema(
        self, gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool
    ) -> None:
        declare(gateway, simulator, speech, controls=STRUCTURED)
        reply = await ask(gateway, speech, stream)
        assert json.loads(_text(speech, reply)) == {"risk": 0}
        sent = simulator.received[0].json()
        asked = {
            "chat": lambda: sent["response_format"]["json_schema"]["schema"],
            "responses": lambda: sent["text"]["format"]["schema"],
            "messages": lambda: sent["output_config"]["format"]["schema"],
        }
        assert asked[speech.name]() == SCHEMA
        ((_, completed),) = await gateway.recorded()
        assert _decided(completed, "PSF-2.1") == _decided(completed, "PSF-2.2") == ("allow", "enforce")

    @BOTH
    @GENERATIVE
    async def test_off_schema_once_is_asked_again(
        self, gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool
    ) -> None:
        declare(gateway, simulator, speech, controls=STRUCTURED)
        simulator.script(Say(BAD), Say(GOOD))
        reply = await ask(gateway, speech, stream)
        assert (reply.status, _text(speech, reply)) == (200, GOOD)
        assert b"LEAKED" not in reply.body
        ((_, completed),) = await gateway.recorded()
        assert (completed.end, completed.attempts, len(simulator.received)) == ("answered", 2, 2)
        assert completed.tokens_out == 2, "the tokens of both attempts are paid for"
        assert _decided(completed, "PSF-2.1") == ("allow", "enforce")
        (fallback,) = [decided for decided in completed.decisions if decided.criterion == "PSF-2.2"]
        assert (fallback.outcome, fallback.reason) == ("allow", "Answered on attempt 2.")

    @BOTH
    @GENERATIVE
    async def test_off_schema_always_is_refused(
        self, gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool
    ) -> None:
        declare(gateway, simulator, speech, controls=STRUCTURED)
        simulator.always(Say(BAD))
        reply = await ask(gateway, speech, stream)
        assert (reply.status, reply.code, speech.error_code(reply)) == (502, "output_invalid", "output_invalid")
        assert reply.header("x-should-retry") == "false"
        assert b"LEAKED" not in reply.body
        ((_, completed),) = await gateway.recorded()
        assert (completed.end, completed.code, completed.attempts) == ("refused", "output_invalid", 2)
        assert (completed.answer_bytes, _decided(completed, "PSF-2.1")[0]) == (0, "block")
        assert _decided(completed, "PSF-2.2")[0] == "block"
        await settled(gateway, simulator)

    @BOTH
    @GENERATIVE
    async def test_a_safe_answer_takes_its_place(
        self, gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool
    ) -> None:
        safe = {"then": "safe_answer", "safe_answer": '{"risk":9}', "retries": 2}
        declare(gateway, simulator, speech, controls={**STRUCTURED, "PSF-2.2": {"settings": safe}})
        simulator.always(OffSchema())
        reply = await ask(gateway, speech, stream)
        assert (reply.status, _text(speech, reply)) == (200, '{"risk":9}')
        assert not stream or speech.is_whole(reply.body)
        ((_, completed),) = await gateway.recorded()
        assert (completed.end, completed.attempts) == ("replaced", 3)
        assert (_decided(completed, "PSF-2.1")[0], _decided(completed, "PSF-2.2")[0]) == ("block", "redact")
        assert completed.answer_bytes == len(reply.body)

    @BOTH
    @GENERATIVE
    @pytest.mark.parametrize(
        "state",
        [Refusal(), Truncate(), Say(""), NotJson(), Say("{" * 50), Say(GOOD + GOOD)],
        ids=lambda one: str(one)[:20],
    )
    async def test_defined_states_of_a_bad_answer(
        self, gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool, state: Any
    ) -> None:
        declare(gateway, simulator, speech, controls=STRUCTURED)
        simulator.always(state)
        reply = await ask(gateway, speech, stream)
        assert reply.status == 502
        assert speech.error_code(reply) in ("output_invalid", "vendor_broken")
        ((_, completed),) = await gateway.recorded()
        assert (completed.attempts, completed.answer_bytes) == (2, 0)

    @GENERATIVE
    async def test_a_tool_call_is_not_the_final_answer(
        self, gateway: Gateway, simulator: Simulator, speech: Speech
    ) -> None:
        declare(gateway, simulator, speech, controls=STRUCTURED)
        simulator.script(Calls(Call("look_up", {"id": 7})))
        assert (await ask(gateway, speech)).status == 200

    @BOTH
    async def test_a_long_answer_is_checked_too(self, gateway: Gateway, simulator: Simulator, stream: bool) -> None:
        declare(gateway, simulator, CHAT, controls=STRUCTURED)
        simulator.always(Say(json.dumps({"risk": 3, "x": "y" * 50_000})))
        assert (await ask(gateway, CHAT, stream)).code == "output_invalid"

    @BOTH
    async def test_observing_records_and_does_not_act(
        self, gateway: Gateway, simulator: Simulator, stream: bool
    ) -> None:
        observed = {"PSF-2.1": {"mode": "observe", "settings": {"schema": SCHEMA}}}
        declare(gateway, simulator, CHAT, controls=observed)
        simulator.script(Say(BAD))
        reply = await ask(gateway, CHAT, stream)
        assert (reply.status, _text(CHAT, reply)) == (200, BAD)
        ((_, completed),) = await gateway.recorded()
        assert _decided(completed, "PSF-2.1") == ("block", "observe")
        assert (completed.end, completed.attempts) == ("answered", 1)
        assert "response_format" not in simulator.received[0].json()

    async def test_an_observed_fallback_neither_retries_nor_replaces(
        self, gateway: Gateway, simulator: Simulator
    ) -> None:
        safe = {"mode": "observe", "settings": {"then": "safe_answer", "safe_answer": "SAFE", "retries": 3}}
        declare(gateway, simulator, CHAT, controls={**STRUCTURED, "PSF-2.2": safe})
        simulator.always(Say(BAD))
        assert (await ask(gateway, CHAT)).code == "output_invalid"
        ((_, completed),) = await gateway.recorded()
        assert (completed.attempts, _decided(completed, "PSF-2.2")) == (1, ("redact", "observe"))

    async def test_a_kill_between_two_attempts(self, gateway: Gateway, simulator: Simulator) -> None:
        declare(gateway, simulator, CHAT, controls=STRUCTURED)
        simulator.script(Say(BAD), Stall())
        asked = asyncio.create_task(ask(gateway, CHAT))
        await simulator.until(lambda vendor: len(vendor.received) == 2)
        gateway.kill("assistant")
        assert (await asked).code == "workload_killed"
        ((_, completed),) = await gateway.recorded()
        assert (completed.end, completed.attempts) == ("killed", 2)


class TestInputContract:
    @pytest.mark.parametrize(
        "settings, more",
        [
            ({"characters": 40}, {"messages": [{"role": "user", "content": "x" * 41}]}),
            ({"passages": 2}, {"messages": [{"role": "user", "content": "x"}] * 3}),
            ({"answer_tokens": 100}, {"max_tokens": 101}),
            ({"tools": False}, {"tools": [{"type": "function", "function": {"name": "shell"}}]}),
            ({"off_scope": ["legal advice"]}, {"messages": [{"role": "user", "content": "Give me LEGAL advice!"}]}),
            ({"in_scope": ["refund"]}, {"messages": [{"role": "user", "content": "Tell me a joke"}]}),
        ],
    )
    async def test_text(
        self, gateway: Gateway, simulator: Simulator, settings: dict[str, Any], more: dict[str, Any]
    ) -> None:
        declare(gateway, simulator, CHAT, controls={"PSF-1.2": {"settings": settings}})
        reply = await ask(gateway, CHAT, **more)
        assert (reply.status, CHAT.error_code(reply)) == (400, "contract_violation")
        assert not simulator.received
        ((_, completed),) = await gateway.recorded()
        assert _decided(completed, "PSF-1.2") == ("block", "enforce")
        declare(gateway, simulator, CHAT, controls={"PSF-1.2": {"mode": "observe", "settings": settings}})
        assert (await ask(gateway, CHAT, **more)).status == 200
        assert _decided((await gateway.recorded(2))[1][1], "PSF-1.2") == ("block", "observe")

    @pytest.mark.parametrize(
        "data, code", [([1, 2, 3, 4], ""), ([1, 2, 3, 40], "contract_violation"), ([1, 2, 3, None], "invalid_request")]
    )
    async def test_features(self, gateway: Gateway, simulator: Simulator, data: list[Any], code: str) -> None:
        feature = {"name": "x", "datatype": "FP32", "shape": [-1, 4], "minimum": 0, "maximum": 10}
        key = declare(gateway, simulator, INFER, controls={"PSF-1.2": {"settings": {"features": [feature]}}})
        tensor = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": data}
        reply = await exchange(gateway.port, post(INFER.path, json.dumps({"inputs": [tensor]}).encode(), key))
        assert (reply.code or "") == code
        assert len(simulator.received) == (not code)


class TestRateLimits:
    """A gateway that never met its broker has one request of each rate, and its share of what is left of a budget."""

    @pytest.fixture(autouse=True)
    def at_midnight(self, gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every budget's window has just begun."""
        monkeypatch.setattr(gateway.runtime.lessee, "_wall", lambda: 20_000 * DAY)

    async def test_of_the_workload(self, gateway: Gateway, simulator: Simulator) -> None:
        declare(gateway, simulator, CHAT, limits={"rate": {"count": 3, "seconds": 3_600}})
        replies = [await ask(gateway, CHAT) for _ in range(3)]
        assert [reply.code for reply in replies] == [None, "rate_limited", "rate_limited"]
        assert [reply.status for reply in replies[1:]] == [429, 429]
        assert 1_000 <= int(replies[1].header("retry-after") or 0) <= 1_200
        assert len(simulator.received) == 1
        ends = [(completed.end, completed.code) for _, completed in await gateway.recorded(3)]
        assert ends[1:] == [("refused", "rate_limited")] * 2
        gateway.runtime.tally.flush(time.time_ns())
        gateway.runtime.spool.close()
        (raised,) = [event for event in gateway.events() if isinstance(event, Raised)]
        assert (raised.workload, raised.condition, raised.count) == ("assistant", "rate_limited", 2)

    async def test_of_an_end_user(self, gateway: Gateway, simulator: Simulator) -> None:
        declare(gateway, simulator, CHAT, limits={"rate_per_user": {"count": 1, "seconds": 3_600}})
        codes = [(await ask(gateway, CHAT, user=user)).code for user in ("ann", "bob", "ann", "bob", "cem")]
        assert codes == [None, None, "rate_limited", "rate_limited", None]

    @pytest.mark.parametrize("budget", ["tokens_per_minute", "tokens_per_day"])
    async def test_of_tokens(self, gateway: Gateway, simulator: Simulator, budget: str) -> None:
        """Estimates are put right by what the vendor counts."""
        declare(gateway, simulator, CHAT, limits={budget: 200})
        first = await ask(gateway, CHAT, max_tokens=100)
        second = await ask(gateway, CHAT, max_tokens=100)
        assert [first.code, second.code] == [None, None], "the first used far less than it had reserved"
        third = await ask(gateway, CHAT, max_tokens=190)
        assert (third.status, third.code) == (429, "tokens_exhausted")
        assert third.header("retry-after")

    async def test_a_refused_request_costs_no_tokens(self, gateway: Gateway, simulator: Simulator) -> None:
        contract = {"PSF-1.2": {"settings": {"tools": False}}}
        declare(gateway, simulator, CHAT, limits={"tokens_per_day": 200}, controls=contract)
        for _ in range(5):
            reply = await ask(gateway, CHAT, max_tokens=100, tools=[{"type": "function", "function": {"name": "x"}}])
            assert reply.code == "contract_violation"
        assert (await ask(gateway, CHAT, max_tokens=100)).status == 200

    async def test_observed_limits_do_not_refuse(self, gateway: Gateway, simulator: Simulator) -> None:
        observed = {"PSF-1.4": {"mode": "observe"}}
        declare(gateway, simulator, CHAT, limits={"rate": {"count": 1, "seconds": 3_600}}, controls=observed)
        assert [(await ask(gateway, CHAT)).status for _ in range(3)] == [200, 200, 200]
        outcomes = [_decided(completed, "PSF-1.4") for _, completed in await gateway.recorded(3)]
        assert outcomes == [("allow", "observe"), ("block", "observe"), ("block", "observe")]

    async def test_a_kill_is_told_before_a_limit(self, gateway: Gateway, simulator: Simulator) -> None:
        declare(gateway, simulator, CHAT, limits={"rate": {"count": 1, "seconds": 3_600}})
        await ask(gateway, CHAT)
        gateway.kill("assistant")
        assert (await ask(gateway, CHAT)).code == "workload_killed"


@GENERATIVE
async def test_a_stream_that_broke_has_its_decision_on_record(
    gateway: Gateway, simulator: Simulator, speech: Speech
) -> None:
    """It began, so it cannot be asked for again, whatever the fallback allows."""
    declare(gateway, simulator, speech)
    simulator.script(ErrorInStream())
    assert speech.stream_error((await ask(gateway, speech, stream=True)).body) == "vendor_broken"
    ((_, completed),) = await gateway.recorded()
    assert completed.attempts == len(simulator.received) == 1
    assert _decided(completed, "PSF-2.2") == ("block", "enforce")
