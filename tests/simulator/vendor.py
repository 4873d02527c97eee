"""The vendor itself: listens, records what it receives, answers by marker, script or default, and lets tests wait on
its tally.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import itertools
import socket
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict
from types import TracebackType
from typing import Self

import msgspec

from . import markers
from .connection import Connection, Tally
from .exchange import JSON, Answer, Ask, Received, Refused
from .routes import find
from .script import PLAIN, Behaviour, Dialect

Turn = Behaviour | tuple[Behaviour, ...]
"""What one answer does: one behaviour, or several that add up."""

CONTROL = "/_simulator"
_MOST_TIMED_MARKERS = 10_000


class Vendor:
    """A model vendor on loopback.

    `received` holds the latest `keep` requests, and of those at most `keep_bytes` bytes of bodies. With `key`,
    requests must carry it (`Authorization: Bearer` or `x-api-key`). All methods belong to the event loop that entered
    the vendor, except `script`, `always` and `reset`, which any thread may call.
    """

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, key: str | None = None, keep: int = 10_000) -> None:
        self.host, self.port = host, port
        self.tally = Tally()
        self.paths: Counter[str] = Counter()
        self.received: deque[Received] = deque()
        self.keep, self.keep_bytes = keep, 256 * 1_048_576
        self._key, self._kept = key, 0
        self._script: deque[tuple[Behaviour, ...]] = deque()
        self._standing: tuple[Behaviour, ...] = ()
        self._timed: Counter[bytes] = Counter()
        self._open: set[Connection] = set()
        self._numbers = itertools.count(1)
        self._waiters: dict[asyncio.Future[None], Callable[[Vendor], bool]] = {}
        self._server: asyncio.Server | None = None

    # What tests read.

    @property
    def url(self) -> str:
        """The base address, without a path."""
        return f"http://{self.host}:{self.port}"

    @property
    def cancelled(self) -> int:
        """How many clients left before the end of their answer."""
        return self.tally.cancelled

    @property
    def open_streams(self) -> int:
        """How many streamed answers are under way."""
        return self.tally.open_streams

    @property
    def connections(self) -> frozenset[Connection]:
        """The open connections."""
        return frozenset(self._open)

    def counters(self) -> dict[str, int | dict[str, int]]:
        """The tally and the requests by path, as the control address gives them."""
        return {**asdict(self.tally), "paths": dict(self.paths)}

    async def until(self, holds: Callable[[Vendor], bool], deadline: float = 5.0) -> None:
        """Wait until `holds(self)`. Raises `TimeoutError`, which names the tally, after `deadline` seconds."""
        if holds(self):
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters[future] = holds
        try:
            async with asyncio.timeout(deadline):
                await future
        except TimeoutError as fault:
            raise TimeoutError(f"not within {deadline} s; the vendor counted {self.counters()}") from fault
        finally:
            self._waiters.pop(future, None)

    # What tests command.

    def script(self, *turns: Turn) -> None:
        """Queue the next answers to POST requests, first in, first out; then the default again."""
        self._script.extend(turn if isinstance(turn, tuple) else (turn,) for turn in turns)

    def always(self, *behaviours: Behaviour) -> None:
        """Behave so on every request (GET too) that neither a marker nor the script decides. Without arguments: the
        default.
        """
        self._standing = behaviours

    @property
    def scripted(self) -> int:
        """How many scripted turns are left."""
        return len(self._script)

    def reset(self) -> None:
        """Forget the script, the standing behaviour and what was received. The tally goes on."""
        self._script.clear()
        self._standing = ()
        self._timed.clear()
        self.received.clear()
        self._kept = 0

    # What connections ask.

    def take(self, received: Received) -> Answer:
        """Record a request and decide its answer."""
        if received.path == CONTROL:
            return self._control(received)
        self._record(received)
        dialect, named = find(received.method, received.path)
        ask = Ask(received, int(time.time()), named)
        try:
            self._check_key(received)
            turn = self._turn(received)
            say = PLAIN
            for behaviour in turn:
                say = behaviour.shape(say)
            answer = dialect.answer(ask, say)
        except Refused as refused:
            return _error(dialect, refused.status, refused.message)
        for behaviour in turn:
            answer = behaviour.bend(answer, dialect)
        return answer

    def refuse(self, path: str, status: int, message: str) -> Answer:
        """The error for bytes that are no acceptable request."""
        return _error(find("POST", path.partition("?")[0])[0], status, message)

    def changed(self) -> None:
        """Wake those whose condition holds now."""
        for future, holds in list(self._waiters.items()):
            if not future.done() and holds(self):
                future.set_result(None)

    def _record(self, received: Received) -> None:
        self.paths[received.path if len(self.paths) < 1000 else "(others)"] += 1
        self.received.append(received)
        self._kept += len(received.body)
        while len(self.received) > self.keep or (self._kept > self.keep_bytes and len(self.received) > 1):
            self._kept -= len(self.received.popleft().body)

    def _check_key(self, received: Received) -> None:
        if self._key is None:
            return
        given = received.header("x-api-key") or (received.header("authorization") or "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self._key.encode()):
            raise Refused(401, "Incorrect API key provided.")

    def _turn(self, received: Received) -> tuple[Behaviour, ...]:
        marked = markers.read(received.body)
        if marked:
            return tuple(mark.behaviour for mark in marked if self._holds(mark))
        if self._script and received.method == "POST":
            return self._script.popleft()
        return self._standing

    def _holds(self, mark: markers.Marked) -> bool:
        if mark.times is None:
            return True
        if len(self._timed) >= _MOST_TIMED_MARKERS and mark.source not in self._timed:
            raise Refused(400, "simulator: too many different markers with times=")
        self._timed[mark.source] += 1
        return self._timed[mark.source] <= mark.times

    def _control(self, received: Received) -> Answer:
        """GET: the counters. POST: script one turn from each line of markers. PUT: markers that always hold. DELETE:
        forget.
        """
        try:
            lines = [tuple(mark.behaviour for mark in markers.read(line)) for line in received.body.splitlines()]
        except Refused as refused:
            return Answer(refused.status, JSON, msgspec.json.encode({"error": refused.message}))
        if received.method == "POST":
            self.script(*lines)
        elif received.method == "PUT":
            self.always(*itertools.chain.from_iterable(lines))
        elif received.method == "DELETE":
            self.reset()
        return Answer(200, JSON, msgspec.json.encode(self.counters()))

    # Life.

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        listener = socket.create_server((self.host, self.port), backlog=4096)
        # inherited by what it accepts; asyncio sets it only for sockets made with an explicit protocol number
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = listener.getsockname()[1]
        self._server = await loop.create_server(
            lambda: Connection(self, next(self._numbers), self._open), sock=listener
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self._open):
            connection.abort()
        with contextlib.suppress(TimeoutError):
            await self.until(lambda vendor: vendor.tally.open_connections == 0, deadline=5)
        await self._server.wait_closed()


def _error(dialect: Dialect, status: int, message: str) -> Answer:
    return Answer(status, JSON, dialect.error(status, message))
