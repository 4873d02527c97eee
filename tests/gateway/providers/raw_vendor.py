"""A vendor that answers with exactly the bytes a test writes, on a socket of loopback."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import uvloop

from prodworthy.gateway.providers.transport import Deadlines, Headers, Incoming, Outgoing

T = TypeVar("T")
LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}
SOON = 10.0  # seconds that any awaited condition may take
AMPLE = Deadlines(connect=SOON, first_byte=SOON, between_chunks=SOON, whole=2 * SOON)
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def run(main: Coroutine[Any, Any, T], loop: str = "uvloop") -> T:
    """Run to the end, within 30 s."""

    async def bounded() -> T:
        async with asyncio.timeout(3 * SOON):
            return await main

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(bounded())


class Peer:
    """The vendor's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self.reader = reader
        self.writer = writer
        self.number = number

    async def request(self) -> bytes:
        """The next request, head and body; raises IncompleteReadError where there is none."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: (\d+)", head)
        return head + (await self.reader.readexactly(int(length[1])) if length else b"")

    async def send(self, *parts: bytes) -> None:
        """Write each part by itself."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def gone(self) -> None:
        """Return once the gateway has closed the connection."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        self.writer.transport.abort()


Script = Callable[[Peer], Awaitable[None]]


class RawVendor:
    """Runs one script per connection; a script that raises fails the test when the vendor stops."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.accepted = 0
        self.open = 0
        self.most_open = 0
        self.port = 0
        self.host = "127.0.0.1"
        self._tasks: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self.script(Peer(reader, writer, self.accepted))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._tasks.append(asyncio.ensure_future(self._talk(reader, writer)))

    async def finish(self) -> None:
        """Stop the scripts that still run; raise what one raised."""
        for task in self._tasks:
            task.cancel()
        outcomes = await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome


@asynccontextmanager
async def vendor(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawVendor]:
    """Run a vendor on a free port."""
    raw = RawVendor(script)
    server = await asyncio.start_server(raw.accept, raw.host, 0, ssl=tls, limit=2**20)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        server.close()
        await raw.finish()
        await server.wait_closed()


def answering(*parts: bytes) -> Script:
    """Answer every request of a connection with these parts."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.send(*parts)

    return script


def ask(target: str = "/v1/chat", method: str = "POST", body: bytes = b"{}", headers: Headers = ()) -> Outgoing:
    return Outgoing(method, target, headers, body)


async def rest(answer: Incoming) -> bytes:
    """All that is still to come."""
    parts = []
    while part := await answer.read():
        parts.append(part)
    return b"".join(parts)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, with a deadline."""
    async with asyncio.timeout(SOON):
        while not condition():  # noqa: ASYNC110 - the conditions are facts about objects that signal nothing
            await asyncio.sleep(0.001)
