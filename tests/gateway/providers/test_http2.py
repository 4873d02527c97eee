"""The library's connections, over HTTP/1.1 and HTTP/2: the same promises, but for a request cancelled early."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from prodworthy.gateway.providers.http1 import PoolLimits
from prodworthy.gateway.providers.http2 import Http2Transport
from prodworthy.gateway.providers.transport import (
    Deadlines,
    Outgoing,
    VendorFault,
    VendorProtocolError,
    VendorReset,
    VendorTimeout,
    VendorUnreachable,
)
from tests.gateway.providers import certificates
from tests.gateway.providers.raw_vendor import (
    AMPLE,
    HELLO,
    Peer,
    RawVendor,
    Script,
    answering,
    ask,
    rest,
    run,
    until,
    vendor,
)

TINY = 0.1
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SECRET = "sk-do-not-tell"


class Pki:
    def __init__(self, folder: Path, protocols: list[str]) -> None:
        self.ca, self.server = certificates.make(folder, protocols)

    @asynccontextmanager
    async def talking(self, script: Script, connections: int = 8) -> AsyncIterator[tuple[Http2Transport, RawVendor]]:
        async with vendor(script, self.server) as raw:
            transport = Http2Transport(f"localhost:{raw.port}", PoolLimits(connections), self.ca)
            try:
                yield transport, raw
            finally:
                await transport.aclose()


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"), ["http/1.1"])


@pytest.fixture(scope="module")
def pki2(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki2"), ["h2"])


def silent(*parts: bytes, reset: bool = False, ends: bool = False) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(*parts)
        if reset:
            peer.reset()
        if not ends:
            await peer.gone()

    return script


def test_a_request_and_its_answer(pki: Pki) -> None:
    seen = []

    async def script(peer: Peer) -> None:
        seen.append(await peer.request())
        await peer.send(b"HTTP/1.1 302 Found\r\nLocation: /else\r\nX-A: 1\r\nx-a: 2\r\nContent-Encoding: gzip\r\n")
        await peer.send(b"Set-Cookie: a=b\r\nContent-Length: 5\r\n\r\nhello")
        seen.append(await peer.request())
        await peer.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await peer.gone()

    async def main() -> None:
        async with pki.talking(script) as (transport, raw):
            headers = ((b"authorization", b"Bearer k"), (b"connection", b"x-hop"), (b"x-hop", b"1"), (b"te", b"x"))
            answer = await transport.send(ask(headers=headers, body=b"[1]"), AMPLE)
            assert answer.status == 302  # not followed
            assert [value for name, value in answer.headers if name == b"x-a"] == [b"1", b"2"]
            assert await answer.read() == b"hello"  # not decompressed
            assert await answer.read() == b""
            assert await answer.read() == b""
            answer.close()
            again = await transport.send(ask(method="GET", body=b""), AMPLE)
            assert (again.status, await again.read()) == (204, b"")
            assert raw.accepted == 1  # kept alive
        lines = seen[0].lower().split(b"\r\n")
        assert lines[0] == b"post /v1/chat http/1.1"
        assert b"accept-encoding: identity" in lines
        assert b"authorization: bearer k" in lines
        assert b"content-length: 3" in lines
        assert not any(line.startswith((b"x-hop", b"te:", b"connection", b"cookie")) for line in lines)
        assert b"cookie" not in seen[1].lower()

    run(main())


def test_the_first_chunk_is_not_held_back(pki: Pki) -> None:
    go = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD, b"3\r\none\r\n")
        await go.wait()
        await peer.send(b"3\r\ntwo\r\n0\r\n\r\n")
        await peer.gone()

    async def main() -> None:
        async with pki.talking(script) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            assert await answer.read() == b"one"
            go.set()
            assert await rest(answer) == b"two"

    run(main())


def fault_of(pki: Pki, script: Script, deadlines: Deadlines = AMPLE) -> tuple[bytes, VendorFault]:
    async def main() -> tuple[bytes, VendorFault]:
        got = b""
        async with pki.talking(script) as (transport, _):

            async def whole() -> None:
                nonlocal got
                answer = await transport.send(ask("/v1/" + SECRET), deadlines)
                while part := await answer.read():
                    got += part

            with pytest.raises(VendorFault) as raised:
                await whole()
        assert SECRET not in repr(raised.value)
        assert raised.value.__cause__ is None
        return got, raised.value

    return run(main())


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(
    "parts, body",
    [
        ((), b""),
        ((b"HTTP/1.1 200 OK\r\nConte",), b""),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", b"hello"), b"hello"),
        ((HEAD, b"5\r\nhello\r\n"), b"hello"),
    ],
)
def test_an_answer_that_is_cut_off(pki: Pki, parts: tuple[bytes, ...], body: bytes, reset: bool) -> None:
    got, fault = fault_of(pki, silent(*parts, reset=reset, ends=True))
    assert isinstance(fault, VendorReset)
    assert got == body or (reset and body.startswith(got))


@pytest.mark.parametrize(
    "parts",
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n",),
        (HEAD, b"zz\r\nhello"),
        (b"HTTP/1.1 200 OK\r\n" + b"".join(b"h%d: 1\r\n" % i for i in range(129)) + b"\r\n",),
        (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nx: \xff\r\nContent-Length: 0\r\n\r\n",),
    ],
)
def test_what_is_not_http_or_too_much_of_it(pki: Pki, parts: tuple[bytes, ...]) -> None:
    got, fault = fault_of(pki, silent(*parts))
    assert isinstance(fault, VendorProtocolError)
    assert got == b""


@pytest.mark.parametrize(
    "parts, deadlines, phase",
    [
        ((), Deadlines(connect=TINY, first_byte=TINY), "first_byte"),
        ((HEAD,), Deadlines(connect=2 * TINY, first_byte=TINY, between_chunks=TINY), "first_byte"),
        ((HEAD, b"2\r\nhi\r\n"), Deadlines(between_chunks=TINY), "between_chunks"),
        ((), Deadlines(whole=3 * TINY), "whole"),
        ((HEAD, b"2\r\nhi\r\n"), Deadlines(whole=3 * TINY), "whole"),
    ],
)
def test_each_deadline(pki: Pki, parts: tuple[bytes, ...], deadlines: Deadlines, phase: str) -> None:
    _, fault = fault_of(pki, silent(*parts), deadlines)
    assert isinstance(fault, VendorTimeout)
    assert fault.phase == phase


def test_a_handshake_that_never_ends_is_a_connect_timeout() -> None:
    async def main() -> None:
        async with vendor(answering(b"")) as raw:  # accepts, and never speaks TLS
            transport = Http2Transport(f"localhost:{raw.port}")
            with pytest.raises(VendorTimeout, match="connect"):
                await transport.send(ask(), Deadlines(connect=TINY))
            await transport.aclose()

    run(main())


def test_waiting_for_a_slot_ends_with_the_connect_deadline(pki: Pki) -> None:
    async def main() -> None:
        async with pki.talking(silent(HEAD), connections=1) as (transport, _):
            deadlines = Deadlines(connect=2 * TINY)
            held = await transport.send(ask(), deadlines)
            with pytest.raises(VendorTimeout, match="connect"):
                await transport.send(ask(), deadlines)
            held.close()

    run(main())


def test_no_vendor_there_and_an_unknown_authority(pki: Pki) -> None:
    async def main() -> None:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            transport = Http2Transport(f"127.0.0.1:{bound.getsockname()[1]}")
            with pytest.raises(VendorUnreachable):
                await transport.send(ask(), AMPLE)
            await transport.aclose()
        async with vendor(answering(HELLO), pki.server) as raw:
            transport = Http2Transport(f"localhost:{raw.port}")
            with pytest.raises(VendorUnreachable):
                await transport.send(ask(), AMPLE)
            await transport.aclose()

    run(main())


@pytest.mark.parametrize("parts", [(HEAD,), (HEAD, b"2\r\nhi\r\n")])
@pytest.mark.parametrize("way", ["cancel", "close"])
def test_the_vendor_sees_at_once_that_nobody_reads_any_more(pki: Pki, parts: tuple[bytes, ...], way: str) -> None:
    async def main() -> None:
        async with pki.talking(silent(*parts)) as (transport, raw):
            answer = await transport.send(ask(), AMPLE)
            if len(parts) == 2:
                assert await answer.read() == b"hi"
            reading = asyncio.ensure_future(answer.read())
            await asyncio.sleep(0)
            if way == "close":
                answer.close()
                answer.close()
                with pytest.raises(VendorReset, match="closed before its end"):
                    await reading
            else:
                reading.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await reading
            await until(lambda: raw.open == 0)

    run(main())


def test_a_request_cancelled_before_its_head_ends_with_the_whole_deadline_at_the_latest(pki: Pki) -> None:
    asked = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        asked.set()
        await peer.gone()

    async def main() -> None:
        async with pki.talking(script) as (transport, raw):
            sending = asyncio.ensure_future(transport.send(ask(), Deadlines(whole=1.0)))
            await asked.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            await until(lambda: raw.open == 0)

    run(main())


def test_one_reader_at_a_time_and_the_whole_ends_without_a_reader(pki: Pki) -> None:
    async def main() -> None:
        async with pki.talking(silent(HEAD)) as (transport, raw):
            answer = await transport.send(ask(), Deadlines(whole=4 * TINY))
            reading = asyncio.ensure_future(answer.read())
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="one reader"):
                await answer.read()
            with pytest.raises(VendorTimeout, match="whole"):
                await reading
            await until(lambda: raw.open == 0)
            unread = await transport.send(ask(), Deadlines(whole=4 * TINY))
            await until(lambda: raw.open == 0)
            with pytest.raises(VendorTimeout, match="whole"):
                await unread.read()

    run(main())


def test_a_reader_that_waits_makes_the_vendor_wait(pki: Pki) -> None:
    total, sent = 64 * 2**20, 0
    stopped = asyncio.Event()

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        peer.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total)
        while sent < total:
            peer.writer.write(bytes(2**16))
            sent += 2**16
            drain = asyncio.ensure_future(peer.writer.drain())
            done, _ = await asyncio.wait([drain], timeout=5 * TINY)
            if not done:
                stopped.set()
                await drain
        await peer.gone()

    async def main() -> None:
        async with pki.talking(script) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            await stopped.wait()
            assert sent < total
            assert len(await rest(answer)) == total

    run(main())


def test_closing_the_transport_ends_everything(pki: Pki) -> None:
    async def main() -> None:
        async with pki.talking(silent(HEAD)) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            reading = asyncio.ensure_future(answer.read())
            await asyncio.sleep(0)
            await transport.aclose()
            with pytest.raises(VendorReset):
                await reading
            with pytest.raises(VendorUnreachable, match="closed"):
                await transport.send(ask(), AMPLE)
        async with pki.talking(silent()) as (transport, raw):
            sending = asyncio.ensure_future(transport.send(ask(), Deadlines(whole=1.0)))
            await until(lambda: raw.open == 1)
            await transport.aclose()
            with pytest.raises(VendorReset):
                await sending

    run(main())


@pytest.mark.parametrize(
    "headers", [((b"a", b"1\r\nb: 2"),), ((b"a b", b"1"),), ((b"a", b"\x01"),), ((b"a", b"\xff"),)]
)
def test_what_cannot_stand_in_a_head_is_refused(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    async def main() -> None:
        transport = Http2Transport("localhost:1")
        with pytest.raises(ValueError, match=r"^[a-zA-Z ]+$"):
            await transport.send(Outgoing("POST", "/", headers, b""), AMPLE)
        await transport.aclose()

    run(main())


def test_pools_are_bounded(pki: Pki) -> None:
    async def main() -> None:
        async with pki.talking(answering(HELLO)) as (transport, _):
            for number in range(12):
                assert await rest(await transport.send(ask(), Deadlines(connect=5 + number))) == b"hello"
            assert len(transport._clients) == 8

    run(main())


# HTTP/2, by the few frames a small answer takes (RFC 9113 section 6)

DATA, HEADERS, RST_STREAM, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
END_STREAM, ACK, END_HEADERS = 1, 1, 4
STATUS_200 = b"\x88"  # RFC 7541 appendix A, index 8


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


async def next_frame(peer: Peer) -> tuple[int, int, int]:
    head = await peer.reader.readexactly(9)
    await peer.reader.readexactly(int.from_bytes(head[:3], "big"))
    return head[3], head[4], int.from_bytes(head[5:9], "big")


def speaking_h2(*parts: tuple[int, int, bytes], seen: list[int]) -> Script:
    """Answer each request's stream with these frames; note the kinds that come."""

    async def script(peer: Peer) -> None:
        assert await peer.reader.readexactly(24) == b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        await peer.send(frame(SETTINGS, 0, 0))
        while True:
            kind, flags, stream = await next_frame(peer)
            seen.append(kind)
            if kind == SETTINGS and not flags & ACK:
                await peer.send(frame(SETTINGS, ACK, 0))
            elif kind in (DATA, HEADERS) and flags & END_STREAM:
                for out, out_flags, payload in parts:
                    await peer.send(frame(out, out_flags, stream, payload))

    return script


