"""What a stream carries beside its documents reaches nobody unread: comments, ids, other lines of an event."""

from __future__ import annotations

import json

import pytest

from tests.gateway.edge.raw import Wire, post
from tests.gateway.matrix.answers import ANSWERS, Given, given
from tests.gateway.matrix.detectors import WORDS, Bench
from tests.gateway.pipeline.speech import STREAMED, Speech, declare, named
from tests.gateway.serving import Gateway
from tests.simulator import Vendor as Simulator

WORD = WORDS["secrets"].encode()
LINES = {"comment": b": " + WORD + b"\n\n", "id": b"id: " + WORD + b"\n\n", "unknown": WORD + b"\n\n"}


async def _stream(gateway: Gateway, speech: Speech) -> bytes:
    body = json.dumps({**speech.document, "stream": True}).encode()
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(speech.path, body, gateway.keys[speech.workload]))
        return (await wire.reply()).body


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside data"])
@pytest.mark.parametrize("speech", STREAMED, ids=named)
async def test_a_line_that_is_no_data_says_nothing(
    gateway: Gateway, simulator: Simulator, speech: Speech, line: str, alone: bool
) -> None:
    _, events = given(speech.name, ANSWERS[speech.name]["text"], "Yes.", True)._answer
    assert not isinstance(events, bytes)
    more = LINES[line]
    spoiled = [events[0], more, *events[1:]] if alone else [more[:-1] + event for event in events]
    simulator.always(Given(200, spoiled))
    for mode, seen in (("enforce", False), ("observe", True)):
        controls = {"PSF-7.3": {"mode": mode}}
        declare(gateway, simulator, speech, equipment=Bench("", "", "").equipment, controls=controls)
        told = await _stream(gateway, speech)
        assert speech.is_whole(told)
        assert (WORD in told) == seen
        if seen:
            assert told == b"".join(spoiled)
