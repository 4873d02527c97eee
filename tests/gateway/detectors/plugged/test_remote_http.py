from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.plugged.breaker import Breaker
from prodworthy.gateway.detectors.plugged.fault import PluginFault, Unmeasured
from prodworthy.gateway.detectors.plugged.remote_http import RemoteHttp, factory
from prodworthy.policy.core.exchange import Call, Operation, Passage
from prodworthy.policy.core.facts import Finding

TEXT = "Ada met Bob \ud800 there"
READING = Reading((Passage("a", "assistant", TEXT, 100),), Call(Operation.CHAT))
STOP = threading.Event()


def _answer(body: Any, status: str = "200 OK", more: str = "") -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(raw)}\r\n{more}\r\n".encode() + raw


def _found(**changes: Any) -> bytes:
    return _answer({"findings": [{"part": "a", "start": 0, "end": 3, "kind": "name", "confidence": 0.9, **changes}]})


class Server:
    """Answers each connection as told, on loopback; keeps what it was asked."""

    def __init__(self, act: Callable[[socket.socket], None]) -> None:
        self.asked: list[bytes] = []
        self._act = act
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/detect?v=1"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection = self._socket.accept()[0]
            with connection:
                connection.settimeout(20)
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (more := connection.recv(65_536)):
                        break
                    head += more
                if not head:
                    return
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                start, _, body = head.partition(b"\r\n\r\n")
                while len(body) < length:
                    body += connection.recv(65_536)
                self.asked.append(start + b"\r\n\r\n" + body)
                try:
                    self._act(connection)
                except OSError:
                    continue

    def stop(self) -> None:
        socket.create_connection(self._socket.getsockname()).close()
        self._thread.join()
        self._socket.close()


@contextmanager
def _serving(act: Callable[[socket.socket], None] | bytes) -> Iterator[Server]:
    STOP.clear()
    server = Server((lambda connection: connection.sendall(act)) if isinstance(act, bytes) else act)
    try:
        yield server
    finally:
        STOP.set()
        server.stop()


def _detector(server: Server, **options: Any) -> RemoteHttp:
    return factory({"url": server.url, "deadline": 2.0, **options}, "names")


def test_what_is_asked_and_what_is_answered() -> None:
    with _serving(_found()) as server:
        assert _detector(server, headers={"Authorization": "Bearer t"}).measure(READING) == (
            Finding("a", 100, 103, "name", 0.9),
        )
    head, _, body = server.asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /detect?v=1 HTTP/1.1\r\n")
    assert b"Authorization: Bearer t" in head
    assert json.loads(body) == {"texts": [{"part": "a", "role": "assistant", "text": "Ada met Bob ? there"}]}


def test_pieces_of_one_part_are_asked_about_apart() -> None:
    pieces = (Passage("a", "assistant", "Ada"), Passage("b", "assistant", "Bob"), Passage("a", "assistant", "Cid", 50))
    with _serving(_found()) as server:
        found = _detector(server).measure(Reading(pieces, READING.call))
    assert [(each.part, each.start) for each in found] == [("a", 0), ("a", 50)]
    assert [len(json.loads(each.partition(b"\r\n\r\n")[2])["texts"]) for each in server.asked] == [2, 1]


def _drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n")
    while not STOP.wait(0.05):
        connection.sendall(b" ")


def _endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b" " * 65_536)


@pytest.mark.parametrize(
    "act",
    [
        lambda connection: STOP.wait(30),
        _drip,
        _endless,
        lambda connection: None,
        lambda connection: connection.sendall(_found()[:-5]),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"),
        b"\x00\xff garbage \r\n\r\n",
        _answer(b"{'findings'}"),
        _answer(b"\xff\xfe"),
        _answer([]),
        _answer({"findings": None}),
        _answer({"findings": []}, "500 No"),
        _answer({"findings": []}, "302 Found", "Location: http://127.0.0.1:1/\r\n"),
        _answer(b'{"findings": []}' + b" " * 2_000),
        _found(part="b"),
        _found(start=-1),
        _found(start=3),
        _found(end=len(TEXT) + 1),
        _found(end=3.5),
        _found(start="0"),
        _found(kind="Some Name"),
        _found(confidence=1.5),
    ],
)  # fmt: skip
def test_a_server_that_is_late_or_wrong_gives_no_fact(act: Callable[[socket.socket], None] | bytes) -> None:
    with _serving(act) as server:
        began = time.monotonic()
        with pytest.raises(Unmeasured, match="the server failed: ") as caught:
            _detector(server, deadline=0.3, response_bytes=1_000).measure(READING)
        assert time.monotonic() - began < 5
    assert "Ada" not in str(caught.value)


def test_a_server_that_fails_is_left_alone_until_a_probe_succeeds() -> None:
    answers = [b"", b"", _found()]
    with _serving(lambda connection: connection.sendall(answers[min(len(server.asked), 3) - 1])) as server:
        detector = _detector(server, failures=2)
        now = [0.0]
        detector._breaker = Breaker(2, 30, lambda: now[0])
        for _ in range(2):
            with pytest.raises(Unmeasured, match="the server failed:"):
                detector.measure(READING)
        with pytest.raises(Unmeasured, match="is not asked"):
            detector.measure(READING)
        assert len(server.asked) == 2
        now[0] = 31
        assert len(detector.measure(READING)) == 1
        assert len(detector.measure(READING)) == 1


def test_one_probe_at_a_time_and_another_pause_when_it_fails() -> None:
    now = [0.0]
    breaker = Breaker(1, 10, lambda: now[0])
    assert breaker.passes()
    breaker.failed()
    assert not breaker.passes()
    now[0] = 10
    assert breaker.passes()
    assert not breaker.passes()
    breaker.failed()
    now[0] = 19
    assert not breaker.passes()
    now[0] = 20
    assert breaker.passes()
    breaker.succeeded()
    assert breaker.passes()
    assert breaker.passes()


def test_nobody_there_gives_no_fact() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unmeasured):
        factory({"url": f"http://127.0.0.1:{port}/"}, "names").measure(READING)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "ftp://a/"},
        {"url": "http:///x"},
        {"url": "http://u:p@a/"},
        {"url": "http://a:b/"},
        {"url": "http://a/", "deadline": 0},
        {"url": "http://a/", "deadlines": 1},
    ],
)
def test_options_that_are_wrong_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(PluginFault, match="detector names: "):
        factory(options, "names")
    factory({"url": "https://a.test/"}, "names")
