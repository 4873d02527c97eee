"""What was kept of an exchange, read again as it was read when it came: by its protocol, with its provenance.

A request that was answered with its record redacted is kept masked, its answer as a JSON object of texts by part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from prodworthy.gateway.pipeline.guard import Guard, Watch
from prodworthy.gateway.pipeline.measuring import Measuring
from prodworthy.gateway.pipeline.provenance import marked
from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import Unreadable
from prodworthy.gateway.protocols.protocol import AnswerReader
from prodworthy.gateway.protocols.routes import Route, route_of
from prodworthy.gateway.protocols.sse import EventTooLarge, Splitter
from prodworthy.policy.core.exchange import Answer, Call, Passage
from prodworthy.policy.core.manifest import Retrieved


class Kept(msgspec.Struct, frozen=True):
    """What the journal has of one exchange: how it came, the request's body, and what was kept of its answer (b"":
    nothing). `redacted`: content was masked before it was kept."""

    protocol: str
    operation: str
    model: str
    request: bytes
    answer: bytes = b""
    redacted: bool = False


class Reread(msgspec.Struct, frozen=True):
    """The call and its answer; the answer is None where none was kept, or what was kept cannot be read."""

    call: Call
    answer: Answer | None = None


class CannotReread(Exception):
    """What was kept is no request of this protocol (any more)."""


def reread(kept: Kept, retrieved: Retrieved | None) -> Reread:
    """Read an exchange again. `retrieved`: how its workload marks retrieved text. Raises CannotReread."""
    route = route_of(kept.protocol, kept.operation, kept.model)
    if route is None:
        raise CannotReread("no route")
    try:
        document, call = route.read(kept.request, ())
    except Unreadable:
        raise CannotReread("no request of its protocol") from None
    if retrieved is not None:
        call = msgspec.structs.replace(call, passages=marked(call.passages, retrieved))
    if not kept.answer:
        return Reread(call)
    return Reread(call, _texts(kept.answer) if kept.redacted else _answer(route, call, document, kept.answer))


def _answer(route: Route, call: Call, document: dict[str, Any], content: bytes) -> Answer | None:
    """An answer from the bytes that went to the caller: a body, or a stream of events."""
    reader = route.protocol.reader(call, document, True)
    guard = Guard(Watch((), (), 0.0, acting=False, whole=False), Measuring(), call, None)
    try:
        if content.lstrip()[:1] in (b"{", b"["):
            reader.whole(content)
            guard.take(content, reader.heard, _unchanged)
        else:
            _events(reader, guard, content)
    except (AnswerBroken, EventTooLarge):
        return None
    return msgspec.structs.replace(reader.answer(), texts=guard.texts(), unread=guard.unread)


def _events(reader: AnswerReader, guard: Guard, content: bytes) -> None:
    """Raises AnswerBroken, EventTooLarge."""
    for event in Splitter().feed(content):
        reader.event(event)
        guard.take(event, reader.heard, _unchanged)


def _texts(content: bytes) -> Answer | None:
    """An answer from its texts by part, as a redacted record has it."""
    try:
        said = msgspec.json.decode(content, type=dict[str, str])
    except msgspec.DecodeError:
        return None
    return Answer(tuple(Passage(part, "assistant", text) for part, text in said.items()))


def _unchanged(event: bytes, fields: Mapping[str, bytes]) -> bytes:
    """Nothing is released here, so nothing is edited."""
    return event
