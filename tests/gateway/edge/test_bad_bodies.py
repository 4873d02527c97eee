"""Bodies that are no request: refused by name, without harm, and on record."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.gateway.edge.raw import Reply, Wire, exchange, post, request
from tests.gateway.pipeline.speech import CHAT, EVERY, INFER, MESSAGES, RESPONSES, Speech, declare, named, settled
from tests.gateway.serving import Gateway
from tests.simulator import Vendor as Simulator

DEEP = 1_000_000
MEGABYTE = 1_048_576

BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "bad_json"),
    "cut short": (b'{"model":"gpt-sim","messages":[{"role"', "bad_json"),
    "not json": (b"model=gpt-sim", "bad_json"),
    "two documents": (b'{"model":"gpt-sim"}{"model":"gpt-sim"}', "bad_json"),
    "a list": (b"[1,2]", "bad_json"),
    "a text": (b'"text"', "bad_json"),
    "null": (b"null", "bad_json"),
    "NaN": (b'{"model":"gpt-sim","temperature":NaN}', "bad_json"),
    "infinity": (b'{"model":"gpt-sim","temperature":-Infinity}', "bad_json"),
    "a number beyond doubles": (b'{"model":"gpt-sim","temperature":1e999}', "bad_json"),
    "a huge integer": (b'{"model":"gpt-sim","seed":1' + b"0" * 5_000 + b"}", "bad_json"),
    "invalid UTF-8": (b'{"model":"gpt-sim","user":"\xff\xfe"}', "bad_json"),
    "a lone surrogate": (b'{"model":"gpt-sim","user":"\\ud800"}', "bad_json"),
    "a surrogate in bytes": (b'{"model":"gpt-sim","user":"\xed\xa0\x80"}', "bad_json"),
    "a byte order mark": (b'\xef\xbb\xbf{"model":"gpt-sim"}', "bad_json"),
    "UTF-16": ('{"model":"gpt-sim"}'.encode("utf-16"), "bad_json"),
    "a key twice": (b'{"model":"gpt-sim","model":"gpt-other"}', "duplicate_key"),
    "a key twice within": (b'{"model":"gpt-sim","metadata":{"a":1,"\\u0061":2}}', "duplicate_key"),
    "a comment": (b'{"model":"gpt-sim"/*x*/}', "bad_json"),
    "a control character": (b'{"model":"gpt-\x01sim"}', "bad_json"),
    "deep lists": (b"[" * DEEP + b"]" * DEEP, "too_deep"),
    "deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, "too_deep"),
    "deep and cut short": (b"[" * DEEP, "too_deep"),
    "a little too deep": (b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", "too_deep"),
}


@pytest.mark.parametrize("shape", BROKEN)
@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_what_is_no_document(gateway: Gateway, simulator: Simulator, speech: Speech, shape: str) -> None:
    body, code = BROKEN[shape]
    key = declare(gateway, simulator, speech, limits={"body_bytes": 16 * MEGABYTE})
    reply = await exchange(gateway.port, post(speech.path, body, key))
    assert (reply.status, reply.code, speech.error_code(reply)) == (400, code, code)
    assert b"gpt-sim" not in reply.body, "no content in a refusal"
    ((received, completed),) = await gateway.recorded()
    assert (completed.end, completed.code, completed.attempts) == ("refused", code, 0)
    assert received.workload == speech.workload
    assert not simulator.received


WRONG_TYPES: list[tuple[Speech, dict[str, Any], str]] = [
    (CHAT, {"model": 7}, "model"),
    (CHAT, {"model": None}, "model"),
    (CHAT, {"messages": "hello"}, "messages"),
    (CHAT, {"messages": []}, "messages"),
    (CHAT, {"messages": ["hello"]}, "messages.0"),
    (CHAT, {"messages": [{"role": 1, "content": "x"}]}, "messages.0.role"),
    (CHAT, {"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
    (CHAT, {"stream": "yes"}, "stream"),
    (CHAT, {"tools": {}}, "tools"),
    (CHAT, {"max_tokens": "many"}, "max_tokens"),
    (CHAT, {"max_tokens": True}, "max_tokens"),
    (CHAT, {"max_tokens": -1}, "max_tokens"),
    (CHAT, {"max_completion_tokens": 10**12}, "max_completion_tokens"),
    (CHAT, {"user": ["a"]}, "user"),
    (RESPONSES, {"input": 5}, "input"),
    (RESPONSES, {"background": True}, "background"),
    (RESPONSES, {"max_output_tokens": 1.5}, "max_output_tokens"),
    (MESSAGES, {"messages": {}}, "messages"),
    (MESSAGES, {"metadata": {"user_id": 5}}, "metadata.user_id"),
    (MESSAGES, {"max_tokens": "9"}, "max_tokens"),
    (INFER, {"inputs": None}, "inputs"),
    (INFER, {"inputs": [{"name": "x", "shape": [1, -4], "datatype": "FP32", "data": [1]}]}, "inputs"),
    (INFER, {"inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP99", "data": [1]}]}, "inputs"),
    (INFER, {"inputs": [{"name": "x", "shape": [10**9, 10**9], "datatype": "FP32", "data": [1]}]}, "inputs"),
]


@pytest.mark.parametrize("speech, wrong, field", WRONG_TYPES, ids=lambda value: str(value)[:40])
async def test_wrong_types_name_the_field(
    gateway: Gateway, simulator: Simulator, speech: Speech, wrong: dict[str, Any], field: str
) -> None:
    key = declare(gateway, simulator, speech)
    reply = await exchange(gateway.port, post(speech.path, json.dumps({**speech.document, **wrong}).encode(), key))
    assert (reply.status, speech.error_code(reply)) == (400, "invalid_request")
    assert field in json.dumps(reply.json())
    assert not simulator.received


async def test_an_integer_of_any_size_passes_untouched_where_nobody_reads_it(
    gateway: Gateway, simulator: Simulator
) -> None:
    body = CHAT.body()[:-1] + b', "seed": 123456789012345678901234567890}'
    assert (await exchange(gateway.port, post(CHAT.path, body, gateway.keys["assistant"]))).status == 200
    assert simulator.received[0].body == body


@pytest.mark.parametrize("speech", EVERY, ids=named)
async def test_a_declared_length_beyond_the_limit_is_refused_unread(
    gateway: Gateway, simulator: Simulator, speech: Speech
) -> None:
    key = declare(gateway, simulator, speech)
    head = post(speech.path, b"", key).replace(b"content-length: 0", b"content-length: %d" % (50 * MEGABYTE))
    reply = await exchange(gateway.port, head)
    assert (reply.status, reply.code, speech.error_code(reply)) == (413, "body_too_large", "body_too_large")
    assert str(MEGABYTE) in reply.body.decode()
    ((_, completed),) = await gateway.recorded()
    assert (completed.end, completed.code) == ("refused", "body_too_large")


async def test_fifty_megabytes_are_swallowed_and_the_connection_stays_in_step(
    gateway: Gateway, simulator: Simulator
) -> None:
    body = b'{"x":"' + b"a" * (50 * MEGABYTE) + b'"}'
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(CHAT.path, body, gateway.keys["assistant"]))
        assert (await wire.reply()).code == "body_too_large"
        await wire.send(post(CHAT.path, CHAT.body(), gateway.keys["assistant"]))
        assert (await wire.reply()).status == 200
    assert len(simulator.received) == 1


def _chunked(path: str, key: str) -> bytes:
    return request("POST", path, b"", key).replace(b"content-length: 0", b"transfer-encoding: chunked")


async def test_fifty_megabytes_in_chunks(gateway: Gateway, simulator: Simulator) -> None:
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    async with await Wire.open(gateway.port) as wire:
        await wire.send(_chunked(CHAT.path, gateway.keys["assistant"]))
        sending = asyncio.create_task(wire.send(*[chunk] * 800, b"0\r\n\r\n"))
        reply = await wire.reply()
        await sending
    assert (reply.status, reply.code) == (413, "body_too_large")
    ((received, _),) = await gateway.recorded()
    assert received.request_bytes == 0
    await settled(gateway, simulator)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, identity"])
async def test_compressed_bodies(gateway: Gateway, simulator: Simulator, coding: str) -> None:
    more = [("content-encoding", coding)]
    reply = await exchange(gateway.port, post(CHAT.path, b"\x1f\x8b" + bytes(50), gateway.keys["assistant"], more))
    assert (reply.status, reply.code) == (415, "unsupported_encoding")
    fine = [("content-encoding", "identity")]
    assert (await exchange(gateway.port, post(CHAT.path, CHAT.body(), gateway.keys["assistant"], fine))).status == 200


async def test_a_body_at_the_limit_passes(gateway: Gateway, simulator: Simulator) -> None:
    declare(gateway, simulator, CHAT, limits={"body_bytes": 500_000})
    body = CHAT.body(messages=[{"role": "user", "content": "x" * 400_000}])
    replies: list[Reply] = []
    for size in (500_000, 500_001):
        body = body.ljust(size)
        replies.append(await exchange(gateway.port, post(CHAT.path, body, gateway.keys["assistant"])))
    assert [reply.status for reply in replies] == [200, 413]
    assert len(simulator.received[0].body) == 500_000
