"""One exchange from its admission to its Completed: the one path for whole and streamed answers.

1. read the body and the call   2. measure, ask the controls at REQUEST   3. Received (durable if the manifest asks)
4. the vendor   5. ask the controls at RESPONSE   6. Completed (durable in `strict`)   7. the end of the answer.
Whatever happens between 1 and 7, including a stop from outside, leads to 6 exactly once.
"""

from __future__ import annotations

import asyncio
import time

from prodworthy.gateway.pipeline.admission import Admitted
from prodworthy.gateway.pipeline.answering import Answering
from prodworthy.gateway.pipeline.asked import Asked, read
from prodworthy.gateway.pipeline.entry import Durable, Entry
from prodworthy.gateway.pipeline.gate import Reservation, pass_controls
from prodworthy.gateway.pipeline.live import Cause
from prodworthy.gateway.pipeline.refused import Refused, from_cause, from_fault
from prodworthy.gateway.pipeline.runtime import Caller, Inbound, Runtime
from prodworthy.gateway.providers.transport import VendorFault
from prodworthy.policy.core.exchange import Answer, Call
from prodworthy.policy.core.refusal import Code, Refusal
from prodworthy.record.faults import SpoolFault

BODY_SECONDS = 60.0
"""Seconds that a caller may take to send its body."""

LAST_WORDS = 0.5
"""Seconds that a stopped exchange may take to tell its caller; after that the connection is cut. A kill must be over
within a second, the way to this process included."""

_NOT_RECORDED = Refusal(Code.NOT_RECORDED, "The journal could not take this exchange.")

# looked up once: in Python 3.11 a member of an enumeration is the result of a call
_SLOW_BODY, _OVERDUE = Cause.SLOW_BODY, Cause.OVERDUE


class ExchangeRun:
    """One exchange. `serve` runs it; `stop` ends it from outside."""

    def __init__(self, runtime: Runtime, admitted: Admitted, inbound: Inbound, caller: Caller) -> None:
        """Begin its record; nothing is read or sent yet."""
        self._runtime = runtime
        self._served = admitted.served
        self._inbound = inbound
        self._caller = caller
        self._asked: Asked | None = None
        self._answering: Answering | None = None
        self._reservation = Reservation()
        self._cause: Cause | None = None
        self._cut: asyncio.TimerHandle | None = None
        self._began = time.monotonic()
        self._due, self._late = self._began + BODY_SECONDS, _SLOW_BODY
        self._task = caller.task
        self._entry = Entry(runtime, admitted.served, admitted.key, inbound.route.protocol.name)

    def stop(self, cause: Cause) -> None:
        """End the exchange now; one whose record is complete already has a moment to reach its caller."""
        if self._entry.finished:
            if self._cut is None:
                self._cut = asyncio.get_running_loop().call_later(LAST_WORDS, self._caller.abort)
        elif self._cause is None:
            self._cause = cause
            self._task.cancel()

    def look_at_time(self, now: float) -> None:
        """End the exchange if it is overdue; called a few times a second, `now` in monotonic seconds."""
        if now > self._due:
            self.stop(self._late)

    async def serve(self) -> None:
        """Run the exchange to its end. Raises only CancelledError, when cancelled by anybody but `stop`."""
        key = self._served.key
        self._runtime.live.enter(key, self)
        try:
            try:
                await self._answer()
            except Refused as refused:
                await self._refuse(refused.refusal, refused.end)
            except VendorFault as fault:
                await self._refuse(from_fault(fault), "vendor_fault")
            except SpoolFault:
                await self._refuse(_NOT_RECORDED, "refused")
        except asyncio.CancelledError:
            await self._end_stopped()
        finally:
            if self._cut is not None:
                self._cut.cancel()
            self._runtime.live.leave(key, self)

    async def fail(self) -> None:
        """End with a fault of the gateway's own; called by the edge for an exception that nobody foresaw."""
        await self._refuse(Refusal(Code.INTERNAL_FAULT, f"Exchange {self._entry.id} failed in the gateway."), "fault")

    async def _answer(self) -> None:
        """Steps 1 to 7. Raises Refused, VendorFault or SpoolFault."""
        entry, served, runtime = self._entry, self._served, self._runtime
        asked = self._asked = await read(runtime, served, self._inbound, entry)
        self._due, self._late = self._began + served.workload.manifest.limits.timeouts.whole, _OVERDUE
        asked = self._asked = await pass_controls(runtime, served, asked, entry, self._reservation)
        written = entry.receive(asked.call, asked.received, asked.kept)
        if written is not None:
            await written
        answering = self._answering = Answering(runtime, entry, served, asked, self._caller)
        ready = await answering.run()
        written = self._complete(ready.end, ready.status, "", ready.answer)
        if written is not None:
            await written
        await answering.release(ready)
        if served.sampled and ready.end == "answered":
            await answering.look_back()

    def _complete(self, end: str, status: int, code: str, answer: Answer) -> Durable:
        """Settle what was reserved, write the Completed. Raises SpoolFault."""
        used = answer.tokens_in + answer.tokens_out
        if not self._entry.finished and (used or self._entry.attempts == 0):
            self._reservation.settle(self._runtime, used)
        return self._entry.complete(end, status, code, answer)

    async def _refuse(self, refusal: Refusal, end: str) -> None:
        """Write what the record still lacks, then tell the caller in its own protocol."""
        answer = self._answering.answer() if self._answering else Answer()
        try:
            asked = self._asked
            unread = Call(self._inbound.route.operation, model=self._inbound.route.model)
            said = (asked.call, asked.received, asked.kept) if asked else (unread, b"", b"")
            received = self._entry.receive(*said)
            if received is not None:
                await received
            completed = self._complete(end, refusal.code.status, refusal.code.value, answer)
            if completed is not None:
                await completed
        except SpoolFault:
            refusal = _NOT_RECORDED
        await self._tell(refusal)

    async def _tell(self, refusal: Refusal) -> None:
        protocol, exchange = self._inbound.route.protocol, self._entry.id
        if self._caller.started:
            await self._caller.end(protocol.refuse_in_stream(refusal, exchange))
        else:
            rendered = protocol.refuse(refusal, exchange)
            await self._caller.whole(rendered.with_headers(self._entry.headers("")))

    async def _end_stopped(self) -> None:
        """After a cancellation: record the cause, tell the caller if it is still there."""
        cause = self._cause
        if cause is None:
            self._cause = Cause.DRAINING
        else:
            self._task.uncancel()
        refusal, end = from_cause(self._cause or Cause.DRAINING)
        if cause is Cause.KILLED:
            refusal = self._kill_refusal(refusal)
        try:
            async with asyncio.timeout(LAST_WORDS):
                await self._refuse(refusal, end)
        except TimeoutError:
            self._caller.abort()
        if cause is None:
            raise asyncio.CancelledError

    def _kill_refusal(self, refusal: Refusal) -> Refusal:
        """With the reason that the owner lets callers see."""
        reason = self._runtime.current.switch(self._served, time.monotonic()).reason
        return Refusal(refusal.code, f"This workload was switched off: {reason}.") if reason else refusal
