"""Plug-in `remote-http`: a detector of your own behind a URL, asked by one POST for each measurement.

Asked:    {"texts": [{"part": "…", "role": "…", "text": "…"}]}
Answered: {"findings": [{"part": "…", "start": 0, "end": 4, "kind": "name", "confidence": 0.9}]}

Offsets count code points from the beginning of the text that was sent. No redirect is followed, no proxy used.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.plugged.breaker import Breaker
from prodworthy.gateway.detectors.plugged.fault import PluginFault, Unmeasured, read_options
from prodworthy.policy.core.exchange import Passage
from prodworthy.policy.core.facts import Finding

_Offset = Annotated[int, msgspec.Meta(ge=0)]


class RemoteOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`deadline` (seconds) is for everything from connecting to the last byte; `headers` may hold an authorization.

    After `failures` in a row the server is left alone for `pause` seconds. `response_bytes` bounds its answer.
    """

    url: str
    deadline: Annotated[float, msgspec.Meta(gt=0, le=60)] = 1.0
    failures: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 5
    pause: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 30.0
    response_bytes: Annotated[int, msgspec.Meta(ge=100, le=100_000_000)] = 1_000_000
    headers: dict[str, str] = {}


class _Remote(msgspec.Struct, frozen=True):
    part: str
    start: _Offset
    end: _Offset
    kind: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,63}$")]
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0


class _Answer(msgspec.Struct, frozen=True):
    findings: Annotated[list[_Remote], msgspec.Meta(max_length=100_000)]


_ANSWER = msgspec.json.Decoder(_Answer)


class RemoteHttp:
    """Asks in the thread that measures, over a connection of its own each time; the interpreter lock is released."""

    def __init__(self, options: RemoteOptions, name: str) -> None:
        """Prepare, without asking. Raises PluginFault for a URL that is not http or https or names no host."""
        self.fact = name
        self._options = options
        try:
            url = urlsplit(options.url)
            self._host, self._port = url.hostname or "", url.port
        except ValueError as error:
            raise PluginFault(f"detector {name}: the url cannot be read: {error}") from error
        if url.scheme not in {"http", "https"} or not self._host or url.username is not None:
            raise PluginFault(f"detector {name}: the url begins with http:// or https:// and a host, without user")
        self._target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._breaker = Breaker(options.failures, options.pause)

    def measure(self, reading: Reading) -> tuple[Finding, ...]:
        """Ask, and check the answer. Raises Unmeasured for a server that is not asked now, late, or wrong."""
        return tuple(found for batch in _batches(reading.texts) for found in self._ask(batch))

    def _ask(self, batch: Mapping[str, Passage]) -> Iterator[Finding]:
        if not self._breaker.passes():
            raise Unmeasured(f"detector {self.fact}: the server failed lately and is not asked")
        try:
            found = list(_findings(self._exchange(_body(batch)), batch))
        except (OSError, http.client.HTTPException, ValueError) as error:
            # ValueError: what is no JSON, not of the form, or beyond the text. Its words could hold some of the answer.
            self._breaker.failed()
            raise Unmeasured(f"detector {self.fact}: the server failed: {type(error).__name__}") from None
        self._breaker.succeeded()
        return iter(found)

    def _exchange(self, body: bytes) -> bytes:
        options = self._options
        made: http.client.HTTPConnection = (
            http.client.HTTPSConnection(self._host, self._port, timeout=options.deadline, context=self._tls)
            if self._tls
            else http.client.HTTPConnection(self._host, self._port, timeout=options.deadline)
        )
        # A time-out of the socket is for one read; this one is for all of them.
        connected: list[socket.socket] = []
        watch = threading.Timer(options.deadline, _cut, [connected])
        watch.daemon = True
        watch.start()
        try:
            made.connect()
            connected.append(made.sock)
            headers = {"Content-Type": "application/json", **options.headers}
            made.request("POST", self._target, body, headers)
            with made.getresponse() as answer:
                if answer.status != 200:
                    raise ValueError("the status is not 200")
                read = answer.read(options.response_bytes + 1)
                if len(read) > options.response_bytes or answer.length:
                    raise ValueError("the answer is too long, or was cut")
                return read
        finally:
            watch.cancel()
            made.close()
            for each in connected:
                each.close()  # an answer without a length takes the socket over


def factory(options: Mapping[str, Any], name: str) -> RemoteHttp:
    """The entry point. Raises PluginFault, see `RemoteHttp`."""
    return RemoteHttp(read_options(options, RemoteOptions, name), name)


def _cut(connected: list[socket.socket]) -> None:
    for each in connected:
        with suppress(OSError):  # it ended by itself
            each.shutdown(socket.SHUT_RDWR)


def _batches(texts: Sequence[Passage]) -> list[dict[str, Passage]]:
    """Texts by part; pieces of one part are asked about one after the other, so that a part names one text."""
    batches: list[dict[str, Passage]] = []
    for passage in texts:
        room = next((batch for batch in batches if passage.part not in batch), None)
        if room is None:
            batches.append(room := {})
        room[passage.part] = passage
    return batches


def _body(batch: Mapping[str, Passage]) -> bytes:
    texts = [
        # JSON has no lone surrogates; each becomes one question mark, so that places stay.
        {"part": each.part, "role": each.role, "text": each.text.encode("utf-8", "replace").decode()}
        for each in batch.values()
    ]
    return msgspec.json.encode({"texts": texts})


def _findings(raw: bytes, batch: Mapping[str, Passage]) -> Iterator[Finding]:
    for each in _ANSWER.decode(raw).findings:
        passage = batch.get(each.part)
        if passage is None or not each.start < each.end <= len(passage.text):
            raise ValueError("a finding lies outside of the texts")
        yield Finding(each.part, passage.start + each.start, passage.start + each.end, each.kind, each.confidence)
