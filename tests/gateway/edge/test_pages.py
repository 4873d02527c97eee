"""Pages at the gateway's address: who is admitted, and what happens while the process that makes them is slow, broken,
away, or says too much. Requests are bytes on a real connection; the pages come from a real unix socket.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.gateway.edge import pages as module
from prodworthy.gateway.edge.pages import AT_ONCE, MOST_BYTES, Doorkeeper, Pages, is_page
from tests.gateway.edge.raw import Reply, Wire, exchange, until
from tests.gateway.serving import Gateway, serving

TOKEN = b"a-token-of-an-installation"
PAGE = b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: 6\r\n\r\n<html>"
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Maker:
    """Whoever makes the pages: keeps what it was asked, and answers as a test says."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.answer: Answer = self.says(PAGE)

    @staticmethod
    def says(data: bytes) -> Answer:
        async def answer(writer: asyncio.StreamWriter) -> None:
            writer.write(data)

        return answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            self.asked.append(await reader.readuntil(b"\r\n\r\n"))
            await self.answer(writer)
        writer.close()


class Front(msgspec.Struct, frozen=True):
    """A gateway with pages, and who makes them."""

    gateway: Gateway
    maker: Maker
    socket: Path

    async def get(self, path: str = "/", host: str = "127.0.0.1", method: str = "GET", **fields: str) -> Reply:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
        head = f"{method} {path} HTTP/1.1\r\nhost: {host}\r\n{lines}\r\n".encode("latin-1")
        if method == "HEAD":
            async with await Wire.open(self.gateway.port) as wire:
                await wire.send(head)
                status, headers = await wire.head()
                return Reply(status, headers, b"")
        return await exchange(self.gateway.port, head)


@contextlib.asynccontextmanager
async def front(folder: Path, *, open_on_loopback: bool = True) -> AsyncIterator[Front]:
    maker, socket = Maker(), folder / "console"
    server = await asyncio.start_unix_server(maker.serve, socket)
    pages = Pages(str(socket), Doorkeeper(TOKEN, open_on_loopback))
    try:
        async with serving(folder / "spool", pages) as gateway:
            yield Front(gateway, maker, socket)
    finally:
        server.close()


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[Front]:
    async with front(tmp_path) as running:
        yield running


@pytest.fixture
async def closed(tmp_path: Path) -> AsyncIterator[Front]:
    async with front(tmp_path, open_on_loopback=False) as running:
        yield running


def basic(text: bytes) -> str:
    return "Basic " + base64.b64encode(text).decode()


# ------------------------------------------------------------------------------------------------- who is admitted

OPEN = Doorkeeper(TOKEN)
HERE = {b"host": b"127.0.0.1:8600"}


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize(
    "host", [b"localhost", b"LOCALHOST:8600", b"127.0.0.1", b"127.0.0.1:8600", b"[::1]", b"[::1]:8600"]
)
def test_whoever_sits_at_this_machine_reads(peer: str, host: bytes) -> None:
    assert OPEN.admits(peer, {b"host": host})
    assert not Doorkeeper(TOKEN, open_on_loopback=False).admits(peer, {b"host": host})


@pytest.mark.parametrize(
    "peer", ["", "10.0.0.1", "192.168.1.7", "::", "::2", "::ffff:10.0.0.1", "fe80::1", "localhost", "127.1"]
)
def test_whoever_sits_elsewhere_does_not(peer: str) -> None:
    assert not OPEN.admits(peer, HERE)


@pytest.mark.parametrize(
    "host",
    [
        b"", b"prodworthy.example", b" 127.0.0.1", b"127.0.0.1.evil.example", b"localhost.evil.example:8600",
        b"10.0.0.1", b"0.0.0.0", b"2130706433", b"0x7f000001", b"127.1", b"[::2]", b"[127.0.0.1.evil]", b"[", b"\xff",
        b"user@127.0.0.1", b"127.0.0.1@evil.example", b"evil.example#127.0.0.1", b"evil.example:127.0.0.1",
    ],
)  # fmt: skip
def test_a_strangers_name_that_leads_here_does_not_open(host: bytes) -> None:
    """A page elsewhere can make a browser ask for a name of its own that resolves to this machine."""
    assert not OPEN.admits("127.0.0.1", {b"host": host})
    assert not OPEN.admits("127.0.0.1", {})


