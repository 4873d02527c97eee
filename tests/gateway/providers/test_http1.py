"""The pool and its connections, against raw sockets, on both event loops."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from prodworthy.gateway.providers.http1 import Http1Transport, PoolLimits
from prodworthy.gateway.providers.http1_connection import HELD_BYTES, Connection
from prodworthy.gateway.providers.transport import (
    Deadlines,
    VendorFault,
    VendorProtocolError,
    VendorReset,
    VendorTimeout,
    VendorUnreachable,
)
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

TINY = 0.05
CLOSING = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(params=["uvloop", "asyncio"])
def loop(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def talking(
    script: Script, connections: int = 8, idle: float = 20.0
) -> AsyncIterator[tuple[Http1Transport, RawVendor]]:
    async with vendor(script) as raw:
        transport = Http1Transport(raw.host, raw.port, PoolLimits(connections, idle))
        try:
            yield transport, raw
        finally:
            await transport.aclose()
            assert transport._slots == 0


def outcome(script: Script, deadlines: Deadlines = AMPLE, method: str = "POST") -> tuple[bytes, VendorFault | None]:
    """What of the body arrives, and the fault that ends it."""

    async def main() -> tuple[bytes, VendorFault | None]:
        got = b""
        async with talking(script) as (transport, _):
            try:
                answer = await transport.send(ask(method=method), deadlines)
                while part := await answer.read():
                    got += part
            except VendorFault as fault:
                return got, fault
        return got, None

    return run(main())


def once(*parts: bytes, reset: bool = False) -> Script:
    """Answer one request and end the connection."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(*parts)
        if reset:
            peer.reset()

    return script


def then_silent(*parts: bytes) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(*parts)
        await peer.gone()

    return script


# What goes out and comes back


def test_a_request_and_its_answer(loop: str) -> None:
    seen = []

    async def script(peer: Peer) -> None:
        seen.append(await peer.request())
        await peer.send(b"HTTP/1.1 207 Odd\r\nX-Odd:  A b \r\nX-EMPTY:\r\nx-odd: 2\r\nContent-Length: 5\r\n\r\nhello")
        await peer.gone()

    async def main() -> None:
        async with talking(script) as (transport, raw):
            answer = await transport.send(ask(headers=((b"x-a", b"1"),), body=b"[1]"), AMPLE)
            assert answer.status == 207
            assert answer.headers == (
                (b"x-odd", b"A b "),
                (b"x-empty", b""),
                (b"x-odd", b"2"),
                (b"content-length", b"5"),
            )
            assert await answer.read() == b"hello"
            assert await answer.read() == b""
            assert await answer.read() == b""
            assert seen == [
                b"POST /v1/chat HTTP/1.1\r\nhost: 127.0.0.1:%d\r\naccept-encoding: identity\r\n"
                b"x-a: 1\r\ncontent-length: 3\r\n\r\n[1]" % raw.port
            ]

    run(main(), loop)


def test_a_large_body_arrives_whole(loop: str) -> None:
    body = bytes(range(256)) * 16384
    seen = []

    async def script(peer: Peer) -> None:
        seen.append(await peer.request())
        await peer.send(HELLO)

    async def main() -> None:
        async with talking(script) as (transport, _):
            assert await rest(await transport.send(ask(body=body), AMPLE)) == b"hello"
            assert seen[0].endswith(b"\r\n\r\n" + body)

    run(main(), loop)


def test_chunks_arrive_one_by_one(loop: str) -> None:
    go = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD, b"3\r\none\r\n")
        await go.wait()
        await peer.send(b"3\r\ntwo\r\n", b"0\r\nx-trailer: dropped\r\n\r\n")
        await peer.gone()

    async def main() -> None:
        async with talking(script) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            assert await answer.read() == b"one"
            go.set()
            assert await answer.read() == b"two"
            assert await answer.read() == b""
            assert answer.headers == ((b"transfer-encoding", b"chunked"),)

    run(main(), loop)


