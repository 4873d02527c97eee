"""What passes is passed on byte for byte: nothing is added, dropped or reordered without a reason."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.gateway.edge.raw import Reply, Wire, exchange, post, request
from tests.gateway.pipeline.speech import (
    CHAT,
    EVERY,
    FORMS,
    INFER,
    MESSAGES,
    RESPONSES,
    STREAMED,
    Speech,
    declare,
    form,
    named,
)
from tests.gateway.serving import Gateway
from tests.simulator import Future, Say, Stall
from tests.simulator import Vendor as Simulator

ODD = b'"x_future": {"z": [1, null, {"a": 1.50}], "b": "\\u00e9\\ud83d\\ude00"},\n\t"x_exact": 1.0e2 , '
OWN = ("x-prodworthy-exchange", "x-prodworthy-release", "x-prodworthy-model")
HOP = ("content-length", "transfer-encoding", "connection", "date", "server")


async def _direct(simulator: Simulator, speech: Speech, body: bytes) -> Reply:
    return await exchange(simulator.port, post(speech.path, body, "sk-vendor", [("anthropic-version", "2023-06-01")]))


@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_a_request_arrives_with_its_own_bytes(gateway: Gateway, simulator: Simulator, speech: Speech) -> None:
    key = declare(gateway, simulator, speech)
    body = b"{ " + ODD + speech.body()[1:] + b"\n"
    assert (await exchange(gateway.port, post(speech.path, body, key))).status == 200
    (received,) = simulator.received
    assert received.body == body
    assert (received.path, received.method) == (speech.path, "POST")


async def test_asking_for_usage_leaves_the_rest_as_it_was(gateway: Gateway, simulator: Simulator) -> None:
    body = b"{" + ODD + CHAT.body(stream=True, stream_options={"x_new": 1})[1:]
    await exchange(gateway.port, post(CHAT.path, body, gateway.keys["assistant"]))
    sent = simulator.received[0].body
    assert b'{"z": [1, null, {"a": 1.50}], "b": "\\u00e9\\ud83d\\ude00"}' in sent
    assert list(simulator.received[0].json()) == [
        "x_future",
        "x_exact",
        "model",
        "messages",
        "stream",
        "stream_options",
    ]
    assert simulator.received[0].json()["stream_options"] == {"x_new": 1, "include_usage": True}


async def test_the_vendors_name_of_a_model_takes_the_place_of_ours(gateway: Gateway, simulator: Simulator) -> None:
    models = [{"vendor": "vendor", "model": "gpt-sim-2026-01", "name": "fast"}]
    key = declare(gateway, simulator, CHAT, models=models)
    body = b"{" + ODD + CHAT.body(model="fast")[1:]
    reply = await exchange(gateway.port, post(CHAT.path, body, key))
    assert reply.header("x-prodworthy-model") == "gpt-sim-2026-01"
    sent = simulator.received[0]
    assert (sent.json()["model"], list(sent.json())) == (
        "gpt-sim-2026-01",
        ["x_future", "x_exact", "model", "messages"],
    )
    ((received, completed),) = await gateway.recorded()
    assert (received.model, completed.model) == ("fast", "gpt-sim-2026-01")


@pytest.mark.parametrize("future", [False, True], ids=["today", "tomorrow"])
@pytest.mark.parametrize("speech, stream", FORMS, ids=form)
async def test_an_answer_arrives_with_its_own_bytes(
    gateway: Gateway, simulator: Simulator, speech: Speech, stream: bool, future: bool
) -> None:
    key = declare(gateway, simulator, speech)
    usage: dict[str, Any] = {"stream_options": {"include_usage": True}} if stream and speech is CHAT else {}
    body = speech.body(stream, **usage)
    simulator.always(*([Future()] if future else [Say()]))
    direct = await _direct(simulator, speech, body)
    through = await exchange(gateway.port, post(speech.path, body, key))
    assert _same_ids(through.body) == _same_ids(direct.body)
    theirs = [(name, value) for name, value in direct.headers if name not in HOP]
    ours = [(name, value) for name, value in through.headers if name not in (*HOP, *OWN)]
    assert [name for name, _ in ours] == [name for name, _ in theirs]
    assert through.header("x-future-header") == ("unknown" if future else None)


def _same_ids(body: bytes) -> bytes:
    """The simulator numbers its answers and tells the time; both were asked within a moment."""
    return re.sub(rb'sim0000000\d|"created(_at)?":\d+|"(first|last)_id":"[^"]*"', b"", body)


@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_only_harmless_headers_travel(gateway: Gateway, simulator: Simulator, speech: Speech) -> None:
    key = declare(gateway, simulator, speech)
    more = [
        ("accept", "application/json"),
        ("cookie", "session=1"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-prodworthy-user", "ann@example.com"),
        ("x-secret", "1"),
        ("openai-organization", "org-ours"),
        ("user-agent", "client/1"),
        ("traceparent", f"00-{'a' * 32}-{'b' * 16}-01"),
    ]
    await exchange(gateway.port, post(speech.path, speech.body(), key, more))
    names = {name for name, _ in simulator.received[0].headers}
    assert names <= {
        "host", "content-length", "content-type", "accept", "accept-encoding", "authorization", "x-api-key",
        "anthropic-version", "traceparent",
    }  # fmt: skip
    assert "traceparent" in names
    ((received, _),) = await gateway.recorded()
    assert (received.trace, received.subject) == (
        "a" * 32,
        gateway.runtime.vault.subject("default", "ann@example.com"),
    )


@pytest.mark.parametrize("speech", STREAMED, ids=named)
async def test_a_stream_comes_as_it_comes(gateway: Gateway, simulator: Simulator, speech: Speech) -> None:
    """Each event is on its way before the next one exists."""
    key = declare(gateway, simulator, speech)
    simulator.script((Say("one two three four", chunks=4), Stall(before=False, after=2, seconds=None)))
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(speech.path, speech.body(stream=True), key))
        await wire.head()
        seen = b""
        while b"two" not in seen:
            seen += await wire.chunk()
        assert b"three" not in seen


async def test_metadata_of_a_model_passes(gateway: Gateway, simulator: Simulator) -> None:
    key = declare(gateway, simulator, INFER)
    for path in ("/v2/models/score-sim", "/v2/models/score-sim/ready", "/v2/models/score-sim/versions/1"):
        reply = await exchange(gateway.port, request("GET", path, key=key))
        assert (reply.status, simulator.received[-1].path) == (200, path)
    assert len(await gateway.recorded(3)) == 3


@pytest.mark.parametrize("speech", [MESSAGES, RESPONSES], ids=named)
async def test_streams_that_always_tell_usage_are_not_edited(
    gateway: Gateway, simulator: Simulator, speech: Speech
) -> None:
    key = declare(gateway, simulator, speech)
    await exchange(gateway.port, post(speech.path, speech.body(stream=True), key))
    assert simulator.received[0].body == speech.body(stream=True)