@pytest.mark.parametrize(
    "field",
    [b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip", b"via"],
)
@pytest.mark.parametrize("value", [b"", b"127.0.0.1", b"203.0.113.9"])
def test_whom_a_proxy_brings_needs_the_token(field: bytes, value: bytes) -> None:
    assert not OPEN.admits("127.0.0.1", HERE | {field: value})
    assert OPEN.admits("127.0.0.1", HERE | {field: value, b"authorization": b"Bearer " + TOKEN})


@pytest.mark.parametrize("connection", [b"close", b"Close", b"TE, close"])
def test_nginx_that_was_told_nothing_is_noticed(connection: bytes) -> None:
    """It replaces the host by the address it asks, and sends no field that says for whom."""
    assert not OPEN.admits("127.0.0.1", HERE | {b"connection": connection})
    assert OPEN.admits("127.0.0.1", HERE | {b"connection": b"keep-alive"})


@pytest.mark.parametrize(
    "authorization",
    [
        b"Bearer " + TOKEN, b"bearer  " + TOKEN + b" ", basic(b"ada:" + TOKEN).encode(), basic(b":" + TOKEN).encode(),
        basic(b"ada:" + TOKEN).replace("Basic", "BASIC").encode(),
    ],
)  # fmt: skip
def test_the_token_opens_from_anywhere(authorization: bytes) -> None:
    assert OPEN.admits("203.0.113.9", {b"authorization": authorization})


@pytest.mark.parametrize(
    "authorization",
    [
        b"", b"Bearer", b"Bearer ", b"Bearer x" + TOKEN, b"Bearer " + TOKEN[:-1], b"Bearer " + TOKEN + b"x", TOKEN,
        b"Digest " + TOKEN, basic(TOKEN).encode(), basic(b"ada:").encode(), basic(TOKEN + b":").encode(),
        b"Basic !!!!", b"Basic", b"Basic " + b"A" * 4_000, b"Bearer \xff\xfe",
        basic(b"ada:" + TOKEN).replace("Basic ", "Basic ~").encode(),
    ],
)  # fmt: skip
def test_anything_else_does_not(authorization: bytes) -> None:
    assert not OPEN.admits("203.0.113.9", {b"authorization": authorization})
    assert not Doorkeeper(b"").admits("203.0.113.9", {b"authorization": authorization})


@given(st.binary(max_size=60), st.text(max_size=40), st.binary(max_size=60))
def test_no_bytes_surprise_the_doorkeeper(authorization: bytes, peer: str, host: bytes) -> None:
    admitted = OPEN.admits(peer, {b"authorization": authorization, b"host": host})
    assert not admitted or TOKEN in authorization or OPEN.admits(peer, {b"host": host})


def test_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr("prodworthy.gateway.edge.pages.hmac.compare_digest", compare)
    assert not OPEN.admits("203.0.113.9", {b"authorization": b"Bearer " + TOKEN})
    assert not OPEN.admits("203.0.113.9", {b"authorization": basic(b"a:" + TOKEN).encode()})
    assert compared == [(TOKEN, TOKEN)] * 2


def test_what_is_a_page() -> None:
    assert all(is_page(method, path) for method in ("GET", "HEAD") for path in (b"/", b"/roster/default/desk"))
    assert not any(is_page("GET", path) for path in (b"", b"/roster", b"/rosters/x", b"/v1/models", b"//", b"/ROSTER/"))
    assert not any(is_page(method, b"/") for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"))


# ---------------------------------------------------------------------------------------------- through the gateway


async def test_a_page_is_fetched_and_passed_on(at: Front) -> None:
    more = b"x-powered-by: us\r\nset-cookie: a=b\r\nserver: us\r\nContent-Security-Policy: default-src 'none'\r\n"
    at.maker.answer = at.maker.says(PAGE.replace(b"\r\n", b"\r\n" + more, 1))
    reply = await at.get("/roster/default/desk")
    assert (reply.status, reply.body) == (200, b"<html>")
    assert dict(reply.headers) == {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": "default-src 'none'",
        "content-length": "6",
    }
    head = await at.get("/", method="HEAD")
    assert (head.status, head.header("content-length"), head.body) == (200, "6", b"")


async def test_of_a_request_only_its_path_is_passed_on(at: Front) -> None:
    fields = {"cookie": "session=secret", "authorization": "Bearer sk-of-somebody", "user_agent": "browser"}
    await at.get("/roster/default/desk?token=secret&x=1", **fields)
    await at.get("http://127.0.0.1/roster/leaf/3?token=secret", **fields)
    head = b" HTTP/1.1\r\nhost: console\r\nconnection: close\r\n\r\n"
    assert at.maker.asked == [b"GET /roster/default/desk" + head, b"GET /roster/leaf/3" + head]


@pytest.mark.parametrize("path", ["/roster/a b", "/roster/a\rb", "/roster/\xff", "/roster/a\tb"])
async def test_a_path_cannot_begin_a_request_of_its_own(at: Front, path: str) -> None:
    async with await Wire.open(at.gateway.port) as wire:
        await wire.send(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n".encode("latin-1"))
        assert (await wire.rest()).startswith(b"HTTP/1.1 400 ")
    assert not at.maker.asked


async def test_elsewhere_the_token_is_asked_for(closed: Front) -> None:
    reply = await closed.get()
    assert (reply.status, closed.maker.asked) == (401, [])
    assert reply.header("www-authenticate") == 'Basic realm="Prodworthy", charset="UTF-8"'
    assert reply.header("content-type") == "text/plain; charset=utf-8"
    assert TOKEN not in reply.body
    assert (await closed.get(method="HEAD")).status == 401
    for authorization in (f"Bearer {TOKEN.decode()}", basic(b"ada:" + TOKEN)):
        assert (await closed.get(authorization=authorization)).status == 200
    assert not any(TOKEN in asked or b"authorization" in asked.lower() for asked in closed.maker.asked)


async def test_on_loopback_a_strangers_name_and_a_proxy_are_noticed(at: Front) -> None:
    assert (await at.get()).status == 200
    assert (await at.get(host="evil.example")).status == 401
    assert (await at.get(x_forwarded_for="203.0.113.9")).status == 401
    assert len(at.maker.asked) == 1


async def test_nothing_but_reading_gets_through(at: Front) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        reply = await at.get("/", method=method, content_length="0")
        assert (reply.status, reply.code) == (404, "unknown_route")
    assert not at.maker.asked


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nno length",
        b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (MOST_BYTES + 1),
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        b"HTTP/1.1 100 Continue\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-type: text/html\nx-evil: 1\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 fine\r\ncontent-length: 0\r\n\r\n",
        b"nonsense\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000,
    ],
    ids=range(12),
)
async def test_a_broken_answer_is_no_page(at: Front, answer: bytes) -> None:
    at.maker.answer = at.maker.says(answer)
    reply = await at.get()
    assert (reply.status, reply.header("retry-after")) == (503, "2")
    assert b"Traceback" not in reply.body
    assert b"not there at the moment" in reply.body
    at.maker.answer = at.maker.says(PAGE)
    assert (await at.get()).status == 200


async def test_without_whoever_makes_them_traffic_goes_on(at: Front) -> None:
    at.socket.unlink()
    assert (await at.get()).status == 503
    assert (await at.get("/v2/health/live")).status == 200


async def test_a_slow_page_ends(at: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    end = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(PAGE[:-3])
        await end.wait()

    at.maker.answer = answer
    assert (await at.get()).status == 503
    end.set()
    at.maker.answer = at.maker.says(PAGE)
    monkeypatch.setattr(module, "SECONDS", 10.0)
    assert (await at.get()).status == 200


async def test_many_at_once_are_bounded(at: Front) -> None:
    end = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        await end.wait()
        writer.write(PAGE)

    at.maker.answer = answer
    asked = [asyncio.create_task(at.get()) for _ in range(AT_ONCE)]
    await until(lambda: len(at.maker.asked) == AT_ONCE)
    reply = await at.get()
    assert (reply.status, reply.header("retry-after")) == (503, "1")
    end.set()
    assert {(await one).status for one in asked} == {200}
    assert (await at.get()).status == 200


async def test_a_reader_who_leaves_frees_the_place(at: Front) -> None:
    end = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        await end.wait()
        writer.write(PAGE)

    at.maker.answer = answer
    for _ in range(AT_ONCE):
        wire = await Wire.open(at.gateway.port)
        await wire.send(b"GET / HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        await until(lambda: at.maker.asked)
        wire.leave()
    end.set()
    at.maker.answer = at.maker.says(PAGE)

    async def served() -> bool:
        return (await at.get()).status == 200

    for _ in range(1_000):
        if await served():
            return
    raise AssertionError("no place became free")


async def test_a_large_page_is_whole(at: Front) -> None:
    body = b"<p>" * 400_000
    at.maker.answer = at.maker.says(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
    assert (await at.get()).body == body
