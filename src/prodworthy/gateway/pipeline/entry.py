"""The record of one exchange: its Received and its Completed, each written once, as durably as the manifest asks."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Iterable

from prodworthy.gateway.pipeline.runtime import Runtime
from prodworthy.gateway.pipeline.served import Served
from prodworthy.operations.snapshot.snapshot import Key
from prodworthy.policy.core.events import Completed, Decided, Received
from prodworthy.policy.core.evidence import TEST
from prodworthy.policy.core.exchange import Answer, Call
from prodworthy.policy.core.manifest import Durability
from prodworthy.policy.core.verdict import Outcome
from prodworthy.record.store.vault import place

SALT_BYTES, ID_BYTES = 32, 10

# looked up once: in Python 3.11 a member of an enumeration is the result of a call
_BATCHED, _STRICT = Durability.BATCHED, Durability.STRICT


_SEVERITY = {outcome.value: severity for severity, outcome in enumerate(Outcome)}


Durable = asyncio.Future[None] | None
"""Done once what was written would survive a power cut; it may raise SpoolFault. None where nobody waits for that."""


class _Random:
    """Bytes from the operating system, fetched 4,096 at a time: one system call would cost more than its use."""

    def __init__(self) -> None:
        self._drawn = b""
        self._next = 0

    def draw(self, count: int) -> bytes:
        begin = self._next
        if begin + count > len(self._drawn):
            self._drawn, begin = os.urandom(4_096), 0
        self._next = begin + count
        return self._drawn[begin : begin + count]


_random = _Random()


class Entry:
    """One exchange's record. Durations are microseconds from the moment the request arrived."""

    def __init__(self, runtime: Runtime, served: Served, key: Key, protocol: str) -> None:
        """Begin now. The id is 12 hex digits of milliseconds since 1970, then 20 random ones."""
        self.at = time.time_ns()
        drawn = _random.draw(SALT_BYTES + ID_BYTES)
        self.id = ((self.at // 1_000_000).to_bytes(6, "big") + drawn[SALT_BYTES:]).hex()
        self.workload = served.workload
        self._release_header = served.release_header
        self.key = key.id
        self.traffic = "" if key.traffic == TEST else key.traffic
        self.counted = False
        self.protocol = protocol
        self.subject = ""
        self.trace = ""
        self.vendor = ""
        self.attempts = 0
        self.decisions: dict[str, Decided] = {}
        self.finished = False
        self._runtime = runtime
        self._received = False
        self._offered: tuple[str, ...] = ()
        self._declared = served.caps.tools
        self._first_byte = 0
        self._released = 0
        self._kept: list[bytes] = []
        self._keeps = served.keeps
        self._keeps_bytes = served.keeps and not served.records
        self._salt = drawn[:SALT_BYTES]
        self._digest = hashlib.sha256(self._salt)
        self._started = time.perf_counter_ns()

    @property
    def begun(self) -> bool:
        """Whether a part of the answer went to the caller."""
        return self._released > 0

    def saw_first_byte(self) -> None:
        """Note when the vendor's answer began, once."""
        if not self._first_byte:
            self._first_byte = self._elapsed()

    def release(self, data: bytes) -> None:
        """Count bytes that go to the caller, and keep them where the manifest says so."""
        self._released += len(data)
        self._digest.update(data)
        if self._keeps_bytes:
            self._kept.append(data)

    def keep(self, content: bytes) -> None:
        """Keep this of the answer, and nothing of the bytes that went to the caller."""
        self._kept = [content]

    def decide(self, records: Iterable[Decided]) -> None:
        """Keep the most severe that each control said, the last of equals."""
        for record in records:
            before = self.decisions.get(record.criterion)
            if before is None or _SEVERITY[before.outcome] <= _SEVERITY[record.outcome]:
                self.decisions[record.criterion] = record

    def headers(self, model: str) -> list[tuple[bytes, bytes]]:
        """The headers that tell the caller which exchange this was, and which release and model answered."""
        found = [
            (b"x-prodworthy-exchange", self.id.encode()),
            self._release_header,
        ]
        if model and model.isascii() and model.isprintable():
            found.append((b"x-prodworthy-model", model[:200].encode()))
        return found

    def receive(self, call: Call, body: bytes, kept: bytes) -> Durable:
        """Write the Received, once; unless `batched` there is something to await. Raises SpoolFault.

        `body` is what came in, `kept` what the journal may keep of it.
        """
        if self._received:
            return None
        self._received = True
        self._offered = call.tools
        workload = self.workload
        event = Received(
            exchange=self.id,
            tenant=workload.tenant,
            workload=workload.id,
            at=self.at,
            release=workload.release,
            protocol=self.protocol,
            operation=str(call.operation),
            model=call.model,
            key=self.key,
            stream=call.stream,
            subject=self.subject,
            trace=self.trace,
            salt=self._salt,
            request_digest=hashlib.sha256(self._salt + body).digest(),
            request_bytes=len(body),
            content=self._sealed(kept, "Received") if self._keeps else b"",
            traffic=self.traffic,
            counted=self.counted,
        )
        if workload.manifest.durability is _BATCHED:
            self._runtime.spool.append(event)
            return None
        return self._runtime.spool.append_durable(event)

    def complete(self, end: str, status: int, code: str, answer: Answer) -> Durable:
        """Write the Completed, once; in `strict` there is something to await. Raises SpoolFault."""
        if self.finished:
            return None
        self.finished = True
        latency = self._elapsed()
        workload = self.workload
        event = Completed(
            exchange=self.id,
            tenant=workload.tenant,
            workload=workload.id,
            at=self.at + latency * 1_000,
            end=end,
            status=status,
            code=code,
            vendor=self.vendor,
            model=answer.model,
            finish=str(answer.finish),
            tokens_in=answer.tokens_in,
            tokens_out=answer.tokens_out,
            latency=latency,
            first_byte=self._first_byte,
            attempts=self.attempts,
            answer_digest=self._digest.digest(),
            answer_bytes=self._released,
            content=self._sealed(b"".join(self._kept), "Completed") if self._kept else b"",
            decisions=tuple(self.decisions.values()),
            traffic=self.traffic,
            tools=len(answer.tools),
            tools_offered=len(self._offered),
            undeclared=self._undeclared(answer.tools) if self._offered or answer.tools else 0,
        )
        if workload.manifest.durability is _STRICT:
            return self._runtime.spool.append_durable(event)
        self._runtime.spool.append(event)
        return None

    def _undeclared(self, called: tuple[str, ...]) -> int:
        return sum(name not in self._declared for name in (*self._offered, *called))

    def _elapsed(self) -> int:
        return (time.perf_counter_ns() - self._started) // 1_000

    def _sealed(self, content: bytes, kind: str) -> bytes:
        """Content for the record, sealed, where the manifest keeps it."""
        if not content:
            return b""
        return self._runtime.vault.seal_spool(content, place(self.workload.tenant, self.id, kind))
