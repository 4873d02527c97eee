"""Whatever a vendor does wrong: the caller gets a proper error of its protocol, the journal says it, nothing leaks."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests import simulator as sim
from tests.gateway.edge.raw import Reply
from tests.gateway.pipeline.speech import (
    CHAT,
    EVERY,
    FORMS,
    MESSAGES,
    MLFLOW,
    STREAMED,
    Speech,
    ask,
    declare,
    form,
    named,
    settled,
)
from tests.gateway.serving import Gateway, vendor_at
from tests.simulator import Vendor as Simulator

ANSWER_BYTES = 200_000
LIMITS: dict[str, Any] = {
    "answer_bytes": ANSWER_BYTES,
    "timeouts": {"connect": 2.0, "first_byte": 0.25, "between_chunks": 0.25, "whole": 3.0},
}


class Fault(NamedTuple):
    """What the vendor does, the code that the caller gets, and how the record says that it ended."""

    behaviour: sim.Behaviour
    code: str
    end: str = "vendor_fault"


BROKEN, TIMEOUT = "vendor_broken", "vendor_timeout"

BEFORE_THE_ANSWER = {
    "reset": Fault(sim.Reset(), BROKEN),
    "hangup": Fault(sim.Hangup(), BROKEN),
    "stall": Fault(sim.Stall(), TIMEOUT),
    "unauthorised": Fault(sim.Status(401), BROKEN),
    "forbidden": Fault(sim.Status(403), BROKEN),
    "redirect": Fault(sim.Status(307), BROKEN),
    "no content": Fault(sim.Status(204), BROKEN),
    "gzip bomb": Fault(sim.GzipBomb(8_000_000), BROKEN),
    "not json": Fault(sim.NotJson(), BROKEN),
    "empty": Fault(sim.Empty(), BROKEN),
    "long header": Fault(sim.LongHeader(70_000), BROKEN),
}
WITHIN_THE_ANSWER = {
    "reset": Fault(sim.Reset(after=1), BROKEN),
    "stall": Fault(sim.Stall(before=False), TIMEOUT),
    "cut": Fault(sim.Cut(), BROKEN),
    "bad json": Fault(sim.BadJson(), BROKEN),
    "bad chunk": Fault(sim.BadChunk(), BROKEN),
    "off envelope": Fault(sim.OffEnvelope(), BROKEN),
    "endless": Fault(sim.Endless(), BROKEN),
}
STREAM_FAULTS = WITHIN_THE_ANSWER | {
    "error": Fault(sim.ErrorInStream(), BROKEN),
    "no end": Fault(sim.NoTerminal(finish=False), BROKEN),
    "huge": Fault(sim.Huge(300_000), BROKEN),
    "invalid utf-8": Fault(sim.InvalidUtf8(), BROKEN),
}


async def _recorded(gateway: Gateway, simulator: Simulator, fault: Fault, status: int) -> None:
    ((received, completed),) = await gateway.recorded()
    assert (completed.end, completed.code, completed.status) == (fault.end, fault.code, status)
    assert completed.vendor == "vendor"
    assert received.at <= completed.at
    await settled(gateway, simulator)
    assert simulator.tally.open_connections <= 1


@pytest.mark.parametrize("fault", BEFORE_THE_ANSWER)
@pytest.mark.parametrize("speech, stream", FORMS, ids=form)
async def test_no_answer_begins(
    gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool, fault: str
) -> None:
    expected = BEFORE_THE_ANSWER[fault]
    declare(gateway, simulator, speech, limits=LIMITS)
    simulator.always(expected.behaviour)
    reply = await ask(gateway, speech, stream)
    status = 504 if expected.code == TIMEOUT else 502
    assert (reply.status, speech.error_code(reply), reply.code) == (status, expected.code, expected.code)
    assert reply.header("content-type") == "application/json"
    await _recorded(gateway, simulator, expected, status)


@pytest.mark.parametrize("fault", WITHIN_THE_ANSWER)
@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_a_whole_answer_that_breaks_is_not_begun(
    gateway: Gateway, simulator: Simulator, speech: Speech, fault: str
) -> None:
    if speech is MLFLOW and fault == "off envelope":
        return  # {"predictions": null} is an answer of that protocol
    expected = WITHIN_THE_ANSWER[fault]
    declare(gateway, simulator, speech, limits=LIMITS)
    simulator.always(expected.behaviour)
    reply = await ask(gateway, speech)
    status = 504 if expected.code == TIMEOUT else 502
    assert (reply.status, speech.error_code(reply)) == (status, expected.code)
    await _recorded(gateway, simulator, expected, status)


@pytest.mark.parametrize("fault", STREAM_FAULTS)
@pytest.mark.parametrize("speech", STREAMED, ids=named)
async def test_a_stream_that_breaks_ends_with_an_error(
    gateway: Gateway, simulator: Simulator, speech: Speech, fault: str
) -> None:
    expected = STREAM_FAULTS[fault]
    declare(gateway, simulator, speech, limits=LIMITS)
    simulator.always(expected.behaviour)
    reply = await ask(gateway, speech, stream=True)
    if reply.status == 200:
        assert speech.stream_error(reply.body) == expected.code
        assert len(reply.body) < ANSWER_BYTES + 2_000
    else:
        assert speech.error_code(reply) == expected.code
    await _recorded(gateway, simulator, expected, 504 if expected.code == TIMEOUT else 502)


@pytest.mark.parametrize("status", [400, 404, 422, 429, 500, 503, 529])
@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_the_vendors_own_error_is_passed_on(
    gateway: Gateway, simulator: Simulator, speech: Speech, status: int
) -> None:
    declare(gateway, simulator, speech)
    simulator.always(sim.Status(status, retry_after=7, message="The vendor says no."))
    reply = await ask(gateway, speech)
    assert reply.status == status
    assert b"The vendor says no." in reply.body
    assert reply.header("retry-after") == "7"
    assert reply.code is None
    ((_, completed),) = await gateway.recorded()
    assert (completed.end, completed.status, completed.answer_bytes) == ("vendor_error", status, len(reply.body))
    await settled(gateway, simulator)


HARMLESS = {
    "wrong model": sim.WrongModel(),
    "drip": sim.Drip(size=500, interval=0.001),
    "off schema": sim.OffSchema(),
    "refusal": sim.Refusal(),
    "truncate": sim.Truncate(),
    "calls": sim.Calls(sim.Call("weather", {"city": "Oslo"})),
    "future": sim.Future(),
    "close after": sim.CloseAfter(),
    "echo": sim.Echo(),
    "no terminal but a finish": sim.NoTerminal(finish=True),
}


@pytest.mark.parametrize("oddity", HARMLESS)
@pytest.mark.parametrize("speech, stream", FORMS, ids=form)
async def test_what_is_odd_but_valid_passes(
    gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool, oddity: str
) -> None:
    declare(gateway, simulator, speech)
    simulator.script(HARMLESS[oddity])
    reply = await ask(gateway, speech, stream)
    if oddity.startswith("no terminal") and stream and speech is not CHAT:
        assert speech.stream_error(reply.body) == BROKEN
        return
    assert reply.status == 200
    ((_, completed),) = await gateway.recorded()
    assert (completed.end, completed.attempts, completed.answer_bytes) == ("answered", 1, len(reply.body))
    await settled(gateway, simulator)


FINISHES = {"refusal": "refusal", "truncate": "length", "calls": "tool", "echo": "stop"}


@pytest.mark.parametrize("oddity", FINISHES)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("speech", STREAMED, ids=named)
async def test_how_an_answer_finished_is_on_record(
    gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool, oddity: str
) -> None:
    declare(gateway, simulator, speech)
    simulator.script(HARMLESS[oddity])
    await ask(gateway, speech, stream)
    ((received, completed),) = await gateway.recorded()
    assert (received.stream, completed.finish) == (stream, FINISHES[oddity])
    assert completed.tokens_in > 0
    assert completed.latency >= completed.first_byte > 0


async def test_the_model_that_answered_is_told_and_recorded(gateway: Gateway, simulator: Simulator) -> None:
    simulator.always(sim.WrongModel("gpt-swapped"))
    whole, streamed = await ask(gateway, CHAT), await ask(gateway, CHAT, stream=True)
    assert [reply.header("x-prodworthy-model") for reply in (whole, streamed)] == ["gpt-swapped"] * 2
    assert [completed.model for _, completed in await gateway.recorded(2)] == ["gpt-swapped"] * 2


async def test_an_endless_slow_stream_ends_by_the_whole_deadline(gateway: Gateway, simulator: Simulator) -> None:
    times = {"connect": 1.0, "first_byte": 1.0, "between_chunks": 1.0, "whole": 0.5}
    declare(gateway, simulator, MESSAGES, limits={"timeouts": times})
    simulator.script(sim.Endless(interval=0.01))
    reply = await ask(gateway, MESSAGES, stream=True)
    assert MESSAGES.stream_error(reply.body) == TIMEOUT
    ((_, completed),) = await gateway.recorded()
    assert completed.status == 504
    assert 500_000 <= completed.latency < 2_000_000
    await settled(gateway, simulator)
    assert simulator.cancelled == 1


async def test_a_broken_answer_is_asked_for_once_more(gateway: Gateway, simulator: Simulator) -> None:
    simulator.script(sim.NotJson())
    reply = await ask(gateway, CHAT)
    assert reply.status == 200
    ((_, completed),) = await gateway.recorded()
    assert (completed.end, completed.attempts, len(simulator.received)) == ("answered", 2, 2)


async def test_a_vendor_that_is_not_there(gateway: Gateway, simulator: Simulator) -> None:
    async with Simulator() as gone:
        url = gone.url
    declare(gateway, simulator, CHAT)
    gateway.declare({"vendor": vendor_at(url)})
    reply = await ask(gateway, CHAT)
    assert (reply.status, CHAT.error_code(reply)) == (502, "vendor_unreachable")
    ((_, completed),) = await gateway.recorded()
    assert (completed.end, completed.code) == ("vendor_fault", "vendor_unreachable")


async def test_many_faults_leave_nothing_behind(gateway: Gateway, simulator: Simulator) -> None:
    declare(gateway, simulator, CHAT, limits=LIMITS)
    faults = [fault.behaviour for fault in (*BEFORE_THE_ANSWER.values(), *WITHIN_THE_ANSWER.values())]
    simulator.script(*(fault for fault in faults for _ in range(2)))
    replies: list[Reply] = [await ask(gateway, CHAT, stream=bool(turn % 2)) for turn in range(len(faults))]
    assert all(reply.status in (200, 502, 504) for reply in replies)
    await settled(gateway, simulator)
    await gateway.recorded(len(faults))
    assert simulator.tally.open_connections <= 1
    assert len(gateway.runtime.live) == 0
