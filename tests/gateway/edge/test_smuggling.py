"""Bytes that two parsers could read differently: refused, or the connection ends; answers never get out of step."""

from __future__ import annotations

import json

import pytest

from tests.gateway.edge.raw import Wire, post, request, until
from tests.gateway.pipeline.speech import CHAT, settled
from tests.gateway.serving import Gateway
from tests.simulator import Say
from tests.simulator import Vendor as Simulator

BODY = CHAT.body()
SMUGGLED = b"GET /v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n"


def _post(fields: str, body: bytes) -> bytes:
    return f"POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\n{fields}\r\n".encode("latin-1") + body


SIZE = len(BODY)
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (SIZE, BODY)

SHAPES = {
    "length and chunked": _post(f"content-length: {SIZE}\r\ntransfer-encoding: chunked\r\n", CHUNKED),
    "chunked and length": _post("transfer-encoding: chunked\r\ncontent-length: 4\r\n", CHUNKED),
    "two lengths": _post(f"content-length: {SIZE}\r\ncontent-length: {SIZE + 10}\r\n", BODY),
    "the same length twice": _post(f"content-length: {SIZE}\r\ncontent-length: {SIZE}\r\n", BODY),
    "a list of lengths": _post(f"content-length: {SIZE}, {SIZE}\r\n", BODY),
    "a signed length": _post(f"content-length: +{SIZE}\r\n", BODY),
    "a negative length": _post("content-length: -1\r\n", BODY),
    "a length in hex": _post("content-length: 0x10\r\n", BODY),
    "a length beyond 64 bits": _post("content-length: 99999999999999999999999\r\n", BODY),
    "no length": _post("content-length: \r\n", BODY),
    "a folded field": _post(f"content-length:\r\n {SIZE}\r\n", BODY),
    "a folded coding": _post("transfer-encoding:\r\n chunked\r\n", CHUNKED),
    "a space before the colon": _post(f"content-length : {SIZE}\r\n", BODY),
    "a coding with a space before the colon": _post(f"transfer-encoding : chunked\r\ncontent-length: {SIZE}\r\n", BODY),
    "a field without a name": _post(f": x\r\ncontent-length: {SIZE}\r\n", BODY),
    "a field without a colon": _post(f"content-length\r\ncontent-length: {SIZE}\r\n", BODY),
    "a NUL in a field": _post(f"x-a: a\0b\r\ncontent-length: {SIZE}\r\n", BODY),
    "a bare CR in a field": _post(f"x-a: a\rb\r\ncontent-length: {SIZE}\r\n", BODY),
    "a bare LF after a field": _post(f"x-a: b\ncontent-length: {SIZE}\r\n", BODY),
    "an unknown coding": _post("transfer-encoding: xchunked\r\n", CHUNKED),
    "identity coding": _post("transfer-encoding: identity\r\n", BODY),
    "chunked is not last": _post("transfer-encoding: chunked, gzip\r\n", CHUNKED),
    "chunked twice": _post("transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n", CHUNKED),
    "a chunk size that is none": _post("transfer-encoding: chunked\r\n", b"zz\r\n" + BODY),
    "a chunk size beyond 64 bits": _post("transfer-encoding: chunked\r\n", b"fffffffffffffffff\r\n" + BODY),
    "a negative chunk size": _post("transfer-encoding: chunked\r\n", b"-1\r\n" + BODY),
    "a chunk without its end": _post("transfer-encoding: chunked\r\n", b"4\r\n" + BODY + b"\r\n0\r\n\r\n"),
    "a chunk size ended by LF": _post("transfer-encoding: chunked\r\n", b"%x\n%s\r\n0\r\n\r\n" % (SIZE, BODY)),
    "no version": b"GET /v1/models\r\nhost: gateway\r\n\r\n",
    "version 2": b"GET /v1/models HTTP/2.0\r\nhost: gateway\r\n\r\n",
    "version 3.1": b"GET /v1/models HTTP/3.1\r\nhost: gateway\r\n\r\n",
    "an unknown method": b"FETCH /v1/models HTTP/1.1\r\nhost: gateway\r\n\r\n",
    "a space in the target": b"GET /v1/models x HTTP/1.1\r\nhost: gateway\r\n\r\n",
    "bytes beyond ASCII in the path": b"GET /v1/mod\xc3\xa9ls HTTP/1.1\r\nhost: gateway\r\n\r\n",
    "a tunnel": b"CONNECT vendor:443 HTTP/1.1\r\nhost: gateway\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303") + bytes(64),
    "a status line": b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_ambiguous_bytes_end_the_connection(gateway: Gateway, simulator: Simulator, shape: str) -> None:
    key = f"authorization: Bearer {gateway.keys['assistant']}\r\n".encode()
    data = SHAPES[shape].replace(b"host: gateway\r\n", b"host: gateway\r\n" + key)
    async with await Wire.open(gateway.port) as wire:
        await wire.send(data, SMUGGLED)
        answer = await wire.rest()
    assert answer.count(b"HTTP/1.1 ") <= 1, "what follows must not be read as a request"
    if answer:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 "), head
        assert b"\r\nconnection: close" in head
        assert json.loads(body)["error"]["code"] == "bad_http"
    assert not simulator.received
    await settled(gateway, simulator)


