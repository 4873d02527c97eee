"""The vendor's answer as it arrives: cut into pieces, each read by its protocol; released as it comes, or withheld.

From the first sign of an answer's end on, pieces are withheld; where a control needs the answer whole, from its start.
"""

from __future__ import annotations

from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.pipeline.runtime import Caller
from prodworthy.gateway.protocols.document import Unreadable, read_json
from prodworthy.gateway.protocols.protocol import OPEN, AnswerBroken, AnswerReader
from prodworthy.gateway.protocols.sse import EventTooLarge, Splitter
from prodworthy.gateway.providers.transport import Headers, Incoming
from prodworthy.gateway.providers.vendor import passed_back
from prodworthy.policy.core.refusal import Code, Refusal

ERROR_BYTES = 1_048_576
"""Largest body of a vendor's error that is read and passed on."""


class Relay:
    """One answer on its way from the vendor to the caller; `withheld` is what must wait for the decision."""

    def __init__(self, incoming: Incoming, reader: AnswerReader, entry: Entry, limit: int) -> None:
        """`limit`: bytes that the answer may have."""
        self.headers = passed_back(incoming.headers)
        self.withheld = b""
        self._incoming = incoming
        self._reader = reader
        self._entry = entry
        self._limit = limit

    async def run(self, caller: Caller, held: bool) -> None:
        """Take the whole answer. Raises AnswerBroken (also for one without its end) and VendorFault."""
        if not is_stream(self._incoming.headers):
            self.withheld = await read_all(self._incoming, self._entry, self._limit)
            self._reader.whole(self.withheld)
            return
        _check_coding(self._incoming.headers)
        withheld: list[bytes] = []
        try:
            await self._stream(caller, held, withheld)
        except EventTooLarge:
            raise AnswerBroken("an event that is too large") from None
        finally:
            self.withheld = b"".join(withheld)
        if not self._reader.ended:
            raise AnswerBroken("an answer that stops before its end")

    async def _stream(self, caller: Caller, held: bool, withheld: list[bytes]) -> None:
        """Cut what arrives into events and pass each on. Raises AnswerBroken, EventTooLarge, VendorFault."""
        splitter, total = Splitter(), 0
        while chunk := await self._incoming.read():
            self._entry.saw_first_byte()
            total += len(chunk)
            if total > self._limit:
                raise AnswerBroken("an answer that is larger than its workload allows")
            for event in splitter.feed(chunk):
                mark = self._reader.event(event)
                if mark is not OPEN or held or withheld:
                    if not mark.drop:
                        withheld.append(event)
                else:
                    await self._release(caller, event)
        if splitter.rest().strip():
            raise AnswerBroken("a stream that stops within an event")

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


async def read_error(incoming: Incoming, entry: Entry) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The vendor's own error, headers and body, where the caller can use it. Raises Refused where it cannot."""
    status = incoming.status
    if status in (401, 403):
        text = "The vendor refused the gateway's credentials; tell the operator."
        raise Refused(Refusal(Code.VENDOR_BROKEN, text), "vendor_fault")
    if status < 400:
        raise Refused(Refusal(Code.VENDOR_BROKEN, "The vendor redirected the call."), "vendor_fault")
    try:
        body = await read_all(incoming, entry, ERROR_BYTES)
        read_json(body)
    except (AnswerBroken, Unreadable):
        text = f"The vendor answered with status {status} and no readable error."
        raise Refused(Refusal(Code.VENDOR_BROKEN, text), "vendor_fault") from None
    entry.release(body)
    return passed_back(incoming.headers), body


def _check_coding(headers: Headers) -> None:
    if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in headers):
        raise AnswerBroken("a compressed answer, which was not asked for")


def is_stream(headers: Headers) -> bool:
    """Whether the answer is a stream of events."""
    return any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in headers)
