"""The front door, as any client finds it: HTTP to the gateway's port with a workload key, each time a new connection.

A new connection each time, because the kernel gives connections to one of several gateways: a client that kept one
would only ever meet one of them. Blocking sockets, for threads: drills are never on the request path.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any

import msgspec

from prodworthy.assurance.drills.outcome import Incomplete

PATIENCE = 60.0
"""Seconds that one answer may take to begin, and between two of its parts."""

LARGEST = 67_108_864
"""Bytes of an answer that are read."""

KNOWN_IN_A_ROW = 16
"""Answers in a row, each on a new connection, after which every gateway is taken to know the key."""

KEY_SECONDS = 15.0


class Reply(msgspec.Struct, frozen=True):
    """A whole answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def exchange(self) -> str:
        """Its id in the journal, "" for an answer to no exchange."""
        return self.headers.get("x-prodworthy-exchange", "")

    @property
    def code(self) -> str:
        """The refusal's stable code, "" for an answer that is none."""
        return self.headers.get("x-prodworthy-code", "")

    def document(self) -> Any:
        """The body as JSON, None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Unanswered(Exception):
    """No answer came: the connection failed, or what came is no HTTP."""


class Visit:
    """One connection, for one request. `leave` may be called from another thread, and ends whatever it waits for."""

    def __init__(self, address: tuple[str, int], key: str, patience: float) -> None:
        """Nothing is connected yet."""
        self._connection = http.client.HTTPConnection(*address, timeout=patience)
        self._key = key
        self._left = False
        self._response: http.client.HTTPResponse

    def open(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> int:
        """Send a request, POST where it has a body; the status of its answer. Raises Unanswered."""
        shown = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json", **(headers or {})}
        with _translated():
            # what breaks off was refused before all of it was sent: the answer is on its way already
            with suppress(BrokenPipeError, ConnectionResetError):
                self._connection.request("GET" if body is None else "POST", path, body, shown)
            if self._left:
                raise Unanswered("left")
            self._response = self._connection.getresponse()
        return self._response.status

    def read(self) -> bytes:
        """What has come of the answer since, b"" at its end. Raises Unanswered for a connection that broke."""
        with _translated():
            return self._response.read1(65_536)

    def whole(self) -> Reply:
        """All of the answer. Raises Unanswered."""
        with _translated():
            body, headers = self._response.read(LARGEST), self._response.getheaders()
        return Reply(self._response.status, {name.lower(): value for name, value in headers}, body)

    def leave(self) -> None:
        """Hang up."""
        self._left = True
        if (sock := self._connection.sock) is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give everything back; by the thread that reads."""
        self._connection.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise Unanswered(type(fault).__name__) from None


class Door:
    """Where clients connect, and the key that this one shows."""

    def __init__(self, host: str, port: int, key: str) -> None:
        """Nothing is connected yet."""
        self._address, self._key = (host, port), key

    def visit(self, patience: float = PATIENCE) -> Visit:
        """A new connection; each part of the answer may take `patience` seconds to come."""
        return Visit(self._address, self._key, patience)

    def ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """One request and its whole answer. Raises Unanswered."""
        with closing(self.visit()) as visit:
            visit.open(path, body, headers)
            return visit.whole()

    def await_key(self) -> None:
        """Until every gateway knows the key. Raises Incomplete where that takes too long, or nobody is there."""
        deadline, row = time.monotonic() + KEY_SECONDS, 0
        last = "nothing answered"
        while row < KNOWN_IN_A_ROW:
            try:
                reply = self.ask("/v1/models")
                known, last = reply.status == 200, f"status {reply.status} {reply.code}".strip()
            except Unanswered as fault:
                known, last = False, str(fault)
            row = row + 1 if known else 0
            if not known:
                if time.monotonic() > deadline:
                    where = ":".join(map(str, self._address))
                    raise Incomplete(f"The gateway at {where} did not take the drill's key ({last}); is it running?")
                time.sleep(0.05)