def test_http2_where_the_vendor_has_it(pki2: Pki) -> None:
    seen: list[int] = []
    script = speaking_h2((HEADERS, END_HEADERS, STATUS_200), (DATA, 0, b"hel"), (DATA, END_STREAM, b"lo"), seen=seen)

    async def main() -> None:
        async with pki2.talking(script) as (transport, raw):
            for _ in range(3):
                answer = await transport.send(ask(), AMPLE)
                assert (answer.status, await rest(answer)) == (200, b"hello")
            assert raw.accepted == 1
            assert seen.count(HEADERS) == 3

    run(main())


def test_http2_leaving_resets_the_stream_and_keeps_the_connection(pki2: Pki) -> None:
    seen: list[int] = []

    async def main() -> None:
        script = speaking_h2((HEADERS, END_HEADERS, STATUS_200), (DATA, 0, b"hi"), seen=seen)
        async with pki2.talking(script) as (transport, raw):
            for number in range(1, 3):
                answer = await transport.send(ask(), AMPLE)
                assert await answer.read() == b"hi"
                answer.close()
                await until(lambda number=number: seen.count(RST_STREAM) == number)  # type: ignore[misc]  # a default binds the loop variable
            assert raw.accepted == 1

    run(main())


@pytest.mark.parametrize(
    "last, kind",
    [
        ((RST_STREAM, 0, (2).to_bytes(4, "big")), VendorReset),
        ((DATA, 8, b"\xff"), VendorProtocolError),  # padding longer than the frame
    ],
)
def test_http2_faults_within_an_answer(pki2: Pki, last: tuple[int, int, bytes], kind: type[VendorFault]) -> None:
    async def main() -> None:
        script = speaking_h2((HEADERS, END_HEADERS, STATUS_200), (DATA, 0, b"hi"), last, seen=[])
        async with pki2.talking(script) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            with pytest.raises(kind):
                await rest(answer)

    run(main())
