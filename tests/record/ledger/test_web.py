"""Asking over the network: only where it is safe, and never for long."""

from __future__ import annotations

import socket
import threading

import pytest

from prodworthy.record.ledger import web
from prodworthy.record.ledger.faults import Malformed, Unreachable
from prodworthy.record.ledger.web import Answer, check_url, post
from tests.record.ledger.serving import serving


def test_an_answer_of_any_status() -> None:
    seen = []

    def answering(path: str, body: bytes, media_type: str) -> Answer:
        seen.append((path, body, media_type))
        return Answer(409, "text/x.tlog.size", b"7\n")

    with serving(answering) as url:
        assert post(f"{url}/add", b"asked", "text/plain") == Answer(409, "text/x.tlog.size", b"7\n")
    assert seen == [("/add", b"asked", "text/plain")]


def test_a_redirect_is_not_followed() -> None:
    with serving(lambda *_: Answer(302, "text/plain", b""), location="http://127.0.0.1:9/") as url:
        assert post(url, b"", "text/plain").status == 302


def test_an_answer_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "LARGEST_ANSWER", 10)
    with (
        serving(lambda *_: Answer(200, "text/plain", bytes(11))) as url,
        pytest.raises(Unreachable, match="more than 10"),
    ):
        post(url, b"", "text/plain")


@pytest.mark.parametrize("says", [b"", b"nonsense\r\n\r\n", None])
def test_no_answer(says: bytes | None) -> None:
    """Nobody listens; then: the connection ends; it speaks no HTTP; it says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        done = threading.Event()

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                if says is None:
                    done.wait(30)
                else:
                    connection.sendall(says)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(Unreachable, match="did not answer"):
            post(url, b"", "text/plain", timeout=0.2)
        done.set()
        thread.join()
    with pytest.raises(Unreachable):
        post(url, b"", "text/plain", timeout=0.2)


@pytest.mark.parametrize(
    "url", ["https://w.example/a?b=c", "http://127.0.0.1:8/", "http://[::1]/", "http://localhost:1"]
)
def test_addresses_that_are_asked(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "w.example",
        "http://w.example/",
        "http://127.0.0.1.example/",
        "http://10.0.0.1/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https:///path",
        "https://me@w.example/",
        "https://w.example/#part",
        "https://w.example/ x",
        "https://w.example/\r\nHost: other",
        "https://w.example:port/",
        "https://[w/",
    ],
)
def test_addresses_that_are_not(url: str) -> None:
    with pytest.raises(Malformed):
        post(url, b"", "text/plain")


def test_a_wait_is_bounded() -> None:
    for timeout in (0, -1, 61):
        with pytest.raises(Malformed, match="time-out"):
            post("https://w.example/", b"", "text/plain", timeout=timeout)
