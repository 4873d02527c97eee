"""Server-sent events: cut a byte stream into whole events and read their fields, keeping every byte."""

from __future__ import annotations

import re

MAX_EVENT = 4_194_304
"""Bytes of one event; a vendor that sends more without a blank line is cut off."""

# A blank line after a line that ended in LF or CRLF, or lone CRs throughout. A line that ends in LF before an empty one
# that ends in lone CR is not seen: the two events are then read as one, which is no JSON and is refused.
_BLANK = re.compile(rb"\n\r?\n|\r\r")


class EventTooLarge(Exception):
    """One event grew beyond MAX_EVENT."""


class Splitter:
    """Collects chunks and gives back whole events, each with its own bytes including the blank line that ends it."""

    def __init__(self) -> None:
        """Start with nothing held."""
        self._held = bytearray()
        self._seen = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Events that this chunk completes, in order. Raises EventTooLarge. Linear in the bytes fed."""
        if not self._held and _is_one_event(chunk):
            return [chunk]
        held = self._held
        held += chunk
        ends = [found.end() for found in _BLANK.finditer(held, self._seen)]
        starts = [0, *ends]
        with memoryview(held) as view:
            events = [bytes(view[start:end]) for start, end in zip(starts, ends, strict=False)]
        del held[: starts[-1]]
        # The longest blank line is three bytes, so one may have begun in the last two.
        self._seen = max(0, len(held) - 2)
        if len(held) > MAX_EVENT or any(len(event) > MAX_EVENT for event in events):
            raise EventTooLarge
        return events

    def rest(self) -> bytes:
        """What came after the last whole event."""
        return bytes(self._held)


def _is_one_event(chunk: bytes) -> bool:
    """The usual case: a vendor that flushes each event."""
    whole = chunk.endswith(b"\n\n") and len(chunk) <= MAX_EVENT
    return whole and chunk.find(b"\n\n") == len(chunk) - 2 and b"\r" not in chunk


def data_of(event: bytes) -> bytes:
    """The event's data: its `data:` lines joined by line feeds; empty for a comment or a ping without data."""
    at = _usual(event)
    if at >= 0:
        return event[at + 6 : -2]
    return b"\n".join(line[5:].removeprefix(b" ") for line in _lines(event) if line.startswith(b"data:"))


def bare(event: bytes) -> bytes:
    """The event's name and data, and nothing else: comments, ids and other lines hold what nobody has read.

    An event without data becomes an empty comment, which still keeps a connection alive.
    """
    at = _usual(event)
    if at == 0 or (at > 0 and _NAME.fullmatch(event, 7, at - 1)):
        return event
    lines = _lines(event)
    data = [line for line in lines if line.startswith(b"data:")]
    if not data:
        return b":\n\n"
    names = [line for line in lines if line.startswith(b"event:") and _NAME.fullmatch(line[6:].strip())]
    return b"\n".join((*names[-1:], *data)) + b"\n\n"


_NAME = re.compile(rb"[\w.-]{0,64}")


def _usual(event: bytes) -> int:
    """Where the data line begins in the two usual shapes, one data line alone or after the line that names the event;
    -1 for any other."""
    at = event.find(b"\n") + 1 if event.startswith(b"event: ") else 0
    usual = event.startswith(b"data: ", at) and event.find(b"\n", at) == len(event) - 2 and b"\r" not in event
    return at if usual else -1


def _lines(event: bytes) -> list[bytes]:
    return event.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")


def event_of(name: str, data: bytes) -> bytes:
    """An event's bytes; `name` may be empty. `data` must hold no line feed."""
    head = b"event: " + name.encode() + b"\n" if name else b""
    return head + b"data: " + data + b"\n\n"
