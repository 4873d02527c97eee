"""Off means off: nothing new is answered, what runs ends with a proper end, the vendor is let go, all of it at once."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anthropic
import msgspec
import openai
import pytest

from prodworthy.gateway.pipeline.live import Cause
from tests.gateway.edge.raw import Wire, post, until
from tests.gateway.pipeline.speech import CHAT, EVERY, MESSAGES, STREAMED, Speech, ask, declare, named, settled
from tests.gateway.serving import Gateway
from tests.simulator import Endless, Say, Stall
from tests.simulator import Vendor as Simulator

pytestmark = pytest.mark.alone

ASKED: Any = [{"role": "user", "content": "What is a river?"}]


def raise_flags(gateway: Gateway, **flags: str) -> None:
    """Take the same policy with these kill flags on disk (`tenant__workload`, or ALL)."""
    current = gateway.runtime.current
    named_flags = {name.replace("__", "."): text for name, text in flags.items()}
    policy = msgspec.structs.replace(current.policy, revision=current.policy.revision + 1, flags=named_flags)
    current.take(policy, time.monotonic() + 3_600)


def lose_the_policy(gateway: Gateway) -> None:
    """As if nothing had confirmed the policy for longer than its lease."""
    current = gateway.runtime.current
    current.lease = -7_200.0
    current.expire(time.monotonic())


@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_nothing_new_is_answered(gateway: Gateway, simulator: Simulator, speech: Speech) -> None:
    declare(gateway, simulator, speech)
    gateway.kill(speech.workload, "the secret reason")
    reply = await ask(gateway, speech, stream=speech in STREAMED)
    assert (reply.status, reply.code, speech.error_code(reply)) == (503, "workload_killed", "workload_killed")
    assert reply.header("x-should-retry") == "false"
    assert reply.header("retry-after") is None
    assert b"secret reason" not in reply.body
    gateway.restore(speech.workload)
    assert (await ask(gateway, speech)).status == 200
    assert len(simulator.received) == 1
    (_, refused), (_, answered) = await gateway.recorded(2)
    assert (refused.end, refused.code, refused.attempts) == ("refused", "workload_killed", 0)
    assert ("PSF-6.4", "block") in {(decided.criterion, decided.outcome) for decided in refused.decisions}
    assert answered.end == "answered"


@pytest.mark.parametrize("running", [False, True], ids=["new", "running"])
async def test_the_reason_is_told_only_where_the_owner_says_so(
    gateway: Gateway, simulator: Simulator, running: bool
) -> None:
    for tell in (True, False):
        declare(gateway, simulator, CHAT, kill={"tell_reason": tell})
        if running:
            simulator.script(Stall())
            asked = asyncio.create_task(ask(gateway, CHAT))
            await simulator.until(lambda vendor: vendor.tally.open_requests == 1)
            gateway.kill("assistant", "wrong invoices")
            reply = await asked
        else:
            gateway.kill("assistant", "wrong invoices")
            reply = await ask(gateway, CHAT)
        assert (b"wrong invoices" in reply.body) == tell
        gateway.restore("assistant")


@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_a_running_whole_answer_is_refused(gateway: Gateway, simulator: Simulator, speech: Speech) -> None:
    declare(gateway, simulator, speech)
    simulator.script(Stall())
    asked = asyncio.create_task(ask(gateway, speech))
    await simulator.until(lambda vendor: vendor.tally.open_requests == 1)
    gateway.kill(speech.workload)
    reply = await asked
    assert (reply.status, speech.error_code(reply)) == (503, "workload_killed")
    assert reply.header("x-should-retry") == "false"
    await simulator.until(lambda vendor: vendor.cancelled == 1, deadline=1)
    ((_, completed),) = await gateway.recorded()
    assert (completed.end, completed.code, completed.status) == ("killed", "workload_killed", 503)
    await settled(gateway, simulator)


@pytest.mark.parametrize("speech", STREAMED, ids=named)
async def test_a_running_stream_ends_properly_and_at_once(
    gateway: Gateway, simulator: Simulator, speech: Speech
) -> None:
    declare(gateway, simulator, speech)
    simulator.script(Endless(interval=0.005))
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(speech.path, speech.body(stream=True), gateway.keys[speech.workload]))
        await wire.head()
        body = bytearray()
        for _ in range(5):
            body += await wire.chunk()
        gateway.kill(speech.workload)
        begun = time.monotonic()
        after = 0
        while piece := await wire.chunk():
            body += piece
            after += 1
        took = time.monotonic() - begun
        assert speech.stream_error(bytes(body)) == "workload_killed"
        assert took < 0.5
        assert after <= 10, "what was on its way, then the end"
        await simulator.until(lambda vendor: vendor.cancelled == 1, deadline=1)
        await wire.send(post(speech.path, speech.body(), gateway.keys[speech.workload]))
        assert (await wire.reply()).code == "workload_killed", "the connection itself lives on"
    ((_, completed), _) = await gateway.recorded(2)
    assert (completed.end, completed.code) == ("killed", "workload_killed")
    await settled(gateway, simulator)


async def test_the_sdks_raise_and_do_not_retry(gateway: Gateway, simulator: Simulator) -> None:
    key = declare(gateway, simulator, MESSAGES)
    gateway.kill("assistant")
    gateway.kill("claude")
    base = f"{gateway.url}/v1"
    async with openai.AsyncOpenAI(base_url=base, api_key=gateway.keys["assistant"], max_retries=5) as client:
        with pytest.raises(openai.InternalServerError) as refused:
            await client.chat.completions.create(model="gpt-sim", messages=ASKED)
        assert refused.value.code == "workload_killed"
    async with anthropic.AsyncAnthropic(base_url=gateway.url, api_key=key, max_retries=5) as claude:
        with pytest.raises(anthropic.InternalServerError, match="switched off"):
            await claude.messages.create(model="claude-sim", max_tokens=9, messages=ASKED)
    assert len(await gateway.recorded(2)) == 2, "one request each"


async def test_the_sdks_raise_within_a_killed_stream(gateway: Gateway, simulator: Simulator) -> None:
    key = declare(gateway, simulator, MESSAGES)
    simulator.always(Endless(interval=0.005))
    base = f"{gateway.url}/v1"
    async with openai.AsyncOpenAI(base_url=base, api_key=gateway.keys["assistant"], max_retries=5) as client:
        chat = await client.chat.completions.create(model="gpt-sim", messages=ASKED, stream=True)
        responses = await client.responses.create(model="gpt-sim", input="hello", stream=True)
        await anext(aiter(chat))
        await anext(aiter(responses))
        gateway.kill("assistant")
        for stream in (chat, responses):
            with pytest.raises(openai.APIError) as killed:
                async for _ in stream:
                    pass
            assert killed.value.code == "workload_killed"
    async with anthropic.AsyncAnthropic(base_url=gateway.url, api_key=key, max_retries=5) as claude:

        async def listen() -> None:
            async with claude.messages.stream(model="claude-sim", max_tokens=9, messages=ASKED) as message:
                async for _ in message:
                    gateway.kill("claude")

        with pytest.raises(anthropic.APIStatusError, match="switched off"):
            await listen()
    await settled(gateway, simulator)
    assert simulator.tally.requests == 3


async def test_a_kill_stops_one_workload_and_no_other(gateway: Gateway, simulator: Simulator) -> None:
    declare(gateway, simulator, MESSAGES)
    simulator.script(Say(chunks=20, interval=0.01), Stall())
    other = asyncio.create_task(ask(gateway, MESSAGES, stream=True))
    await simulator.until(lambda vendor: vendor.tally.open_requests == 1)
    asked = asyncio.create_task(ask(gateway, CHAT))
    await simulator.until(lambda vendor: vendor.tally.open_requests == 2)
    gateway.kill("assistant")
    assert (await asked).code == "workload_killed"
    assert MESSAGES.is_whole((await other).body)


async def test_a_slow_reader_cannot_hold_a_kill_up(gateway: Gateway, simulator: Simulator) -> None:
    declare(gateway, simulator, CHAT, limits={"answer_bytes": 200_000_000})
    simulator.script(Endless())
    async with await Wire.open(gateway.port, receive_buffer=4_096) as wire:
        await wire.send(post(CHAT.path, CHAT.body(stream=True), gateway.keys["assistant"]))
        await wire.read(1)
        await simulator.until(lambda vendor: any(one.blocked for one in vendor.connections))
        begun = time.monotonic()
        gateway.kill("assistant")
        await simulator.until(lambda vendor: vendor.cancelled == 1, deadline=1)
        ((_, completed),) = await gateway.recorded()
        assert completed.end == "killed"
        await settled(gateway, simulator)
        assert time.monotonic() - begun < 1.0


async def test_a_slow_reader_of_an_answers_end_cannot_hold_a_kill_up(gateway: Gateway, simulator: Simulator) -> None:
    simulator.script(Say(size=3_000_000, chunks=1))
    async with await Wire.open(gateway.port, receive_buffer=4_096) as wire:
        await wire.send(post(CHAT.path, CHAT.body(stream=True), gateway.keys["assistant"]))
        await gateway.recorded()
        begun = time.monotonic()
        gateway.kill("assistant")
        await settled(gateway, simulator)
        assert time.monotonic() - begun < 1.0


async def test_a_caller_that_is_still_sending_its_body(gateway: Gateway, simulator: Simulator) -> None:
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(CHAT.path, CHAT.body(), gateway.keys["assistant"])[:-5])
        await until(lambda: len(gateway.runtime.live))
        gateway.kill("assistant")
        assert (await wire.reply()).code == "workload_killed"
    assert not simulator.received


class TestFlags:
    @pytest.mark.parametrize("flag", ["default__assistant", "ALL"])
    async def test_a_flag_on_disk_kills_and_lowering_it_restores(
        self, gateway: Gateway, simulator: Simulator, flag: str
    ) -> None:
        declare(gateway, simulator, CHAT, kill={"tell_reason": True})
        simulator.script(Endless(interval=0.005))
        async with await Wire.open(gateway.port) as wire:
            await wire.send(post(CHAT.path, CHAT.body(stream=True), gateway.keys["assistant"]))
            await wire.head()
            raise_flags(gateway, **{flag: "by hand"})
            body = bytearray()
            while piece := await wire.chunk():
                body += piece
        assert CHAT.stream_error(bytes(body)) == "workload_killed"
        assert b"by hand" in body
        assert (await ask(gateway, CHAT)).code == "workload_killed"
        raise_flags(gateway)
        assert (await ask(gateway, CHAT)).status == 200

    async def test_the_flag_of_another_workload_is_no_matter(self, gateway: Gateway) -> None:
        raise_flags(gateway, default__other="", acme__assistant="")
        assert (await ask(gateway, CHAT)).status == 200


class TestLostPolicy:
    @pytest.mark.parametrize(
        "manifest, stops",
        [
            ({"risk_tier": "critical", "kill": {"when_unknown": "continue"}}, True),
            ({"risk_tier": "high", "kill": {"when_unknown": "continue"}}, True),
            ({"risk_tier": "medium"}, True),
            ({"risk_tier": "low", "kill": {"when_unknown": "continue"}}, False),
            ({"risk_tier": "medium", "kill": {"when_unknown": "continue"}}, False),
        ],
    )
    async def test_what_stops_and_what_goes_on(
        self, gateway: Gateway, simulator: Simulator, manifest: dict[str, Any], stops: bool
    ) -> None:
        declare(gateway, simulator, CHAT, **manifest)
        simulator.script(Say(chunks=10, interval=0.02))
        running = asyncio.create_task(ask(gateway, CHAT, stream=True))
        await simulator.until(lambda vendor: vendor.tally.open_streams == 1)
        lose_the_policy(gateway)
        stream = await running
        fresh = await ask(gateway, CHAT)
        if stops:
            told = CHAT.error_code(stream) if stream.status == 503 else CHAT.stream_error(stream.body)
            assert (told, fresh.code) == ("switch_unknown", "switch_unknown")
            assert fresh.header("x-should-retry") == "false"
            ends = {(completed.end, completed.code) for _, completed in await gateway.recorded(2)}
            assert ends == {("killed", "switch_unknown"), ("refused", "switch_unknown")}
        else:
            assert CHAT.is_whole(stream.body)
            assert fresh.status == 200

    async def test_a_kill_that_is_known_stays_in_force(self, gateway: Gateway, simulator: Simulator) -> None:
        declare(gateway, simulator, CHAT, kill={"when_unknown": "continue"}, risk_tier="low")
        gateway.kill("assistant")
        lose_the_policy(gateway)
        assert (await ask(gateway, CHAT)).code == "workload_killed"

    async def test_word_again_restores(self, gateway: Gateway, simulator: Simulator) -> None:
        lose_the_policy(gateway)
        assert (await ask(gateway, CHAT)).code == "switch_unknown"
        gateway.runtime.current.lease = 3_600.0
        assert (await ask(gateway, CHAT)).status == 200


async def test_draining_ends_what_runs(gateway: Gateway, simulator: Simulator) -> None:
    simulator.script(Endless(interval=0.005))
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(CHAT.path, CHAT.body(stream=True), gateway.keys["assistant"]))
        await wire.head()
        gateway.runtime.live.stop_all(Cause.DRAINING)
        body = bytearray()
        while piece := await wire.chunk():
            body += piece
    assert CHAT.stream_error(bytes(body)) == "draining"
    ((_, completed),) = await gateway.recorded()
    assert (completed.end, completed.code) == ("draining", "draining")


@pytest.mark.slow
async def test_two_hundred_streams_end_in_one_kill(gateway: Gateway, simulator: Simulator) -> None:
    simulator.always(Endless(interval=0.05))
    data = post(CHAT.path, CHAT.body(stream=True), gateway.keys["assistant"])
    wires = [await Wire.open(gateway.port) for _ in range(200)]
    for wire in wires:
        await wire.send(data)
    for wire in wires:
        await wire.head()

    async def ended(wire: Wire) -> float:
        last = b""
        while piece := await wire.chunk():
            last = piece
        assert CHAT.stream_error(last) == "workload_killed"
        return time.monotonic()

    gateway.kill("assistant")
    begun = time.monotonic()
    ends = await asyncio.gather(*(ended(wire) for wire in wires))
    assert max(ends) - begun < 1.0
    await simulator.until(lambda vendor: vendor.cancelled == 200)
    assert {completed.end for _, completed in await gateway.recorded(200)} == {"killed"}
    for wire in wires:
        await wire.close()
