"""Content that no detector reads is refused, on the way in by PSF-1.1 and on the way out by PSF-2.4, unless its kind is
declared; then it passes untouched.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.gateway.edge.raw import Wire, post
from tests.gateway.matrix.answers import ANSWERS, Given, given
from tests.gateway.matrix.cells import SPEECHES
from tests.gateway.matrix.detectors import Bench
from tests.gateway.matrix.places import PIXEL, Document
from tests.gateway.pipeline.speech import declare
from tests.gateway.serving import Gateway
from tests.simulator import Vendor as Simulator

DATA = f"data:image/png;base64,{PIXEL}"
NO_TEXT = struct.pack("<I", 2) + b"\xff\xfe"


class Content(NamedTuple):
    """Content of one kind: in a request, the fields and raw bytes; in an answer, the whole of it."""

    protocol: str
    kind: str
    document: Document
    tail: bytes = b""


def _said(block: Document) -> Document:
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": "Look."}, block]}]}


def _item(block: Document) -> Document:
    return {"input": [{"role": "user", "content": [block]}]}


def _tensor() -> Document:
    size = {"binary_data_size": len(NO_TEXT)}
    x = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}
    return {"inputs": [x, {"name": "word", "shape": [1], "datatype": "BYTES", "parameters": size}]}


ASKED = (
    Content("chat", "image", _said({"type": "image_url", "image_url": {"url": DATA}})),
    Content("chat", "image", _said({"type": "image_url", "image_url": {"url": "https://a.example/b.png"}})),
    Content("chat", "audio", _said({"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}})),
    Content("chat", "file", _said({"type": "file", "file": {"file_data": PIXEL, "filename": "a.pdf"}})),
    Content("chat", "reference", _said({"type": "file", "file": {"file_id": "file-1"}})),
    Content("responses", "image", _item({"type": "input_image", "image_url": DATA})),
    Content("responses", "file", _item({"type": "input_file", "file_data": PIXEL, "filename": "a.pdf"})),
    Content("responses", "file", _item({"type": "input_file", "file_url": "https://a.example/b.pdf"})),
    Content("responses", "reference", {"previous_response_id": "resp_1"}),
    Content("responses", "reference", {"conversation": "conv_1"}),
    Content(
        "messages",
        "image",
        _said({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}),
    ),
    Content(
        "messages",
        "file",
        _said({"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PIXEL}}),
    ),
    Content("messages", "file", _said({"type": "document", "source": {"type": "url", "url": "https://a.example/b"}})),
    Content("messages", "reference", _said({"type": "document", "source": {"type": "file", "file_id": "file_1"}})),
    Content("embeddings", "tokens", {"input": [17, 4]}),
    Content("embeddings", "tokens", {"input": [[17], [4]]}),
    Content("infer", "tensor", _tensor(), NO_TEXT),
)


def _heard(protocol: str, place: str, change: Callable[[Document], Any]) -> Document:
    spot = ANSWERS[protocol][place]
    assert spot.whole is not None
    document = spot.whole("Yes.")
    change(document)
    return document


def _pictured(document: Document) -> None:
    document["output"].append({"type": "image_generation_call", "id": "i2", "status": "completed", "result": PIXEL})


def _spoken(document: Document) -> None:
    document["choices"][0]["message"]["audio"] = {"id": "a1", "data": PIXEL, "transcript": "Yes.", "expires_at": 9}


def _drawn(document: Document) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": PIXEL}
    document["content"].append({"type": "image", "source": source})


def _labelled(document: Document) -> None:
    size = {"binary_data_size": len(NO_TEXT)}
    document["outputs"] = [{"name": "label", "shape": [1], "datatype": "BYTES", "parameters": size}]


ANSWERED = (
    Content("chat", "audio", _heard("chat", "text", _spoken)),
    Content("responses", "image", _heard("responses", "text", _pictured)),
    Content("messages", "image", _heard("messages", "text", _drawn)),
    Content("infer", "tensor", _heard("infer", "scorer's outputs", _labelled), NO_TEXT),
)


def _named(content: Content) -> str:
    return f"{content.protocol}-{content.kind}"


async def _ask(gateway: Gateway, content: Content | None, protocol: str) -> Any:
    speech = SPEECHES[protocol]
    more = content.document if content else {}
    head = json.dumps({**speech.document, **more}).encode()
    fields = [("inference-header-content-length", str(len(head)))] if content and content.tail else []
    body = head + (content.tail if content else b"")
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(speech.path, body, gateway.keys[speech.workload], fields))
        return body, await wire.reply()


@pytest.mark.parametrize("content", ASKED, ids=_named)
async def test_in_a_request(gateway: Gateway, simulator: Simulator, content: Content) -> None:
    speech = SPEECHES[content.protocol]
    simulator.always(given(speech.name, next(iter(ANSWERS[speech.name].values())), "Yes.", False))
    declare(gateway, simulator, speech, equipment=Bench("", "", "").equipment, controls={"PSF-1.1": {}})
    _, reply = await _ask(gateway, content, content.protocol)
    assert (reply.status, speech.error_code(reply)) == (400, "unreadable_content")
    assert not simulator.received
    declared = {"PSF-1.1": {"settings": {"unread": [content.kind]}}}
    declare(gateway, simulator, speech, equipment=Bench("", "", "").equipment, controls=declared)
    sent, reply = await _ask(gateway, content, content.protocol)
    assert reply.status == 200
    assert [received.body for received in simulator.received] == [sent]


@pytest.mark.parametrize("content", ANSWERED, ids=_named)
async def test_in_an_answer(gateway: Gateway, simulator: Simulator, content: Content) -> None:
    speech = SPEECHES[content.protocol]
    body = json.dumps(content.document).encode() + content.tail
    simulator.always(Given(200, body))
    declare(gateway, simulator, speech, equipment=Bench("", "", "").equipment, controls={"PSF-2.4": {}})
    _, reply = await _ask(gateway, None, content.protocol)
    assert (reply.status, speech.error_code(reply)) == (502, "unreadable_answer")
    declared = {"PSF-2.4": {"settings": {"unread": [content.kind]}}}
    declare(gateway, simulator, speech, equipment=Bench("", "", "").equipment, controls=declared)
    _, reply = await _ask(gateway, None, content.protocol)
    assert (reply.status, reply.body) == (200, body)
