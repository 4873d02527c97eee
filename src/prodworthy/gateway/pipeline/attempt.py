"""One call of a vendor: the request as it goes out, and the answer as far as it may go on."""

from __future__ import annotations

import msgspec

from prodworthy.gateway.pipeline.asked import Asked
from prodworthy.gateway.pipeline.calling import watched
from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.guard import Guard
from prodworthy.gateway.pipeline.relaying import Relay, read_error
from prodworthy.gateway.pipeline.routing import destination, outgoing
from prodworthy.gateway.pipeline.runtime import Caller, Runtime
from prodworthy.gateway.pipeline.served import Served
from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.document import edit_document
from prodworthy.gateway.protocols.protocol import AnswerReader
from prodworthy.policy.core.exchange import Answer


class Attempt:
    """One attempt. `broken` says what is wrong with the form of its answer ("": nothing); `error` is the status of an
    error that the vendor answered with, 0 where it answered; `stopped`: a control let the answer go no further."""

    def __init__(self, runtime: Runtime, entry: Entry, served: Served, asked: Asked) -> None:
        """Nothing is sent yet."""
        self.broken = ""
        self.error = 0
        self.stopped = False
        self.headers: list[tuple[bytes, bytes]] = []
        self.withheld = b""
        self.guard: Guard | None = None
        if served.listens or served.samples(entry.id):
            self.guard = Guard(served.senses.watch, runtime.measuring, asked.call, asked.stand_ins)
        self.call = asked.call
        self._runtime = runtime
        self._entry = entry
        self._served = served
        self._asked = asked
        self._reader: AnswerReader | None = None

    @property
    def plain(self) -> bool:
        """Whether there is an answer whose form is in order, and that nobody reads."""
        return self.guard is None and not self.broken and not self.error

    def answer(self) -> Answer:
        """What was answered so far."""
        answer = self._reader.answer() if self._reader else Answer()
        if self.guard is None:
            return answer
        return msgspec.structs.replace(answer, texts=self.guard.texts(), unread=self.guard.unread)

    async def run(self, model: str, caller: Caller) -> None:
        """Ask the model of this name. Raises VendorFault; Refused for a name that leads nowhere, and for an error of
        the vendor's that cannot be passed on."""
        asked, served = self._asked, self._served
        found = destination(self._runtime, served, asked, self._entry, model)
        incoming = await found.vendor.transport.send(outgoing(served, asked, found), served.deadlines)
        try:
            if not 200 <= incoming.status < 300:
                self.error = incoming.status
                self.headers, heard, self.withheld = await read_error(incoming, self._entry)
                if self.guard is not None:  # the vendor's own error is decided on as any other text
                    self.guard.take(self.withheld, heard, edit_document)
                    self.stopped = await self.guard.settle(complete=True)
                    self.withheld = b"" if self.stopped else b"".join(self.guard.release())
                return
            plain = asked.inbound.route.protocol.reader(asked.call, asked.document, self.guard is not None)
            reader = self._reader = watched(plain, served, self._entry)
            relay = Relay(incoming, reader, self.guard, self._entry, served.workload.manifest.limits.answer_bytes)
            try:
                await relay.run(caller)
            except AnswerBroken as fault:
                self.broken = str(fault)
            self.headers, self.withheld, self.stopped = relay.headers, relay.withheld, relay.stopped
        finally:
            incoming.close()