async def test_a_chunked_body_is_read_whole(gateway: Gateway, simulator: Simulator) -> None:
    async with await Wire.open(gateway.port) as wire:
        halves = BODY[:20], BODY[20:]
        await wire.send(request("POST", CHAT.path, b"", gateway.keys["assistant"]).replace(
            b"content-length: 0", b"transfer-encoding: chunked"
        ))  # fmt: skip
        for half in halves:
            await wire.send(b"%x;an=extension\r\n" % len(half), half, b"\r\n")
        await wire.send(b"0\r\ntrailer: dropped\r\n\r\n")
        assert (await wire.reply()).status == 200
        await wire.send(post(CHAT.path, BODY, gateway.keys["assistant"]))
        assert (await wire.reply()).status == 200
    assert [received.header("trailer") for received in simulator.received] == [None, None]
    assert len({received.body for received in simulator.received}) == 1


async def test_pipelined_requests_are_answered_in_order(gateway: Gateway, simulator: Simulator) -> None:
    key = gateway.keys["assistant"]
    simulator.script(Say("first", before=0.05), Say("second"), Say("third", chunks=3), Say("fourth"))
    bodies = [BODY, CHAT.body(stream=True), BODY, BODY]
    async with await Wire.open(gateway.port) as wire:
        await wire.send(b"".join(post(CHAT.path, body, key) for body in bodies))
        replies = [await wire.reply() for _ in bodies]
    assert [b"first" in replies[0].body, b"second" in replies[1].body] == [True, True]
    assert [b"third" in replies[2].body, b"fourth" in replies[3].body] == [True, True]
    assert [received.stream for received, _ in await gateway.recorded(4)] == [False, True, False, False]


async def test_garbage_behind_a_stream_does_not_disturb_it(gateway: Gateway, simulator: Simulator) -> None:
    simulator.script(Say("one two three four", chunks=4, interval=0.02))
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(CHAT.path, CHAT.body(stream=True), gateway.keys["assistant"]), b"\0garbage\r\n\r\n")
        assert CHAT.is_whole((await wire.reply()).body)
        assert await wire.rest() == b""
    ((_, completed),) = await gateway.recorded()
    assert completed.end == "answered"


