"""What the vendor records and counts, how it is commanded, and its three ways to run."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator import Cut, Say, Status, Vendor, default_text, running_vendor, vendor_process
from tests.simulator.answers import sample, split

ROOT = Path(__file__).resolve().parents[2]


def post(url: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """POST `body`; the status and the decoded answer."""
    request = Request(url, body, {"content-type": "application/json", **(headers or {})})
    try:
        with urlopen(request, timeout=10) as reply:
            return reply.status, json.loads(reply.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def chat(prompt: str, **more: Any) -> bytes:
    """A chat request as bytes."""
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": prompt}], **more}).encode()


def said(answer: tuple[int, Any]) -> str:
    """The text of a chat answer."""
    text = answer[1]["choices"][0]["message"]["content"]
    assert isinstance(text, str)
    return text


def test_received_holds_exact_bytes_and_headers() -> None:
    with running_vendor() as vendor:
        body = chat("hello", unknown=[1, {"b": 1, "a": 2}]) + b"  \n"
        post(f"{vendor.url}/v1/chat/completions?x=1", body, {"X-Mine": "yes"})
        (seen,) = vendor.received
        assert (seen.method, seen.path, seen.query, seen.body) == ("POST", "/v1/chat/completions", "x=1", body)
        assert seen.header("x-MINE") == "yes"
        assert seen.header("nothing") is None
        assert seen.json()["unknown"] == [1, {"b": 1, "a": 2}]
        assert vendor.counters()["paths"] == {"/v1/chat/completions": 1}


def test_received_is_bounded() -> None:
    with running_vendor(keep=3) as vendor:
        for number in range(5):
            post(f"{vendor.url}/v1/chat/completions", chat(f"n{number}"))
        assert [b"n4" in seen.body for seen in vendor.received] == [False, False, True]
        assert vendor.counters()["requests"] == 5


def test_script_is_first_in_first_out_then_default_and_get_leaves_it_alone() -> None:
    with running_vendor() as vendor:
        address = f"{vendor.url}/v1/chat/completions"
        vendor.script(Say("one"), Status(503), (Say("two words"), Say(finish="length")))
        with urlopen(f"{vendor.url}/v1/models", timeout=10) as reply:
            assert reply.status == 200
        assert said(post(address, chat("a"))) == "one"
        assert post(address, chat("a"))[0] == 503
        assert said(post(address, chat("a"))) == "two words"
        assert said(post(address, chat("a"))) == default_text("a")
        vendor.always(Status(500))
        assert [post(address, chat("a"))[0] for _ in range(2)] == [500, 500]
        vendor.reset()
        assert said(post(address, chat("a"))) == default_text("a")


def test_marker_goes_before_the_script_and_times_ends_it() -> None:
    with running_vendor() as vendor:
        address = f"{vendor.url}/v1/chat/completions"
        vendor.script(Say("scripted"))
        marked = chat("[[sim:status code=429 retry_after=1 times=2]] a")
        assert [post(address, marked)[0] for _ in range(3)] == [429, 429, 200]
        assert said(post(address, chat("a [[sim:say text=from%20a%20marker]]"))) == "from a marker"
        assert said(post(address, chat("a"))) == "scripted"


@pytest.mark.parametrize("marker", ["[[sim:nonsense]]", "[[sim:status kode=1]]", "[[sim:status code=1", "[[sim:A]]"])
def test_a_marker_that_means_nothing_is_an_error(marker: str) -> None:
    with running_vendor() as vendor:
        status, body = post(f"{vendor.url}/v1/chat/completions", chat(marker))
        assert status == 400
        assert "simulator:" in body["error"]["message"]


PATHS = [
    "/v1/chat/completions",
    "/v1/responses",
    "/v1/embeddings",
    "/v1/messages",
    "/invocations",
    "/v2/models/m/infer",
]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"model": 7}', b'{"model": "m"}']
)
@pytest.mark.parametrize("path", PATHS)
def test_bad_requests_get_400(path: str, body: bytes) -> None:
    with running_vendor() as vendor:
        assert post(vendor.url + path, body, {"anthropic-version": "2023-06-01"})[0] == 400


def test_key_unknown_route_and_wrong_method() -> None:
    with running_vendor(key="secret") as vendor:
        address = f"{vendor.url}/v1/chat/completions"
        assert post(address, chat("a"))[0] == 401
        assert post(address, chat("a"), {"authorization": "Bearer wrong"})[0] == 401
        assert post(address, chat("a"), {"authorization": "Bearer secret"})[0] == 200
        assert post(address, chat("a"), {"x-api-key": "secret"})[0] == 200
        assert post(f"{vendor.url}/v1/nowhere", b"{}", {"x-api-key": "secret"})[0] == 404
        assert post(f"{vendor.url}/v1/models", b"{}", {"x-api-key": "secret"})[0] == 405


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with Vendor() as vendor:
        reader, writer = await asyncio.open_connection(vendor.host, vendor.port)
        for number in range(40):
            body = chat(f"[[sim:say text=n{number}. chunks=2 interval=0.001]]", stream=number % 2 == 0)
            writer.write(
                b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % len(body) + body
            )
        writer.write(b"GET /ping HTTP/1.0\r\n\r\n")
        data = (await asyncio.wait_for(reader.read(), 10)).decode()
        places = [data.index(f"chatcmpl-sim{number + 1:08d}") for number in range(40)]
        assert places == sorted(places)
        assert vendor.tally.answered == 41
        assert vendor.tally.connections == 1
        writer.close()


async def test_http_1_0_stream_ends_with_the_connection() -> None:
    async with Vendor() as vendor:
        reader, writer = await asyncio.open_connection(vendor.host, vendor.port)
        body = chat("a", stream=True)
        writer.write(b"POST /v1/chat/completions HTTP/1.0\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        data = await asyncio.wait_for(reader.read(), 10)
        assert data.endswith(b"data: [DONE]\n\n")
        assert b"chunked" not in data
        writer.close()


@pytest.mark.parametrize("data", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n: x\r\n\r\n", b"\x16\x03\x01\x02\x00"])
async def test_bytes_that_are_no_http_are_refused(data: bytes) -> None:
    async with Vendor() as vendor:
        reader, writer = await asyncio.open_connection(vendor.host, vendor.port)
        writer.write(data)
        assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 400 ")
        writer.close()


async def test_a_client_that_leaves_within_its_request_is_unfinished() -> None:
    async with Vendor() as vendor:
        _, writer = await asyncio.open_connection(vendor.host, vendor.port)
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: 10\r\n\r\n{")
        await writer.drain()
        await vendor.until(lambda v: v.tally.open_connections == 1)
        writer.close()
        await vendor.until(lambda v: v.tally.unfinished == 1)
        assert (vendor.tally.requests, vendor.cancelled) == (0, 0)


async def test_until_names_the_tally_when_time_is_up() -> None:
    async with Vendor() as vendor:
        with pytest.raises(TimeoutError, match="'requests': 0"):
            await vendor.until(lambda v: v.tally.requests == 1, deadline=0.01)


async def test_leaving_the_vendor_ends_its_streams() -> None:
    async with Vendor() as vendor:
        vendor.always(Say(endless=True, interval=0.01))
        reader, writer = await asyncio.open_connection(vendor.host, vendor.port)
        body = chat("a", stream=True)
        writer.write(b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        await vendor.until(lambda v: v.open_streams == 1)
    assert vendor.tally.open_connections == vendor.open_streams == 0
    writer.close()
    assert reader is not None


async def test_two_hundred_streams_at_once() -> None:
    async with Vendor() as vendor:
        vendor.always(Say(chunks=10, interval=0.005))
        body = chat("a", stream=True)

        async def one() -> bytes:
            reader, writer = await asyncio.open_connection(vendor.host, vendor.port)
            head = b"POST /v1/chat/completions HTTP/1.1\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
            writer.write(head % len(body) + body)
            data = await asyncio.wait_for(reader.read(), 30)
            writer.close()
            return data

        answers = await asyncio.gather(*(one() for _ in range(200)))
        assert all(data.count(b'"delta":{"content"') == 10 and b"[DONE]" in data for data in answers)
        assert (vendor.tally.answered, vendor.cancelled, vendor.open_streams) == (200, 0, 0)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_process_is_commanded_by_markers_and_by_its_control_address(loop: str) -> None:
    with vendor_process("--loop", loop) as vendor:
        address = f"{vendor.url}/v1/chat/completions"
        assert post(address, chat("[[sim:status code=418]]"))[0] == 418
        vendor.script("[[sim:say text=first]]", "[[sim:status code=503]]")
        assert said(post(address, chat("a"))) == "first"
        assert post(address, chat("a"))[0] == 503
        vendor.always("[[sim:status code=500]]")
        assert post(address, chat("a"))[0] == 500
        vendor.reset()
        assert said(post(address, chat("a"))) == default_text("a")
        with pytest.raises(ConnectionResetError):
            post(address, chat("[[sim:reset]]"))
        assert vendor.counters()["paths"] == {"/v1/chat/completions": 6}


def test_process_stops_on_sigterm_and_when_its_parent_goes() -> None:
    command = [sys.executable, "-m", "tests.simulator", "--until-stdin-closes"]
    for stop in ("signal", "stdin"):
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["pid"] == process.pid
            if stop == "signal":
                process.send_signal(signal.SIGTERM)
            else:
                process.stdin.close()
            assert process.wait(10) == 0


@given(st.text(min_size=1), st.integers(1, 50) | st.none())
def test_pieces_join_up_to_the_text(text: str, chunks: int | None) -> None:
    pieces = split(text, chunks)
    assert "".join(pieces) == text
    assert all(pieces)
    assert chunks is None or len(pieces) == min(chunks, len(text))


NODE = {"type": "object", "properties": {"value": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
        "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}, "required": ["value", "next"]}  # fmt: skip
SCHEMAS: list[dict[str, Any]] = [
    {"$defs": {"node": NODE}, "$ref": "#/$defs/node"},
    {"type": "array", "items": {"enum": ["a", "b"]}, "minItems": 3},
    {"type": "object", "properties": {"n": {"type": "integer", "maximum": -4}}, "required": ["n"]},
    {"type": ["string", "null"], "minLength": 40, "maxLength": 50},
    {"allOf": [{"type": "object"}, {"properties": {"on": {"type": "boolean"}}, "required": ["on"]}]},
    {"type": "object", "properties": {"d": {"type": "string", "format": "date-time"}, "c": {"const": 4}}},
]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_sample_satisfies_its_schema(schema: dict[str, Any]) -> None:
    assert jsonschema_rs.is_valid(schema, sample(schema))


def test_cut_is_a_value() -> None:
    assert Cut(2) == Cut(after=2)
    assert hash(Cut(2)) == hash(Cut(2))
