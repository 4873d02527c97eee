"""A client of bytes: sends exactly what a test says and reads answers strictly, so that a desync cannot go unseen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Self

DEADLINE = 5.0


async def until(holds: Callable[[], object], deadline: float = DEADLINE) -> None:
    """Wait on a condition; fails after `deadline` seconds."""
    end = time.monotonic() + deadline
    while not holds():
        assert time.monotonic() < end, f"not within {deadline} s"
        await asyncio.sleep(0.001)


class Reply(NamedTuple):
    """One whole answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The one value of a header, None if absent; a header that comes twice is a mistake."""
        values = [value for key, value in self.headers if key == name]
        assert len(values) <= 1, f"{name} comes {len(values)} times"
        return values[0] if values else None

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The gateway's refusal code."""
        return self.header("x-prodworthy-code")


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int, receive_buffer: int | None = None) -> Self:
        """Connect; a small `receive_buffer` makes a slow reader felt sooner."""
        sock = socket.socket()
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
        limit = 4096 if receive_buffer is not None else 2**20
        return cls(*await asyncio.open_connection(sock=sock, limit=limit))

    async def send(self, *parts: bytes) -> None:
        """Send bytes."""
        for part in parts:
            self._writer.write(part)
        await self._writer.drain()

    async def head(self) -> tuple[int, list[tuple[str, str]]]:
        """The next answer's status and headers."""
        async with asyncio.timeout(DEADLINE):
            raw = await self._reader.readuntil(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").split("\r\n")[:-2]
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1", first
        fields = [line.split(": ", 1) for line in lines]
        return int(status), [(name.lower(), value) for name, value in fields]

    async def chunk(self) -> bytes:
        """The next piece of a chunked body, b"" at its end."""
        async with asyncio.timeout(DEADLINE):
            size = int((await self._reader.readuntil(b"\r\n"))[:-2], 16)
            piece = await self._reader.readexactly(size + 2)
        assert piece.endswith(b"\r\n")
        return piece[:-2]

    async def reply(self) -> Reply:
        """The next answer, whole. Raises IncompleteReadError if the connection ends within it."""
        status, headers = await self.head()
        named = dict(headers)
        assert ("content-length" in named) != ("transfer-encoding" in named), headers
        if "content-length" in named:
            async with asyncio.timeout(DEADLINE):
                return Reply(status, headers, await self._reader.readexactly(int(named["content-length"])))
        body = bytearray()
        while piece := await self.chunk():
            body += piece
        return Reply(status, headers, bytes(body))

    async def read(self, size: int) -> bytes:
        """At most so many bytes, b"" at the end of the connection."""
        async with asyncio.timeout(DEADLINE):
            return await self._reader.read(size)

    async def rest(self) -> bytes:
        """Everything until the connection ends, by whichever means."""
        found = bytearray()
        async with asyncio.timeout(DEADLINE):
            with contextlib.suppress(ConnectionError):
                while piece := await self._reader.read(65_536):
                    found += piece
        return bytes(found)

    def leave(self) -> None:
        """Go away without a word (TCP reset)."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def close(self) -> None:
        """Close in order."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


Fields = Iterable[tuple[str, str]]


def post(path: str, body: bytes, key: str = "", more: Fields = ()) -> bytes:
    """A POST request of JSON with a Content-Length."""
    return request("POST", path, body, key, more)


def request(method: str, path: str, body: bytes = b"", key: str = "", more: Fields = ()) -> bytes:
    """A request. With `key` it carries the workload key as a bearer token."""
    fields = [("host", "gateway"), ("content-type", "application/json"), *more]
    if key:
        fields.append(("authorization", f"Bearer {key}"))
    if body or method == "POST":
        fields.append(("content-length", str(len(body))))
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body


async def exchange(port: int, data: bytes) -> Reply:
    """One request on a connection of its own, and its answer."""
    async with await Wire.open(port) as wire:
        await wire.send(data)
        return await wire.reply()
