"""The front door, as any client finds it: HTTP to the gateway's port with a workload key, each time a new connection.

A new connection each time, because the kernel gives connections to one of several gateways: a client that kept one
would only ever meet one of them. Blocking sockets, for threads: drills are never on the request path.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
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


class Streamed:
    """An answer that is read as it comes. `close` may be called from another thread, and ends a read that waits."""

    def __init__(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        """The head is here."""
        self._connection, self._response = connection, response
        self.status = response.status

    def read(self) -> bytes:
        """What has come since, b"" at the end. Raises Unanswered for a connection that broke."""
        try:
            return self._response.read1(65_536)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise Unanswered(type(fault).__name__) from None

    def close(self) -> None:
        """Hang up."""
        if (sock := self._connection.sock) is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._connection.close()


class Door:
    """Where clients connect, and the key that this one shows."""

    def __init__(self, host: str, port: int, key: str) -> None:
        """Nothing is connected yet."""
        self._host, self._port, self._key = host, port, key

    def ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        """One request, POST where it has a body, and its whole answer. Raises Unanswered."""
        connection = self._connect()
        try:
            response = self._sent(connection, path, body, headers)
            answer = response.read(LARGEST)
        except (OSError, http.client.HTTPException) as fault:
            raise Unanswered(type(fault).__name__) from None
        finally:
            connection.close()
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, answer)

    def stream(self, path: str, body: bytes, patience: float = PATIENCE) -> Streamed:
        """A request whose answer is read as it comes, each part within `patience` seconds. Raises Unanswered."""
        connection = self._connect(patience)
        try:
            return Streamed(connection, self._sent(connection, path, body, None))
        except (OSError, http.client.HTTPException) as fault:
            connection.close()
            raise Unanswered(type(fault).__name__) from None

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
                    where = f"{self._host}:{self._port}"
                    raise Incomplete(f"The gateway at {where} did not take the drill's key ({last}); is it running?")
                time.sleep(0.05)

    def _connect(self, patience: float = PATIENCE) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, self._port, timeout=patience)

    def _sent(
        self,
        connection: http.client.HTTPConnection,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> http.client.HTTPResponse:
        shown = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json", **(headers or {})}
        # what breaks off was refused before all of it was sent: the answer is on its way already
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request("GET" if body is None else "POST", path, body, shown)
        return connection.getresponse()
