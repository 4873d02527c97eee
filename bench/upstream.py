"""The vendor of the benchmarks: answers prebuilt bytes as fast as one core can, late or in pieces on request.

A marker in the body, `bench:DELAY_MS:CHUNKS:INTERVAL_US;`, asks for a delay and, with CHUNKS above 0, for a stream of
so many chunks. Each chunk carries its send time (`t=NS`, monotonic clock, which processes of one machine share); a
whole answer says how long it took here (`x-bench-took`, ns), so that a delay is not counted as the gateway's.

`python -m bench.upstream PORT` serves until its standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from typing import cast

import uvloop

MARKER = re.compile(rb"bench:(\d{1,6}):(\d{1,6}):(\d{1,8});")
MOST_CHUNKS = 100_000

WORDS = "The quick brown fox jumps over the lazy dog. Pack my box with five dozen liquor jugs. " * 3
"""What an answer says."""
_ANSWER = json.dumps(
    {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "bench-model",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": WORDS, "refusal": None}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 220, "completion_tokens": 60, "total_tokens": 280},
    }
).encode()
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n" % len(_ANSWER)
_AT_ONCE = _HEAD + b"x-bench-took: 0\r\n\r\n" + _ANSWER
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_EVENT = (
    b'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench-model",'
    b'"choices":[{"index":0,"delta":{%s},"finish_reason":%s}]}\n\n'
)
_USAGE = (
    b'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"bench-model",'
    b'"choices":[],"usage":{"prompt_tokens":220,"completion_tokens":50,"total_tokens":270}}\n\n'
)


class Upstream(asyncio.Protocol):
    """One connection. Requests come one at a time, as the clients here send them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nothing has arrived."""
        self._loop = loop
        self._held = b""
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop what is under way."""
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        if self._held:
            data = self._held + data
        end = data.find(b"\r\n\r\n")
        if end < 0 or len(data) < end + 4 + _length(data[:end]):
            self._held = data
            return
        self._held = b""
        if data.find(b"bench:", end) < 0:
            self._transport.write(_AT_ONCE)
            return
        self._as_marked(data[end:])

    def _as_marked(self, body: bytes) -> None:
        found = MARKER.search(body)
        if found is None:
            self._transport.write(_AT_ONCE)
            return
        delay, chunks, interval = int(found[1]), min(int(found[2]), MOST_CHUNKS), int(found[3])
        if chunks:
            self._later(delay / 1_000, self._stream, chunks, interval / 1_000_000)
        else:
            self._later(delay / 1_000, self._late, time.monotonic_ns())

    def _later(self, seconds: float, what: object, *arguments: object) -> None:
        assert callable(what)
        self._timer = self._loop.call_later(seconds, what, *arguments)

    def _late(self, arrived: int) -> None:
        took = time.monotonic_ns() - arrived
        self._transport.write(_HEAD + b"x-bench-took: %d\r\n\r\n" % took + _ANSWER)

    def _stream(self, chunks: int, interval: float) -> None:
        self._transport.write(_STREAM_HEAD + _chunk(_EVENT % (b'"role":"assistant","content":""', b"null")))
        self._later(interval, self._next, chunks, interval)

    def _next(self, left: int, interval: float) -> None:
        if left > 0:
            self._transport.write(_chunk(_EVENT % (b'"content":"t=%d "' % time.monotonic_ns(), b"null")))
            self._later(interval, self._next, left - 1, interval)
            return
        last = _EVENT % (b"", b'"stop"') + _USAGE + b"data: [DONE]\n\n"
        self._transport.write(_chunk(last) + b"0\r\n\r\n")


def _length(head: bytes) -> int:
    folded = head.lower()
    at = folded.find(b"\r\ncontent-length:")
    return int(folded[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def serve(port: int) -> None:
    """Serve on this port of loopback until whoever started this process is gone."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(loop), "127.0.0.1", port, backlog=4_096)
    await asyncio.to_thread(sys.stdin.buffer.read)
    server.close()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
