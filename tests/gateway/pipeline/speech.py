"""One request of every protocol, and how its answers and errors read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.gateway.edge.raw import Reply, Wire, post
from tests.gateway.serving import Gateway, vendor_at
from tests.simulator import Vendor as Simulator

_SAID = [{"role": "user", "content": "What is a river?"}]


class Speech(NamedTuple):
    """A protocol as a caller speaks it: the workload that serves it, its path, and a request."""

    name: str
    workload: str
    api: str
    path: str
    document: Mapping[str, Any]
    model: str

    def body(self, stream: bool = False, **more: Any) -> bytes:
        """The request's body."""
        return json.dumps({**self.document, **({"stream": True} if stream else {}), **more}).encode()

    def error_code(self, reply: Reply) -> str:
        """The refusal code as the protocol's own error body tells it."""
        told = reply.json()
        if self.api in ("openai", "anthropic"):
            assert self.api == "openai" or told["type"] == "error"
            return str(told["error"]["code"])
        assert isinstance(told["error" if self.api == "open-inference" else "message"], str)
        return str(told["code"])

    def stream_error(self, events: bytes) -> str:
        """The refusal code of a stream that ends as its protocol ends a failed stream."""
        pieces = [piece for piece in events.split(b"\n\n") if piece]
        if self.name == "chat":
            assert pieces[-1] == b"data: [DONE]"
            return str(json.loads(pieces[-2].removeprefix(b"data: "))["error"]["code"])
        assert pieces[-1].startswith(b"event: error\ndata: ")
        told = json.loads(pieces[-1].split(b"data: ", 1)[1])
        assert told["type"] == "error"
        return str(told["error"]["code"])

    def is_whole(self, events: bytes) -> bool:
        """Whether a stream ends the way that its protocol ends a good one."""
        return not _has_error(events) and _LAST[self.name] in events[-4000:]


_LAST = {"chat": b"data: [DONE]\n\n", "responses": b"event: response.completed\n", "messages": b"event: message_stop\n"}


def _has_error(events: bytes) -> bool:
    return b'data: {"error"' in events or b"event: error\n" in events


CHAT = Speech("chat", "assistant", "openai", "/v1/chat/completions", {"model": "gpt-sim", "messages": _SAID}, "gpt-sim")
RESPONSES = Speech(
    "responses", "assistant", "openai", "/v1/responses", {"model": "gpt-sim", "input": "What is a river?"}, "gpt-sim"
)
EMBEDDINGS = Speech(
    "embeddings", "assistant", "openai", "/v1/embeddings", {"model": "gpt-sim", "input": "a river"}, "gpt-sim"
)
MESSAGES = Speech(
    "messages",
    "claude",
    "anthropic",
    "/v1/messages",
    {"model": "claude-sim", "max_tokens": 99, "messages": _SAID},
    "claude-sim",
)
INFER = Speech(
    "infer",
    "scorer",
    "open-inference",
    "/v2/models/score-sim/infer",
    {"inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}]},
    "score-sim",
)
MLFLOW = Speech("mlflow", "mlscorer", "mlflow", "/invocations", {"instances": [[1.0, 2.0], [-3.0, 0.5]]}, "ml-sim")

EVERY = (CHAT, RESPONSES, EMBEDDINGS, MESSAGES, INFER, MLFLOW)
STREAMED = (CHAT, RESPONSES, MESSAGES)
FORMS = tuple((speech, False) for speech in EVERY) + tuple((speech, True) for speech in STREAMED)
_MODELS = {
    "assistant": ("openai", "gpt-sim"),
    "claude": ("anthropic", "claude-sim"),
    "scorer": ("open-inference", "score-sim"),
    "mlscorer": ("mlflow", "ml-sim"),
}


def named(speech: Speech) -> str:
    """For the names of parametrised tests."""
    return speech.name


def form(value: Speech | bool) -> str:
    """For the names of tests parametrised by FORMS."""
    return value.name if isinstance(value, Speech) else ("stream" if value else "whole")


def declare(gateway: Gateway, simulator: Simulator, speech: Speech, **manifest: Any) -> str:
    """Put the workload that serves this protocol in force; returns its key."""
    api, model = _MODELS[speech.workload]
    row = {"id": speech.workload, "models": [{"vendor": "vendor", "model": model}], **manifest}
    return gateway.declare({"vendor": vendor_at(simulator.url, api)}, **row)


async def ask(gateway: Gateway, speech: Speech, stream: bool = False, **more: Any) -> Reply:
    """Ask once, on a connection of its own."""
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(speech.path, speech.body(stream, **more), gateway.keys[speech.workload]))
        return await wire.reply()


async def settled(gateway: Gateway, simulator: Simulator) -> None:
    """Wait until nothing runs, here and at the vendor, and nothing but idle connections is left."""
    async with asyncio.timeout(5):
        await gateway.runtime.live.emptied()
    await simulator.until(lambda vendor: vendor.tally.open_requests == 0)