async def test_a_broken_body_behind_a_stream_does_not_disturb_it(gateway: Gateway, simulator: Simulator) -> None:
    simulator.script(Say("one two three four", chunks=4, interval=0.02))
    broken = SHAPES["a chunk size that is none"]
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(CHAT.path, CHAT.body(stream=True), gateway.keys["assistant"]), broken)
        assert CHAT.is_whole((await wire.reply()).body)
        assert await wire.rest() == b""
    assert len(simulator.received) == 1


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("chunked", [True, False])
async def test_an_upgrade_is_declined_and_what_follows_is_not_read(
    gateway: Gateway, simulator: Simulator, chunked: bool, at_once: bool
) -> None:
    """As Java's client asks for HTTP/2 over plain TCP."""
    more = [
        ("connection", "Upgrade, HTTP2-Settings"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAEAAEAAAAIAAAABAAMAAABk"),
    ]
    data = post(CHAT.path, BODY, gateway.keys["assistant"], more)
    if chunked:
        head = data.removesuffix(BODY).replace(b"content-length: %d" % SIZE, b"transfer-encoding: chunked")
        data = head + CHUNKED
    async with await Wire.open(gateway.port) as wire:
        if at_once:
            await wire.send(data + SMUGGLED)
        else:
            half = data.index(b"\r\n\r\n") + 14
            await wire.send(data[:half])
            await until(lambda: len(gateway.runtime.live))
            await wire.send(data[half:] + SMUGGLED)
        assert (await wire.reply()).status == 200
        assert await wire.rest() == b""
    assert [received.body for received in simulator.received] == [BODY]


async def test_an_upgrade_without_a_body_is_declined(gateway: Gateway, simulator: Simulator) -> None:
    more = [("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-version", "13")]
    async with await Wire.open(gateway.port) as wire:
        await wire.send(request("GET", "/v1/models", key=gateway.keys["assistant"], more=more), SMUGGLED)
        assert (await wire.reply()).status == 200
        assert await wire.rest() == b""


async def test_an_asterisk_is_nothing_that_is_served(gateway: Gateway) -> None:
    async with await Wire.open(gateway.port) as wire:
        await wire.send(b"OPTIONS * HTTP/1.1\r\nhost: gateway\r\n\r\n")
        assert (await wire.reply()).code == "unknown_route"


async def test_too_many_waiting_requests_end_the_connection(gateway: Gateway, simulator: Simulator) -> None:
    simulator.script(Say("slow", before=0.1))
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post(CHAT.path, BODY, gateway.keys["assistant"]), SMUGGLED * 1_000)
        answers = await wire.rest()
    assert answers.startswith(b"HTTP/1.1 200 OK")
    assert 1 <= answers.count(b"HTTP/1.1 ") <= 40
    assert b"\r\nconnection: close\r\n" in answers


async def test_a_refused_body_does_not_become_a_request(gateway: Gateway, simulator: Simulator) -> None:
    body = SMUGGLED * 20
    async with await Wire.open(gateway.port) as wire:
        await wire.send(post("/v1/chat/completions", body))
        assert (await wire.reply()).code == "missing_key"
        await wire.send(request("GET", "/v1/models", key=gateway.keys["assistant"]))
        assert (await wire.reply()).json()["data"][0]["id"] == "gpt-sim"


@pytest.mark.parametrize("allowed", [True, False])
async def test_expecting_leave_to_send_a_body(gateway: Gateway, simulator: Simulator, allowed: bool) -> None:
    key = gateway.keys["assistant"] if allowed else "unknown"
    head, _, body = post(CHAT.path, BODY, key, [("expect", "100-continue")]).partition(b"\r\n\r\n")
    async with await Wire.open(gateway.port) as wire:
        await wire.send(head + b"\r\n\r\n")
        status, headers = await wire.head()
        assert status == (100 if allowed else 401)
        if not allowed:
            assert dict(headers)["connection"] == "close"
            assert b"HTTP/1.1" not in await wire.rest()
            return
        await wire.send(body)
        assert (await wire.reply()).status == 200


async def test_an_old_client_without_keep_alive(gateway: Gateway, simulator: Simulator) -> None:
    async with await Wire.open(gateway.port) as wire:
        data = post(CHAT.path, BODY, gateway.keys["assistant"]).replace(b"HTTP/1.1", b"HTTP/1.0")
        await wire.send(data)
        assert (await wire.reply()).status == 200
        assert await wire.rest() == b""