def test_every_byte_by_itself() -> None:
    whole = HEAD + b"5;ext=1\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"
    parts = [whole[i : i + 1] for i in range(len(whole))]
    assert outcome(answering(*parts)) == (b"hello!", None)


def test_connections_are_kept_and_reused(loop: str) -> None:
    async def main() -> None:
        async with talking(answering(HELLO)) as (transport, raw):
            for _ in range(50):
                answer = await transport.send(ask(), AMPLE)
                assert await rest(answer) == b"hello"
                answer.close()
            assert raw.accepted == 1
            nodelay = next(iter(transport._open))._transport.get_extra_info("socket")
            assert nodelay.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    run(main(), loop)


def _tired(begins: bytes) -> Script:
    """On its first connection the vendor answers once, and meets the second request with `begins` and an end."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HELLO)
        await peer.request()
        if peer.number > 1:
            raise AssertionError("the third connection was not asked for")
        if begins:
            await peer.send(begins)
        peer.reset()

    return script


def test_a_kept_connection_that_ends_as_it_is_used_again_is_replaced_once(loop: str) -> None:
    async def main() -> None:
        async with talking(_tired(b"")) as (transport, raw):
            for _ in range(2):
                assert await rest(await transport.send(ask(), AMPLE)) == b"hello"
            assert raw.accepted == 2

    run(main(), loop)


def test_a_kept_connection_that_ends_within_a_head_is_a_fault(loop: str) -> None:
    async def main() -> None:
        async with talking(_tired(b"HTTP/1.1 200")) as (transport, raw):
            await rest(await transport.send(ask(), AMPLE))
            with pytest.raises(VendorReset):
                await transport.send(ask(), AMPLE)
            assert raw.accepted == 1

    run(main(), loop)


def test_a_new_connection_that_ends_without_an_answer_is_a_fault(loop: str) -> None:
    async def main() -> None:
        async with talking(once(b"", reset=True)) as (transport, raw):
            with pytest.raises(VendorReset):
                await transport.send(ask(), AMPLE)
            assert raw.accepted == 1

    run(main(), loop)


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
@pytest.mark.parametrize("length", [b"", b"Content-Length: 500\r\n"])
def test_answers_that_have_no_body_by_their_status(status: bytes, length: bytes) -> None:
    async def main() -> None:
        async with talking(answering(b"HTTP/1.1 " + status + b"\r\n" + length + b"\r\n")) as (transport, raw):
            for _ in range(3):
                assert await (await transport.send(ask(), AMPLE)).read() == b""
            assert raw.accepted == 1

    run(main())


@pytest.mark.parametrize(
    "head, accepted",
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", 1),
        (b"HTTP/1.1 200 OK\r\n\r\n", 1),
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n", 3),
        (b"HTTP/1.0 200 OK\r\n\r\n", 3),
    ],
)
def test_answers_to_head(head: bytes, accepted: int) -> None:
    async def main() -> None:
        async with talking(answering(head)) as (transport, raw):
            for _ in range(3):
                answer = await transport.send(ask(method="HEAD", body=b""), AMPLE)
                assert (answer.status, await answer.read()) == (200, b"")
            assert raw.accepted == accepted

    run(main())


def test_interim_answers_are_skipped() -> None:
    async def main() -> None:
        interim = b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
        async with talking(answering(*interim, HELLO)) as (transport, raw):
            for _ in range(2):
                answer = await transport.send(ask(), AMPLE)
                assert (answer.status, answer.headers) == (200, ((b"content-length", b"5"),))
                assert await rest(answer) == b"hello"
            assert raw.accepted == 1

    run(main())


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_without_a_length_the_end_of_the_connection_is_the_end(version: bytes) -> None:
    assert outcome(once(b"HTTP/" + version + b" 200 OK\r\n\r\nall ", b"of it")) == (b"all of it", None)


# Faults


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(
    "parts, body",
    [
        ((), b""),
        ((b"HTTP/1.1 200 OK\r\nConte",), b""),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", b"hello"), b"hello"),
        ((HEAD, b"5\r\nhello\r\n"), b"hello"),
        ((HEAD, b"5\r\nhe"), b"he"),
        ((HEAD, b"5\r\nhello\r\n0\r\n"), b"hello"),
    ],
)
def test_an_answer_that_is_cut_off_is_never_taken_as_whole(parts: tuple[bytes, ...], body: bytes, reset: bool) -> None:
    got, fault = outcome(once(*parts, reset=reset))
    assert isinstance(fault, VendorReset)
    assert got == body or (reset and body.startswith(got))


def test_a_reset_within_an_answer_without_length() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        linger = b"\1\0\0\0\0\0\0\0"
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nsome")
        await peer.reader.readexactly(1)
        peer.writer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        peer.reset()

    async def main() -> None:
        async with talking(script) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            assert await answer.read() == b"some"
            next(iter(transport._open))._transport.write(b"x")
            with pytest.raises(VendorReset):
                await answer.read()

    run(main())


SECRET = b"sk-do-not-tell"


@pytest.mark.parametrize(
    "parts",
    [
        (b"SSH-2.0-OpenSSH " + SECRET + b"\r\n\r\n",),
        (b"HTTP/1.1 2x0 OK\r\n\r\n" + SECRET,),
        (b"HTTP/1.1 200 OK\r\nbad header " + SECRET + b"\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + SECRET,),
        (b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello" + HELLO,),
        (b"HTTP/1.1 200 OK\r\n" + b"".join(b"h%d: 1\r\n" % i for i in range(129)) + b"\r\n",),
        (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 70_000 + b"\r\nContent-Length: 0\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\nx: ",) + (b"a" * 1000,) * 70,
        (b"HTTP/1.1 103 Early Hints\r\nx: " + b"a" * 1000 + b"\r\n\r\n",) * 70,
        (HEAD, b"zz\r\n" + SECRET),
        (HEAD, b"5\r\nhelloXX" + SECRET),
        (HEAD, b"5;" + b"e" * 40_000, b"e" * 40_000),
        (HEAD, b"0\r\n", *((b"t: " + b"x" * 1000 + b"\r\n",) * 70)),
    ],
)
def test_what_is_not_http_or_too_much_of_it(parts: tuple[bytes, ...]) -> None:
    got, fault = outcome(then_silent(*parts))
    assert isinstance(fault, VendorProtocolError)
    assert got in (b"", b"hello")
    assert SECRET.decode() not in repr(fault)


def test_the_largest_allowed_head() -> None:
    fields = b"".join(b"h%d: 1\r\n" % i for i in range(126))
    long = b"HTTP/1.1 200 OK\r\n" + fields + b"x: %s\r\nContent-Length: 200000\r\n\r\n"
    head = long % (b"a" * (64 * 1024 - len(long) + 2))
    assert len(head) == 64 * 1024
    assert outcome(answering(head + b"b" * 200_000)) == (b"b" * 200_000, None)


@pytest.mark.parametrize(
    "parts, deadlines, phase",
    [
        ((), Deadlines(first_byte=TINY), "first_byte"),
        ((b"HTTP/1.1 200 OK\r\n",), Deadlines(first_byte=TINY), "first_byte"),
        ((HEAD,), Deadlines(first_byte=TINY, between_chunks=TINY), "first_byte"),
        ((HEAD, b"2\r\nhi\r\n"), Deadlines(between_chunks=TINY), "between_chunks"),
        ((), Deadlines(whole=TINY), "whole"),
        ((HEAD, b"2\r\nhi\r\n"), Deadlines(whole=2 * TINY), "whole"),
    ],
)
def test_each_deadline(parts: tuple[bytes, ...], deadlines: Deadlines, phase: str) -> None:
    got, fault = outcome(then_silent(*parts), deadlines)
    assert isinstance(fault, VendorTimeout)
    assert fault.phase == phase
    assert got == (b"hi" if len(parts) == 2 else b"")


def test_the_first_token_may_take_longer_than_the_later_ones() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD)
        await asyncio.sleep(4 * TINY)
        await peer.send(b"2\r\nhi\r\n0\r\n\r\n")
        await peer.gone()

    assert outcome(script, Deadlines(between_chunks=TINY)) == (b"hi", None)


def test_bytes_that_are_no_body_do_not_extend_a_deadline() -> None:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD, b"2\r\nhi\r\n5;")
        while True:
            await peer.send(b"x")
            await asyncio.sleep(TINY / 10)

    _, fault = outcome(script, Deadlines(between_chunks=2 * TINY))
    assert isinstance(fault, VendorTimeout)
    assert fault.phase == "between_chunks"


def test_a_slow_reader_does_not_use_up_the_vendors_time_but_the_whole_ends(loop: str) -> None:
    async def main() -> None:
        async with talking(then_silent(HEAD, b"2\r\nhi\r\n")) as (transport, raw):
            answer = await transport.send(ask(), Deadlines(first_byte=TINY, between_chunks=TINY, whole=6 * TINY))
            await asyncio.sleep(3 * TINY)
            assert await answer.read() == b"hi"
            assert raw.open == 1
            await until(lambda: raw.open == 0)  # nobody reads, and still it ends
            with pytest.raises(VendorTimeout, match="whole"):
                await answer.read()

    run(main(), loop)


def test_no_vendor_there(loop: str) -> None:
    async def main() -> None:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            transport = Http1Transport("127.0.0.1", bound.getsockname()[1])
            for _ in range(3):
                with pytest.raises(VendorUnreachable, match="ConnectionRefusedError"):
                    await transport.send(ask(), AMPLE)
            assert transport._slots == 0
            await transport.aclose()

    run(main(), loop)


def test_a_vendor_that_accepts_nobody(loop: str) -> None:
    async def main() -> None:
        with socket.socket() as full, socket.socket() as first, socket.socket() as second:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            for other in (first, second):  # with these its queue is full: a further one is not answered
                other.setblocking(False)
                other.connect_ex(full.getsockname())
            transport = Http1Transport("127.0.0.1", full.getsockname()[1])
            with pytest.raises(VendorTimeout, match="connect"):
                await transport.send(ask(), Deadlines(connect=TINY))
            assert transport._slots == 0
            await transport.aclose()

    run(main(), loop)


# Back-pressure and leaving


def test_a_reader_that_waits_makes_the_vendor_wait(loop: str) -> None:
    total = 64 * 2**20
    sent = 0
    stopped = asyncio.Event()

    async def script(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        peer.writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total)
        block = bytes(2**16)
        while sent < total:
            peer.writer.write(block)
            sent += len(block)
            if peer.writer.transport.get_write_buffer_size() > len(block):
                stopped.set()
            await peer.writer.drain()
        await peer.gone()

    async def main() -> None:
        async with talking(script) as (transport, raw):
            answer = await transport.send(ask(), AMPLE)
            await stopped.wait()
            connection = next(iter(transport._open))
            await until(lambda: connection._paused)
            assert sent < total
            assert HELD_BYTES < answer._held <= 3 * HELD_BYTES
            assert len(await rest(answer)) == total
            assert sent == total
            assert connection in transport._idle  # reading again, ready for another
            assert raw.accepted == 1

    run(main(), loop)


def test_a_connection_whose_answer_is_held_is_free_again() -> None:
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + b"x" * 400_000

    async def main() -> None:
        async with talking(answering(big), connections=1) as (transport, _):
            first = await transport.send(ask(), AMPLE)
            body = await rest(first)
            second = await transport.send(ask(), AMPLE)
            assert await rest(second) == body

    run(main())


@pytest.mark.parametrize("parts", [(), (HEAD,), (HEAD, b"2\r\nhi\r\n")])
@pytest.mark.parametrize("way", ["cancel", "close"])
def test_the_vendor_sees_at_once_that_nobody_waits_any_more(parts: tuple[bytes, ...], way: str, loop: str) -> None:
    ready, left = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(*parts)
        ready.set()
        await peer.gone()
        left.set()

    async def main() -> None:
        async with talking(script) as (transport, _):
            if way == "close" and parts:
                answer = await transport.send(ask(), AMPLE)
                reading = asyncio.ensure_future(rest(answer))
                await ready.wait()
                answer.close()
                answer.close()
                with pytest.raises(VendorReset, match="closed before its end"):
                    await reading
                with pytest.raises(VendorReset):
                    await answer.read()
            else:

                async def whole() -> bytes:
                    return await rest(await transport.send(ask(), AMPLE))

                task = asyncio.ensure_future(whole())
                await ready.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            await left.wait()
            await until(lambda: transport._slots == 0)

    run(main(), loop)


def test_an_endless_answer_ends_when_closed(loop: str) -> None:
    left = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HEAD)
        try:
            while True:
                await peer.send(b"1\r\nx\r\n")
        finally:
            left.set()

    async def main() -> None:
        async with talking(script) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            for _ in range(100):
                assert set(await answer.read()) == {ord("x")}
            answer.close()
            await left.wait()

    run(main(), loop)


def test_cancelled_in_the_moment_the_answer_comes() -> None:
    async def main() -> None:
        async with talking(answering(HELLO)) as (transport, raw):
            await rest(await transport.send(ask(), AMPLE))
            task = asyncio.ensure_future(transport.send(ask(), AMPLE))
            await asyncio.sleep(0)
            connection = next(iter(transport._open))
            connection.data_received(HELLO)  # the answer is here, its reader has not run yet
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: raw.accepted == 1)

    run(main())


def test_an_answer_closed_unread_still_leaves_its_connection() -> None:
    async def main() -> None:
        async with talking(answering(HELLO)) as (transport, raw):
            for _ in range(3):
                answer = await transport.send(ask(), AMPLE)
                answer.close()
                with pytest.raises(VendorReset):
                    await answer.read()
            assert raw.accepted == 1

    run(main())


def test_one_reader_at_a_time() -> None:
    async def main() -> None:
        async with talking(then_silent(HEAD)) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            reading = asyncio.ensure_future(answer.read())
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match="one reader"):
                await answer.read()
            answer.close()
            with pytest.raises(VendorReset):
                await reading

    run(main())


# The pool


def test_the_pool_is_bounded_and_serves_in_order(loop: str) -> None:
    order: list[bytes] = []
    go = asyncio.Semaphore(0)

    async def script(peer: Peer) -> None:
        while True:
            order.append((await peer.request()).split(b" ")[1])
            await go.acquire()
            await peer.send(HELLO)

    async def main() -> None:
        async with talking(script, connections=2) as (transport, raw):

            async def one(number: int) -> bytes:
                return await rest(await transport.send(ask(f"/{number}"), AMPLE))

            tasks = [asyncio.ensure_future(one(number)) for number in range(12)]
            await until(lambda: len(order) == 2)
            for _ in tasks:
                go.release()
            assert await asyncio.gather(*tasks) == [b"hello"] * 12
            assert raw.most_open == raw.accepted == 2
            assert sorted(order[:2]) == [b"/0", b"/1"]
            assert order[2:] == [b"/%d" % number for number in range(2, 12)]

    run(main(), loop)


def test_the_slot_of_a_lost_connection_goes_to_the_first_who_waits() -> None:
    async def main() -> None:
        async with talking(once(CLOSING), connections=1) as (transport, raw):

            async def one() -> bytes:
                return await rest(await transport.send(ask(), AMPLE))

            assert await asyncio.gather(*(one() for _ in range(5))) == [b"hello"] * 5
            assert raw.accepted == 5

    run(main())


def test_waiting_for_a_connection_ends_with_the_connect_deadline() -> None:
    async def main() -> None:
        async with talking(then_silent(HEAD), connections=1) as (transport, _):
            held = await transport.send(ask(), AMPLE)
            with pytest.raises(VendorTimeout, match="connect"):
                await transport.send(ask(), Deadlines(connect=TINY))
            assert not transport._turns
            held.close()

    run(main())


@pytest.mark.parametrize("closes", [False, True])
def test_a_turn_that_comes_in_the_moment_of_cancellation_is_passed_on(closes: bool) -> None:
    async def main() -> None:
        async with talking(then_silent(), connections=1) as (transport, raw):
            tasks = [asyncio.ensure_future(transport.send(ask(), AMPLE)) for _ in range(4)]
            await until(
                lambda: len(transport._turns) == 3 and any(it._answer and not it._unsent for it in transport._open)
            )
            connection = next(iter(transport._open))
            given = transport.gone if closes else transport.freed

            def give_and_cancel(it: Connection) -> None:
                given(it)
                tasks[2].cancel()

            setattr(transport, given.__name__, give_and_cancel)
            tasks[1].cancel()  # it stays in line until it runs, so the turn must go to the one after it
            connection.data_received(CLOSING if closes else HELLO)
            await until(lambda: not transport._turns)
            setattr(transport, given.__name__, given)
            assert await rest(await tasks[0]) == b"hello"
            for cancelled in tasks[1:3]:
                with pytest.raises(asyncio.CancelledError):
                    await cancelled
            await until(lambda: any(other._answer and not other._unsent for other in transport._open))
            next(iter(transport._open)).data_received(HELLO)
            assert await rest(await tasks[3]) == b"hello"
            await until(lambda: raw.accepted == 1 + closes)

    run(main())


def test_a_connection_that_ends_while_it_is_passed_on_is_replaced() -> None:
    async def main() -> None:
        async with talking(answering(HELLO), connections=1) as (transport, raw):
            first = await transport.send(ask(), AMPLE)
            await rest(first)
            connection = transport._free_one()
            assert connection is not None
            waiting = asyncio.ensure_future(transport.send(ask(), AMPLE))
            await until(lambda: bool(transport._turns))
            transport.freed(connection)
            connection.abort()
            assert await rest(await waiting) == b"hello"
            assert raw.accepted == 2

    run(main())


def test_idle_connections_expire(loop: str) -> None:
    async def main() -> None:
        async with talking(answering(HELLO), idle=2 * TINY) as (transport, raw):
            for _ in range(2):
                await rest(await transport.send(ask(), AMPLE))
                await until(lambda: raw.open == 0)
            assert raw.accepted == 2
            assert transport._slots == 0

    run(main(), loop)


def test_the_idle_time_begins_anew_with_each_answer(loop: str) -> None:
    async def main() -> None:
        idle = 4 * TINY
        async with talking(answering(HELLO), idle=idle) as (transport, raw):
            clock = asyncio.get_running_loop().time
            await rest(await transport.send(ask(), AMPLE))
            await asyncio.sleep(idle / 2)
            await rest(await transport.send(ask(), AMPLE))
            freed = clock()
            await until(lambda: not transport._open)
            assert clock() - freed > idle - 0.005
            assert raw.accepted == 1

    run(main(), loop)


def test_a_connection_in_use_outlives_the_idle_time(loop: str) -> None:
    async def script(peer: Peer) -> None:
        for pause in (0, 0, 4 * TINY):
            await peer.request()
            await asyncio.sleep(pause)
            await peer.send(HELLO)
        await peer.gone()

    async def main() -> None:
        async with talking(script, idle=2 * TINY) as (transport, raw):
            for _ in range(3):
                assert await rest(await transport.send(ask(), AMPLE)) == b"hello"
            assert raw.accepted == 1

    run(main(), loop)


def test_a_connection_that_the_vendor_closed_is_never_used_even_before_the_loop_knows(loop: str) -> None:
    asked, closed = threading.Event(), threading.Event()

    def serve(server: socket.socket) -> None:
        with server.accept()[0] as first:
            first.recv(65536)
            first.sendall(HELLO)
            asked.wait(10)
        closed.set()
        with server.accept()[0] as second:
            second.recv(65536)
            second.sendall(HELLO)
            second.recv(1)

    async def main(server: socket.socket) -> None:
        transport = Http1Transport("127.0.0.1", server.getsockname()[1])
        assert await rest(await transport.send(ask(), AMPLE)) == b"hello"
        asked.set()
        assert closed.wait(10)  # blocks the loop on purpose: it cannot have seen the end
        assert len(transport._idle) == 1
        assert await rest(await transport.send(ask(), AMPLE)) == b"hello"
        await transport.aclose()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        run(main(server), loop)
        thread.join(10)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    "excess", [HELLO, b"junk", b"HTTP/1.1 200 OK\r\n\r\nmore", b"HTTP/1.1 204 No Content\r\n\r\n", b"H"]
)
@pytest.mark.parametrize("first", [HELLO, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"])
def test_a_connection_with_more_than_was_asked_for_is_not_used_again(first: bytes, excess: bytes) -> None:
    async def main() -> None:
        async with talking(answering(first + excess)) as (transport, raw):
            for _ in range(2):
                answer = await transport.send(ask(), AMPLE)
                assert answer.status in (200, 304)
                assert await rest(answer) in (b"hello", b"")
                await until(lambda: not transport._open)
            assert raw.accepted == 2

    run(main())


def test_bytes_on_an_idle_connection_end_it() -> None:
    go = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(HELLO)
        await go.wait()
        await peer.send(HELLO)
        await peer.gone()

    async def main() -> None:
        async with talking(script) as (transport, _):
            await rest(await transport.send(ask(), AMPLE))
            assert transport._idle
            go.set()
            await until(lambda: not transport._open)
            assert not transport._idle

    run(main())


def test_an_early_answer_to_a_body_that_is_still_on_its_way() -> None:
    async def script(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        peer.reader._transport.pause_reading()  # type: ignore[attr-defined]  # a stream keeps its transport to itself
        await peer.send(HELLO)
        await asyncio.sleep(60)

    async def main() -> None:
        async with talking(script) as (transport, _):
            answer = await transport.send(ask(body=bytes(64 * 2**20)), AMPLE)
            assert await rest(answer) == b"hello"
            await until(lambda: not transport._open)

    run(main())


def test_closing_the_transport_ends_everything(loop: str) -> None:
    async def main() -> None:
        async with talking(then_silent(HEAD), connections=1) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            reading = asyncio.ensure_future(answer.read())
            waiting = asyncio.ensure_future(transport.send(ask(), AMPLE))
            await until(lambda: bool(transport._turns))
            await transport.aclose()
            with pytest.raises(VendorReset, match="transport was closed"):
                await reading
            for later in (waiting, transport.send(ask(), AMPLE)):
                with pytest.raises(VendorUnreachable, match="closed"):
                    await later
            await transport.aclose()

    run(main(), loop)


def test_cancelled_in_the_moment_the_transport_closes() -> None:
    async def main() -> None:
        async with talking(then_silent(HEAD), connections=1) as (transport, _):
            answer = await transport.send(ask(), AMPLE)
            waiting = asyncio.ensure_future(transport.send(ask(), AMPLE))
            await until(lambda: bool(transport._turns))
            closing = asyncio.ensure_future(transport.aclose())
            asyncio.get_running_loop().call_soon(waiting.cancel)  # after the turn has failed, before its caller runs
            await closing
            with pytest.raises(asyncio.CancelledError):
                await waiting
            with pytest.raises(VendorReset):
                await rest(answer)

    run(main())


def test_closing_the_transport_while_a_connection_is_made_or_busy() -> None:
    async def main() -> None:
        async with talking(answering(HELLO)) as (transport, _):
            made = asyncio.ensure_future(transport.send(ask(), AMPLE))
            await asyncio.sleep(0)
            await transport.aclose()
            with pytest.raises(VendorUnreachable, match="closed"):
                await made
        async with talking(answering(HELLO)) as (transport, _):
            await rest(await transport.send(ask(), AMPLE))
            connection = transport._free_one()
            assert connection is not None
            transport._closed = True
            transport.freed(connection)
            await until(lambda: not transport._open)

    run(main())


def test_a_pool_without_connections_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        PoolLimits(connections=0)


def test_the_host_of_an_ipv6_address_stands_in_brackets() -> None:
    assert b"host: [::1]:8080\r\n" in Http1Transport("::1", 8080)._head.write(ask())
    assert b"host: vendor.test\r\n" in Http1Transport("vendor.test", 80)._head.write(ask())
