"""An answer becomes HTTP/1.1 bytes, step by step: head, framing, pieces, end. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from .exchange import Answer, Step

_REASONS = {status.value: status.phrase for status in HTTPStatus} | {529: "Overloaded"}


def head(answer: Answer, framing: str, keep_alive: bool) -> bytes:
    """The status line and headers. `framing` is the header line that says where the body ends, or nothing."""
    lines = [f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    if framing:
        lines.append(framing)
    lines.append("connection: keep-alive\r\n\r\n" if keep_alive else "connection: close\r\n\r\n")
    return "\r\n".join(lines).encode("latin-1")


def steps(answer: Answer, keep_alive: bool, chunks_known: bool = True) -> Iterator[Step]:
    """The steps of `answer`. A client that knows no chunks (HTTP/1.0) gets a body that ends with the connection."""
    whole = isinstance(answer.body, bytes)
    played = _whole(answer, keep_alive) if whole else _parts(answer, keep_alive, chunks_known)
    yield from answer.before
    yield from played if answer.drip is None else _dripped(played, *answer.drip)


def _whole(answer: Answer, keep_alive: bool) -> Iterator[Step]:
    body = answer.body if isinstance(answer.body, bytes) else b""
    first = head(answer, f"content-length: {len(body)}", keep_alive)
    if len(body) <= 65_536:
        yield first + body
        return
    yield first
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


def _parts(answer: Answer, keep_alive: bool, chunks_known: bool) -> Iterator[Step]:
    if answer.length is not None:
        framing, chunked = f"content-length: {answer.length}", False
    else:
        framing, chunked = ("transfer-encoding: chunked" if chunks_known else ""), chunks_known
    yield head(answer, framing, keep_alive and (chunks_known or answer.length is not None))
    for _, payload, framed in answer.parts():
        if not isinstance(payload, bytes):
            yield payload
        elif chunked and framed:
            if payload:
                yield b"%x\r\n%b\r\n" % (len(payload), payload)
        else:
            yield payload
    if chunked:
        yield b"0\r\n\r\n"


def _dripped(played: Iterator[Step], size: int, interval: float) -> Iterator[Step]:
    for step in played:
        if isinstance(step, bytes):
            for start in range(0, len(step), size):
                yield step[start : start + size]
                yield interval
        else:
            yield step
