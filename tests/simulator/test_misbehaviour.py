"""Each misbehaviour as a client sees it, to the byte, over a plain socket."""

from __future__ import annotations

import asyncio
import gzip
import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.simulator import (
    BadChunk,
    BadJson,
    CloseAfter,
    Cut,
    Drip,
    Echo,
    Empty,
    Endless,
    ErrorInStream,
    Future,
    GzipBomb,
    Hangup,
    Huge,
    InvalidUtf8,
    LongHeader,
    NoTerminal,
    NotJson,
    OffEnvelope,
    OffSchema,
    Reset,
    Say,
    Stall,
    Status,
    Turn,
    Vendor,
    WrongModel,
)
from tests.simulator.markers import NAMES

CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
INFER, INVOCATIONS = "/v2/models/scorer/infer", "/invocations"
STREAMED = (CHAT, RESPONSES, MESSAGES)
EVERYWHERE = (*STREAMED, INFER, INVOCATIONS)
TERMINAL = {CHAT: b"[DONE]", RESPONSES: b"response.completed", MESSAGES: b"event: message_stop"}
CLOSING = {CHAT: b'"finish_reason":"stop"', RESPONSES: b"output_text.done", MESSAGES: b"event: message_delta"}
DELTA = {CHAT: b'"delta":{"content":"', RESPONSES: b"event: response.output_text.delta", MESSAGES: b'"text_delta"'}


