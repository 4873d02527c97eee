"""The vendor's side of one exchange: ask, relay, judge, and ask again where the manifest says so."""

from __future__ import annotations

import msgspec

from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.gate import Asked, Destination
from prodworthy.gateway.pipeline.judging import judge
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.pipeline.relaying import Relay, read_error
from prodworthy.gateway.pipeline.runtime import Caller
from prodworthy.gateway.pipeline.served import Served
from prodworthy.gateway.protocols.document import edit_document
from prodworthy.gateway.protocols.protocol import AnswerBroken, AnswerReader, Rendered, Wish
from prodworthy.gateway.providers.transport import Outgoing, VendorFault
from prodworthy.policy.core.exchange import Answer
from prodworthy.policy.core.refusal import Code, Refusal


class Ready(msgspec.Struct, frozen=True):
    """An answer that may go out once its Completed is written: how it ends on record, and what is still withheld."""

    end: str
    status: int
    answer: Answer
    headers: list[tuple[bytes, bytes]]
    withheld: bytes


class Answering:
    """Gets one answer. Tokens of all attempts are counted."""

    def __init__(self, entry: Entry, served: Served, asked: Asked, caller: Caller) -> None:
        """Nothing is sent yet."""
        self._entry = entry
        self._served = served
        self._asked = asked
        self._caller = caller
        self._reader: AnswerReader | None = None
        self._spent_in = self._spent_out = 0

    def answer(self) -> Answer:
        """What was answered so far; tokens of earlier attempts included."""
        answer = self._reader.answer() if self._reader else Answer()
        if not (self._spent_in or self._spent_out):
            return answer
        tokens = {"tokens_in": answer.tokens_in + self._spent_in, "tokens_out": answer.tokens_out + self._spent_out}
        return msgspec.structs.replace(answer, **tokens)

    async def run(self, destination: Destination) -> Ready:
        """Ask until there is an answer to release. Raises Refused or VendorFault."""
        while True:
            self._entry.attempts += 1
            ready = await self._attempt(destination)
            if ready is not None:
                return ready
            spent = self.answer()
            self._spent_in, self._spent_out = spent.tokens_in, spent.tokens_out
            self._reader = None

    async def release(self, ready: Ready) -> None:
        """Send what is withheld, and the end."""
        if self._caller.started:
            await self._caller.end(ready.withheld)
        else:
            await self._caller.whole(Rendered(ready.status, tuple(ready.headers), ready.withheld))

    async def _attempt(self, destination: Destination) -> Ready | None:
        """One call of the vendor; None when another one is due."""
        served, asked = self._served, self._asked
        incoming = await destination.vendor.transport.send(self._outgoing(destination), served.deadlines)
        broken = ""
        try:
            if not 200 <= incoming.status < 300:
                headers, body = await read_error(incoming, self._entry)
                return Ready("vendor_error", incoming.status, Answer(), headers + self._entry.headers(""), body)
            protocol = asked.inbound.route.protocol
            reader = self._reader = protocol.reader(asked.call, asked.document, served.detector is not None)
            relay = Relay(incoming, reader, self._entry, served.workload.manifest.limits.answer_bytes)
            try:
                await relay.run(self._caller, served.held)
            except AnswerBroken as fault:
                broken = str(fault)
            except VendorFault:
                if not reader.ended:
                    raise
        finally:
            incoming.close()
        return await self._conclude(relay, broken)

    def _outgoing(self, destination: Destination) -> Outgoing:
        """The request for the vendor: the caller's own bytes, but for what the gateway has to say."""
        asked, route = self._asked, self._asked.inbound.route
        vendor, model = destination.vendor, destination.model.model
        wish = self._served.wish if vendor.ask_usage else Wish(self._served.wish.schema, usage=False)
        changes = route.protocol.adapt(asked.document, wish)
        if not route.model and model != asked.call.model and "model" in asked.document:
            changes["model"] = msgspec.json.encode(model)
        body = edit_document(asked.body, changes) if changes else asked.body
        return vendor.request(route.method, route.vendor_target(model), asked.inbound.headers, body)

    async def _conclude(self, relay: Relay, broken: str) -> Ready | None:
        """Release the answer, replace it, refuse it (raises Refused), or try again (None)."""
        entry, operation = self._entry, self._asked.call.operation
        answer = self.answer()
        judgement = await judge(self._served, entry, operation, answer, broken)
        if self._caller.started:
            if broken or judgement.refusal:
                text = f"The vendor sent {broken}." if broken else "The answer was stopped."
                raise Refused(judgement.refusal or Refusal(Code.VENDOR_BROKEN, text), "vendor_fault")
        elif judgement.again:
            return None
        elif judgement.replacement is not None:
            return self._replaced(judgement.replacement, answer)
        if judgement.refusal is not None:
            raise Refused(judgement.refusal, "vendor_fault" if broken else "refused")
        entry.release(relay.withheld)
        return Ready("answered", 200, answer, relay.headers + entry.headers(answer.model), relay.withheld)

    def _replaced(self, text: str, answer: Answer) -> Ready:
        """The gateway's own answer in place of the vendor's."""
        asked = self._asked
        rendered = asked.inbound.route.protocol.safe_answer(asked.call, text, self._entry.id)
        self._entry.release(rendered.body)
        headers = [*rendered.headers, *self._entry.headers("")]
        return Ready("replaced", rendered.status, answer, headers, rendered.body)
