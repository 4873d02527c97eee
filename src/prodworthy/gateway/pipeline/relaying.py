"""The vendor's answer as it arrives: cut into pieces, each read by its protocol; released as it comes, or withheld.

From the first sign of an answer's end on, pieces are withheld; where a control needs the answer whole, from its start.
"""

from __future__ import annotations

from collections.abc import Mapping

from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.guard import Guard, Render
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.pipeline.runtime import Caller
from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import Unreadable, edit_document, read_document
from prodworthy.gateway.protocols.heard import Heard
from prodworthy.gateway.protocols.protocol import OPEN, AnswerReader
from prodworthy.gateway.protocols.sse import EventTooLarge, Splitter, bare, data_of, event_of
from prodworthy.gateway.providers.transport import Headers, Incoming, VendorFault
from prodworthy.gateway.providers.vendor import passed_back
from prodworthy.policy.core.refusal import Code, Refusal

ERROR_BYTES = 1_048_576
"""Largest body of a vendor's error that is read and passed on."""


class Relay:
    """One answer on its way from the vendor to the caller; `withheld` is what must wait for the decision on its end."""

    def __init__(self, incoming: Incoming, reader: AnswerReader, guard: Guard | None, entry: Entry, limit: int) -> None:
        """`guard` holds back what is not decided yet, None where nobody asks; `limit`: bytes the answer may have."""
        self.headers = passed_back(incoming.headers)
        self.withheld = b""
        self.stopped = False
        self._closing = False
        self._incoming = incoming
        self._reader = reader
        self._guard = guard
        self._entry = entry
        self._limit = limit

    async def run(self, caller: Caller) -> None:
        """Take the whole answer, or what there is of it until a control stops it (`stopped`).

        Raises AnswerBroken (also for one without its end) and VendorFault.
        """
        if not is_stream(self._incoming.headers):
            body = await read_all(self._incoming, self._entry, self._limit)
            self._reader.whole(body)
            if self._guard is None:
                self.withheld = body
            else:
                await self._end([body], edit_document)
            return
        _check_coding(self._incoming.headers)
        withheld: list[bytes] = []
        try:
            await self._stream(caller, withheld)
        except EventTooLarge:
            raise AnswerBroken("an event that is too large") from None
        except VendorFault:
            if not self._reader.ended:
                raise
        if not self.stopped and not self._reader.ended:
            raise AnswerBroken("an answer that stops before its end")
        await self._end(withheld, edit_event)

    async def _end(self, withheld: list[bytes], render: Render) -> None:
        """Decide on what is left of the answer; what of it may go out is withheld for its Completed."""
        if self._guard is not None and not self.stopped:
            if render is edit_document:
                self._guard.take(withheld.pop(), self._reader.heard, render)
            self.stopped = await self._guard.settle(complete=True)
            withheld = [] if self.stopped else self._guard.release()
        self.withheld = b"".join(withheld)

    async def _stream(self, caller: Caller, withheld: list[bytes]) -> None:
        """Cut what arrives into events and pass each on. Raises AnswerBroken, EventTooLarge, VendorFault."""
        splitter, total = Splitter(), 0
        while chunk := await self._incoming.read():
            self._entry.saw_first_byte()
            total += len(chunk)
            if total > self._limit:
                raise AnswerBroken("an answer that is larger than its workload allows")
            for event in splitter.feed(chunk):
                if self._leaves_now(event, withheld):
                    await self._release(caller, event)
            if self._guard is not None and not self._closing:
                self.stopped = await self._guard.settle(complete=False)
                if self.stopped:
                    return
                for event in self._guard.release():
                    await self._release(caller, event)
        if splitter.rest().strip():
            raise AnswerBroken("a stream that stops within an event")

    def _leaves_now(self, event: bytes, withheld: list[bytes]) -> bool:
        """Read an event; whether it goes out at once. Others wait with the guard, or for the end."""
        mark = self._reader.event(event)
        self._closing = self._closing or mark is not OPEN
        if mark.drop:
            return False
        if self._guard is not None:
            self._guard.take(bare(event) if self._guard.acts else event, self._reader.heard, edit_event)
            return False
        if self._closing:
            withheld.append(event)
        return not self._closing

    async def _release(self, caller: Caller, event: bytes) -> None:
        if not caller.started:
            model = self._reader.answer().model
            await caller.start(self._incoming.status, self.headers + self._entry.headers(model))
        self._entry.release(event)
        await caller.write(event)


async def read_all(incoming: Incoming, entry: Entry, limit: int) -> bytes:
    """A whole body of at most `limit` bytes. Raises AnswerBroken for a larger or a compressed one, and VendorFault."""
    _check_coding(incoming.headers)
    chunks: list[bytes] = []
    total = 0
    while chunk := await incoming.read():
        entry.saw_first_byte()
        total += len(chunk)
        if total > limit:
            raise AnswerBroken("an answer that is larger than its workload allows")
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def read_error(incoming: Incoming, entry: Entry) -> tuple[list[tuple[bytes, bytes]], Heard, bytes]:
    """The vendor's own error, headers, what it says, and body, where the caller can use it; else raises Refused."""
    status = incoming.status
    if status in (401, 403):
        text = "The vendor refused the gateway's credentials; tell the operator."
        raise Refused(Refusal(Code.VENDOR_BROKEN, text), "vendor_fault")
    if status < 400:
        raise Refused(Refusal(Code.VENDOR_BROKEN, "The vendor redirected the call."), "vendor_fault")
    try:
        body = await read_all(incoming, entry, ERROR_BYTES)
        heard = Heard(read_document(body))
        heard.take(heard.document, "", "")
    except (AnswerBroken, Unreadable):
        text = f"The vendor answered with status {status} and no readable error."
        raise Refused(Refusal(Code.VENDOR_BROKEN, text), "vendor_fault") from None
    return passed_back(incoming.headers), heard, body


def edit_event(event: bytes, fields: Mapping[str, bytes]) -> bytes:
    """The event with some of its document's fields set anew; its name and everything else stay."""
    name = event[7 : event.index(b"\n")].decode() if event.startswith(b"event: ") else ""
    return event_of(name.rstrip("\r"), edit_document(data_of(event), fields))


def _check_coding(headers: Headers) -> None:
    if b"content-encoding" not in dict(headers):
        return
    if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in headers):
        raise AnswerBroken("a compressed answer, which was not asked for")


def is_stream(headers: Headers) -> bool:
    """Whether the answer is a stream of events."""
    return dict(headers).get(b"content-type", b"").startswith(b"text/event-stream")
