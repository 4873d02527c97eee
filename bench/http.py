"""As much of HTTP/1.1 as load needs: requests made beforehand, answers counted as they come, nothing else."""

from __future__ import annotations

import json

PATH = "/v1/chat/completions"
MODEL = "bench-model"
SMALL = 1_000
"""Bytes of a small call's body."""


def request(key: str, body: bytes, host: str = "127.0.0.1", path: str = PATH) -> bytes:
    """A whole request, as the official clients shape it."""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\naccept: application/json\r\n"
        f"user-agent: bench\r\nauthorization: Bearer {key}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body


def chat_body(marker: str = "", stream: bool = False) -> bytes:
    """A chat call of 1,000 bytes. `marker` tells the upstream how to behave, see `bench.upstream`."""
    call: dict[str, object] = {
        "model": MODEL,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": marker},
        ],
        "max_tokens": 64,
    }
    if stream:
        call |= {"stream": True, "stream_options": {"include_usage": True}}
    missing = SMALL - len(_packed(call))
    messages = call["messages"]
    assert isinstance(messages, list)
    messages[1]["content"] = marker + "x" * max(0, missing)
    return _packed(call)


class Answers:
    """Counts whole answers on one connection that carries one exchange at a time.

    An answer ends after its Content-Length, or with the last chunk of a chunked body; chunk ends are looked for at the
    end of what has arrived, which is where they stand while nothing follows before the next request.
    """

    __slots__ = ("_chunked", "_head", "_left", "_tail", "status")

    def __init__(self) -> None:
        """Between two answers."""
        self._head = b""
        self._left = -1  # body bytes to come; -1 while the head is not whole
        self._chunked = False
        self._tail = b""
        self.status = 0

    def feed(self, data: bytes) -> bool:
        """Take what arrived; True when it completes the answer."""
        if self._left < 0 and not self._chunked:
            if self._head:
                data = self._head + data
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._head = data
                return False
            self._begin(data[:end])
            data = data[end + 4 :]
        if self._chunked:
            self._tail = (self._tail + data)[-5:]
            return self._tail == b"0\r\n\r\n" and self._done()
        self._left -= len(data)
        return self._left <= 0 and self._done()

    def _begin(self, head: bytes) -> None:
        self.status = int(head[9:12])
        self._head = b""
        self._tail = b"\r\n"
        folded = head.lower()
        at = folded.find(b"\r\ncontent-length:")
        if at >= 0:
            self._left = int(folded[at + 17 :].split(b"\r\n", 1)[0])
        else:
            self._chunked = True

    def _done(self) -> bool:
        self._left = -1
        self._chunked = False
        return True


def _packed(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
