"""However the bytes of an answer are split, the answer is the same."""

from __future__ import annotations

import asyncio
import itertools
import socket
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prodworthy.gateway.providers.http1_answer import Answer
from prodworthy.gateway.providers.http1_connection import Connection
from prodworthy.gateway.providers.transport import Deadlines, Headers, VendorFault
from tests.gateway.providers.raw_vendor import rest, run


class Wire(asyncio.Transport):
    """The socket's side of a connection, without a socket; also the pool."""

    def __init__(self) -> None:
        super().__init__()
        self.end, self.other = socket.socketpair()
        self.closing = False
        self.free = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.end

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Nobody listens."""

    def abort(self) -> None:
        self.closing = True

    def later(self, connection: Connection) -> None:
        """As a pool."""

    def opened(self, connection: Connection) -> None:
        """As a pool."""

    def freed(self, connection: Connection) -> None:
        self.free = True

    def gone(self, connection: Connection) -> None:
        """As a pool."""

    def release(self) -> None:
        self.end.close()
        self.other.close()


Result = tuple[int, Headers, bytes, str, bool]


async def receive(parts: list[bytes], is_head: bool) -> Result:
    """Status, headers, body, fault and whether the connection can be used again, after these parts and the end."""
    loop = asyncio.get_running_loop()
    wire = Wire()
    connection = Connection(wire, loop)
    connection.connection_made(wire)
    answer = Answer(connection, loop.time(), loop.time(), Deadlines())
    connection.start(b"", b"", is_head, answer)
    for part in parts:
        if not wire.closing and not wire.free:
            connection.data_received(part)
    connection.eof_received()
    connection.connection_lost(None)
    wire.release()
    body, fault = b"", ""
    try:
        body = await rest(answer)
    except VendorFault as error:
        fault = type(error).__name__
        body = b"".join(answer._parts)
    return answer.status, answer.headers, body, fault, wire.free


def split(whole: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(whole), *(cut % (len(whole) + 1) for cut in cuts)})
    return [whole[a:b] for a, b in itertools.pairwise(places)]


def chunked(parts: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part) + b"0\r\nt: 1\r\n\r\n"


bodies = st.lists(st.binary(max_size=40), max_size=5)
interim = st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n" * 2])
status = st.sampled_from([b"200 OK", b"204 No Content", b"304 Not Modified", b"404 Not Found", b"503 S", b"599"])


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """A right answer, or one that is cut short or spoiled at one place."""
    parts = draw(bodies)
    framed = draw(st.integers(0, 2))
    body = chunked(parts) if framed == 0 else b"".join(parts)
    head = b"HTTP/1.1 " + draw(status) + b"\r\nX-One: 1\r\nx-two:\r\n"
    head += (b"Transfer-Encoding: chunked\r\n", b"Content-Length: %d\r\n" % len(body), b"")[framed]
    whole = draw(interim) + head + b"\r\n" + body
    how = draw(st.sampled_from(["right", "right", "short", "spoiled"]))
    place = draw(st.integers(0, len(whole) - 1))
    if how == "short":
        return whole[:place]
    if how == "spoiled":
        return whole[:place] + draw(st.binary(min_size=1, max_size=1)) + whole[place + 1 :]
    return whole


@settings(deadline=None, max_examples=300)
@given(answers(), st.lists(st.integers(0, 500), max_size=12), st.booleans())
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", list(range(60)), False)
def test_any_split_gives_the_same_answer(whole: bytes, cuts: list[int], is_head: bool) -> None:
    async def main() -> tuple[Result, Result]:
        return await receive([whole], is_head), await receive(split(whole, cuts), is_head)

    at_once, in_parts = run(main(), "asyncio")
    # What follows a whole answer may come after the connection was freed: then the pool closes it instead.
    assert at_once[:4] == in_parts[:4]
    assert at_once[4] <= in_parts[4]


@pytest.mark.parametrize("is_head", [False, True])
def test_every_single_byte(is_head: bool) -> None:
    whole = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    whole += b"" if is_head else chunked([b"one", b"two"])
    expected = (200, ((b"a", b"1"), (b"transfer-encoding", b"chunked")), b"" if is_head else b"onetwo", "", True)

    async def main() -> None:
        for place in range(len(whole)):
            assert await receive([whole[:place], whole[place:]], is_head) == expected
        assert await receive([whole[i : i + 1] for i in range(len(whole))], is_head) == expected

    run(main())
