"""Requests of the size they claim, and answers counted however their bytes are cut."""

from __future__ import annotations

import json

import pytest

from bench.http import SMALL, Answers, chat_body, request

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 503 Gone\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 204 None\r\ncontent-length: 0\r\n\r\n"


@pytest.mark.parametrize("stream", [False, True])
def test_a_small_call_has_a_thousand_bytes_and_its_marker(stream: bool) -> None:
    body = chat_body("bench:50:0:0;", stream)
    assert len(body) == SMALL
    assert json.loads(body)["messages"][1]["content"].startswith("bench:50:0:0;x")


def test_a_request_states_its_length() -> None:
    head, _, body = request("key", b"12345").partition(b"\r\n\r\n")
    assert b"content-length: 5" in head
    assert b"authorization: Bearer key" in head
    assert body == b"12345"


@pytest.mark.parametrize("answer, status", [(WHOLE, 200), (CHUNKED, 503), (EMPTY, 204)])
def test_an_answer_ends_with_its_last_byte_however_it_is_cut(answer: bytes, status: int) -> None:
    for cut in range(1, len(answer)):
        answers = Answers()
        for _ in range(2):
            assert not answers.feed(answer[:cut])
            assert answers.feed(answer[cut:])
            assert answers.status == status
    answers = Answers()
    assert [answers.feed(answer[i : i + 1]) for i in range(len(answer))].index(True) == len(answer) - 1
