"""The vendor's side of one exchange: ask, relay, judge, and ask again where the manifest says so."""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec

from prodworthy.gateway.pipeline.asked import Asked
from prodworthy.gateway.pipeline.attempt import Attempt
from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.judging import Judgement, judge, last_word
from prodworthy.gateway.pipeline.keeping import kept_answer
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.pipeline.runtime import Caller, Runtime
from prodworthy.gateway.pipeline.sampling import look_back
from prodworthy.gateway.pipeline.served import Served
from prodworthy.gateway.protocols.protocol import Rendered
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

    def __init__(self, runtime: Runtime, entry: Entry, served: Served, asked: Asked, caller: Caller) -> None:
        """Nothing is sent yet."""
        self._entry = entry
        self._served = served
        self._asked = asked
        self._caller = caller
        self._runtime = runtime
        self._attempt: Attempt | None = None
        self._spent_in = self._spent_out = 0

    def answer(self) -> Answer:
        """What was answered so far; tokens of earlier attempts included."""
        answer = self._attempt.answer() if self._attempt else Answer()
        if not (self._spent_in or self._spent_out):
            return answer
        tokens = {"tokens_in": answer.tokens_in + self._spent_in, "tokens_out": answer.tokens_out + self._spent_out}
        return msgspec.structs.replace(answer, **tokens)

    async def run(self) -> Ready:
        """Ask until there is an answer to release. Raises Refused or VendorFault."""
        model, entry = self._asked.call.model, self._entry
        while True:
            entry.attempts += 1
            attempt = self._attempt = Attempt(self._runtime, self._entry, self._served, self._asked)
            await attempt.run(model, self._caller)
            if attempt.plain and entry.attempts == 1:
                answer = attempt.answer()
                ready = self._follow(attempt, answer, last_word(self._served, entry, answer))
            else:
                ready = self._vendor_error(attempt) if attempt.error else await self._conclude(attempt)
            if isinstance(ready, Ready):
                return ready
            spent = self.answer()
            self._spent_in, self._spent_out = spent.tokens_in, spent.tokens_out
            self._attempt = None
            model = ready or model

    def release(self, ready: Ready) -> Awaitable[None]:
        """Send what is withheld, and the end, once this is awaited."""
        if self._caller.started:
            return self._caller.end(ready.withheld)
        return self._caller.whole(Rendered(ready.status, tuple(ready.headers), ready.withheld))

    async def look_back(self) -> None:
        """Look at the answer once more if it belongs to the sample, when it is out."""
        if self._attempt is not None and self._served.samples(self._entry.id):
            answer, call = self._attempt.answer(), self._asked.call
            await look_back(self._runtime, self._served, self._entry.id, call, answer)

    def _vendor_error(self, attempt: Attempt) -> Ready:
        """The vendor's own error. Raises Refused where a control stops it."""
        if attempt.guard is not None:
            self._entry.decide([decision.record for decision in attempt.guard.decisions])
        if attempt.stopped:
            text = f"The vendor answered with status {attempt.error} and an error that is not fit to be passed on."
            raise Refused(Refusal(Code.VENDOR_BROKEN, text), "vendor_fault")
        self._entry.release(attempt.withheld)
        headers = attempt.headers + self._entry.headers("")
        return Ready("vendor_error", attempt.error, Answer(), headers, attempt.withheld)

    async def _conclude(self, attempt: Attempt) -> Ready | str:
        """Judge the answer, and do what follows; keep of it what the manifest says. Raises Refused."""
        entry, served, measuring = self._entry, self._served, self._runtime.measuring
        judgement = await judge(served, entry, attempt, measuring)
        ready = self._follow(attempt, self.answer(), judgement)
        if isinstance(ready, Ready) and ready.end == "answered" and attempt.guard is not None and served.looks:
            kept = await kept_answer(served, attempt.guard, attempt.call, measuring)
            entry.decide([decision.record for decision in kept.decisions])
            if served.records:
                entry.keep(kept.content)
        return ready

    def _follow(self, attempt: Attempt, answer: Answer, judgement: Judgement) -> Ready | str:
        """Release the answer, replace it, refuse it (raises Refused), or say which model to ask next ("": the same)."""
        entry, broken = self._entry, attempt.broken
        if self._caller.started:
            if broken or judgement.refusal:
                text = f"The vendor sent {broken}." if broken else "The answer was stopped."
                raise Refused(judgement.refusal or Refusal(Code.VENDOR_BROKEN, text), "vendor_fault")
        elif judgement.again is not None:
            return judgement.again
        elif judgement.replacement is not None:
            return self._replaced(judgement.replacement, answer)
        if judgement.refusal is not None:
            raise Refused(judgement.refusal, "vendor_fault" if broken else "refused")
        entry.release(attempt.withheld)
        return Ready("answered", 200, answer, attempt.headers + entry.headers(answer.model), attempt.withheld)

    def _replaced(self, text: str, answer: Answer) -> Ready:
        """The gateway's own answer in place of the vendor's."""
        asked = self._asked
        rendered = asked.inbound.route.protocol.safe_answer(asked.call, text, self._entry.id)
        if rendered.status != 200:
            raise Refused(Refusal(Code.OUTPUT_INVALID, "No text can stand in for this answer."))
        self._entry.release(rendered.body)
        headers = [*rendered.headers, *self._entry.headers("")]
        return Ready("replaced", rendered.status, answer, headers, rendered.body)