def document(path: str, prompt: str = "hello", stream: bool = False) -> dict[str, Any]:
    """A small valid request for `path`."""
    if path == INFER:
        return {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1, 2]}], "id": prompt}
    if path == INVOCATIONS:
        return {"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2]]}, "params": {"note": prompt}}
    spoken = {"input": prompt} if path == RESPONSES else {"messages": [{"role": "user", "content": prompt}]}
    return {"model": "m", "stream": stream, **spoken, **({"max_tokens": 99} if path == MESSAGES else {})}


def request(path: str, body: dict[str, Any]) -> bytes:
    """The request as bytes."""
    raw = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nanthropic-version: 2023-06-01\r\n"
    return f"{head}content-length: {len(raw)}\r\n\r\n".encode() + raw


@dataclass
class Seen:
    """What came back: the head, the bytes after it, and how it ended (whole, closed or reset)."""

    head: bytes
    raw: bytes
    end: str

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    @property
    def body(self) -> bytes:
        """The bytes without their chunked framing, as far as they go."""
        if b"transfer-encoding: chunked" not in self.head:
            return self.raw
        rest, found = self.raw, b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            count = int(size, 16)
            found, rest = found + rest[:count], rest[count + 2 :]
        return found


def complete(head: bytes, raw: bytes) -> bool:
    """Whether the framing says that the answer is over."""
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length: "):
            return len(raw) >= int(line[16:])
    return raw.endswith(b"0\r\n\r\n")


async def ask(vendor: Vendor, path: str, stream: bool = False, prompt: str = "hello") -> Seen:
    """Send one request and read to the end of its answer."""
    reader, writer = await asyncio.open_connection(vendor.host, vendor.port)
    data, end = b"", "closed"
    try:
        writer.write(request(path, document(path, prompt, stream)))
        async with asyncio.timeout(10):
            while piece := await reader.read(65_536):
                data += piece
                head, found, raw = data.partition(b"\r\n\r\n")
                if found and complete(head, raw):
                    end = "whole"
                    break
    except ConnectionResetError:
        end = "reset"
    finally:
        writer.close()
    head, _, raw = data.partition(b"\r\n\r\n")
    return Seen(head, raw, end)


async def scripted(turn: Turn, path: str, stream: bool = False) -> Seen:
    """The answer to one request under `turn`, from a vendor that answers the next one well."""
    async with Vendor() as vendor:
        vendor.script(turn)
        seen = await ask(vendor, path, stream)
        assert vendor.scripted == 0
        after = await ask(vendor, path)
        assert (after.status, after.end) == (200, "whole")
        return seen


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("code", [400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 504, 529])
async def test_status_has_the_protocols_error_body(path: str, code: int) -> None:
    seen = await scripted(Status(code, retry_after=3, message="why"), path)
    found = json.loads(seen.body)
    assert seen.status == code
    assert b"\r\nretry-after: 3\r\n" in seen.head
    if path == MESSAGES:
        assert found["type"] == "error"
        assert found["error"]["message"] == "why"
    elif path == INFER:
        assert found == {"error": "why"}
    elif path == INVOCATIONS:
        assert set(found) == {"error_code", "message"}
    else:
        assert set(found["error"]) == {"message", "type", "param", "code"}


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_ends_before_the_first_byte(path: str) -> None:
    assert await scripted(Reset(), path) == Seen(b"", b"", "reset")
    assert await scripted(Hangup(), path) == Seen(b"", b"", "closed")


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_ends_within_a_plain_answer(path: str) -> None:
    cut = await scripted(Cut(after=1), path)
    assert cut.status == 200
    assert cut.end == "closed"
    assert cut.raw
    assert not complete(cut.head, cut.raw)
    assert (await scripted(Reset(after=1), path)).end == "reset"


@pytest.mark.parametrize("path", STREAMED)
async def test_ends_within_a_stream_after_so_many_deltas(path: str) -> None:
    for turn, end in ((Cut(after=3), "closed"), (Reset(after=3), "reset")):
        seen = await scripted((Say(chunks=9), turn), path, stream=True)
        assert seen.end == end
        assert seen.raw.count(DELTA[path]) == 3
        assert TERMINAL[path] not in seen.raw
        assert not complete(seen.head, seen.raw)


@pytest.mark.parametrize("path", STREAMED)
async def test_missing_terminal_with_an_orderly_end(path: str) -> None:
    seen = await scripted(NoTerminal(), path, stream=True)
    assert seen.end == "whole"
    assert TERMINAL[path] not in seen.body
    assert CLOSING[path] in seen.body
    bare = await scripted(NoTerminal(finish=False), path, stream=True)
    assert bare.end == "whole"
    assert CLOSING[path] not in bare.body
    assert DELTA[path] in bare.body


@pytest.mark.parametrize("path", STREAMED)
async def test_error_in_stream_ends_it(path: str) -> None:
    seen = await scripted(ErrorInStream(529, after=2), path, stream=True)
    assert (seen.status, seen.end, seen.body.count(DELTA[path])) == (200, "whole", 2)
    assert b"Overloaded" in seen.body.split(DELTA[path])[-1]
    assert TERMINAL[path] not in seen.body


@pytest.mark.parametrize("path", STREAMED)
async def test_bad_json_in_a_stream_and_whole(path: str) -> None:
    seen = await scripted(BadJson(after=1), path, stream=True)
    data = [line[6:] for line in seen.body.split(b"\n") if line.startswith(b"data: ")]
    broken = [line for line in data if line != b"[DONE]" and not _is_json(line)]
    assert len(broken) == 1
    assert TERMINAL[path] in seen.body
    plain = await scripted(BadJson(), path)
    assert plain.end == "whole"
    assert not _is_json(plain.body)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_bad_chunked_framing(path: str) -> None:
    seen = await scripted(BadChunk(), path, stream=True)
    assert b"transfer-encoding: chunked" in seen.head
    assert seen.end == "closed"
    with pytest.raises(ValueError, match="invalid literal"):
        assert seen.body


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("stall", [Stall(), Stall(before=False, after=1)])
async def test_stall_lasts_until_the_client_leaves(path: str, stall: Stall) -> None:
    async with Vendor() as vendor:
        vendor.script(stall)
        reader, writer = await asyncio.open_connection(vendor.host, vendor.port)
        writer.write(request(path, document(path, stream=True)))
        if not stall.before:
            assert (await reader.read(1)) == b"H"
        await vendor.until(lambda v: v.tally.open_requests == 1)
        assert vendor.open_streams == (path in STREAMED)
        assert vendor.cancelled == 0
        writer.close()
        await vendor.until(lambda v: v.cancelled == 1 and v.tally.open_requests == v.open_streams == 0)


async def test_stall_for_a_while_goes_on() -> None:
    seen = await scripted(Stall(before=False, after=1, seconds=0.01), CHAT, stream=True)
    assert seen.end == "whole"
    assert TERMINAL[CHAT] in seen.body


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize("stream", [False, True])
async def test_endless_answer_ends_with_its_client(path: str, stream: bool) -> None:
    async with Vendor() as vendor:
        vendor.script(Endless())
        reader, writer = await asyncio.open_connection(vendor.host, vendor.port)
        writer.write(request(path, document(path, stream=stream)))
        async with asyncio.timeout(10):
            await reader.readexactly(1_000_000)
        writer.close()
        await vendor.until(lambda v: v.cancelled == 1)


async def test_a_client_that_does_not_read_holds_an_endless_answer_back() -> None:
    async with Vendor() as vendor:
        vendor.script(Endless())
        reader, writer = await asyncio.open_connection(vendor.host, vendor.port, limit=1024)
        writer.write(request(CHAT, document(CHAT, stream=True)))
        await vendor.until(lambda v: any(connection.blocked for connection in v.connections))
        await reader.read(1)
        writer.close()
        await vendor.until(lambda v: v.cancelled == 1)


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_drip_changes_the_pace_alone(path: str) -> None:
    async with Vendor() as vendor:
        vendor.script(Drip(size=1, interval=0.0001))
        dripped = await ask(vendor, path)
        assert dripped.end == "whole"
        assert _is_json(dripped.body)


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_gzip_bomb_unpacks_to_its_size(path: str) -> None:
    seen = await scripted(GzipBomb(size=3_000_000), path)
    assert b"content-encoding: gzip" in seen.head
    assert len(seen.raw) < 30_000
    unpacked = gzip.decompress(seen.raw)
    assert len(unpacked) == 3_000_000
    assert _is_json(unpacked)


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_huge_answer(path: str) -> None:
    seen = await scripted(Huge(size=2_000_000), path)
    assert len(seen.body) > 2_000_000
    assert _is_json(seen.body)
    if path in STREAMED:
        assert len((await scripted(Huge(size=500_000), path, stream=True)).body) > 500_000


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_bodies_that_are_no_answer(path: str) -> None:
    page = await scripted(NotJson(), path)
    assert page.status == 200
    assert page.body.startswith(b"<html>")
    assert b"content-type: text/html" in page.head
    empty = await scripted(Empty(), path)
    assert (empty.status, empty.raw, empty.end) == (200, b"", "whole")
    odd = json.loads((await scripted(OffEnvelope(), path)).body)
    assert odd["choices"] == "none"
    invalid = await scripted(InvalidUtf8(), path)
    with pytest.raises(UnicodeDecodeError):
        invalid.body.decode()
    assert _is_json(invalid.body.replace(b"\xff\xfe\xc3", b""))


@pytest.mark.parametrize("path", STREAMED)
async def test_invalid_utf8_in_a_stream(path: str) -> None:
    seen = await scripted(InvalidUtf8(), path, stream=True)
    assert b"\xff\xfe\xc3" in seen.body
    assert TERMINAL[path] in seen.body


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_future_adds_members_headers_and_events(path: str) -> None:
    seen = await scripted(Future(), path)
    assert json.loads(seen.body)["x_future"] == {"depth": [1, None, {"kind": "unknown"}]}
    assert b"x-future-header: unknown" in seen.head
    if path in STREAMED:
        events = (await scripted(Future(), path, stream=True)).body
        assert b": a comment\n\n" in events
        assert b'"novelty"' in events
        assert TERMINAL[path] in events


async def test_long_header_wrong_model_off_schema_and_echo() -> None:
    assert b"\r\nx-long: " + b"h" * 70_000 in (await scripted(LongHeader(size=70_000), CHAT)).head
    assert json.loads((await scripted(WrongModel("other"), CHAT)).body)["model"] == "other"
    assert json.loads((await scripted(WrongModel("other"), INFER)).body)["model_name"] == "other"
    assert b'"model":"other"' in (await scripted(WrongModel("other"), MESSAGES, stream=True)).body
    message = json.loads((await scripted(OffSchema(), CHAT)).body)["choices"][0]["message"]
    assert json.loads(message["content"]) == {"unexpected": ["member"], "count": "not a number"}
    assert json.loads((await scripted(Echo(), MESSAGES)).body)["content"][0]["text"] == "hello"


async def test_close_after_promises_keep_alive() -> None:
    async with Vendor() as vendor:
        vendor.script(CloseAfter())
        reader, writer = await asyncio.open_connection(vendor.host, vendor.port)
        writer.write(request(CHAT, document(CHAT)))
        data = await asyncio.wait_for(reader.read(), 10)
        assert b"connection: keep-alive" in data
        assert data.endswith(b"}}}")
        assert (vendor.tally.answered, vendor.cancelled) == (1, 0)
        writer.close()


MARKED = sorted(set(NAMES) - {"say", "stall", "stall-in-stream", "endless"})


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("path", EVERYWHERE)
async def test_every_marker_is_understood_in_every_protocol(name: str, path: str) -> None:
    arguments = {"drip": " interval=0", "gzip-bomb": " size=9999", "huge": " size=9999", "tool": " name=t"}
    async with Vendor() as vendor:
        seen = await ask(vendor, path, path in STREAMED, f"hi [[sim:{name}{arguments.get(name, '')}]]")
        assert b"simulator:" not in seen.raw
        assert vendor.tally.answered + vendor.tally.broken == 1
