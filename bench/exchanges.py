"""Exchanges as the gateway reads them, without a vendor and a network: what the request says, and what the answer."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from bench.content import chat, prose
from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.limits.lease import Lessee
from prodworthy.gateway.pipeline.asked import Asked
from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.guard import Guard
from prodworthy.gateway.pipeline.relaying import edit_event
from prodworthy.gateway.pipeline.runtime import Inbound, assemble
from prodworthy.gateway.pipeline.screening import screen
from prodworthy.gateway.pipeline.served import Served
from prodworthy.gateway.protocols.document import edit_document
from prodworthy.gateway.protocols.routes import CHAT, Route
from prodworthy.operations.snapshot.snapshot import Key
from prodworthy.policy.controls.contract import ask
from prodworthy.policy.core.exchange import Answer, Exchange, Operation
from prodworthy.record.journal.spool import Spool
from prodworthy.record.store.vault import Vault

CHUNK = 4
"""Characters of a chunk of a streamed answer: about one token."""
_ROUTE = Route(CHAT, Operation.CHAT, "POST", "/chat/completions")


_KEY = Key("k", "default", "bench", b"", frozenset())


class Reader:
    """Reads whole exchanges of one workload as the gateway does, without a vendor and without a network."""

    def __init__(self, folder: Path, workload: Served, characters: int) -> None:
        """A call and an answer of this many characters each. Open until `close`."""
        self._spool = Spool(folder, "bench", "0")
        self._runtime = assemble(self._spool, Vault(bytes(32)), Lessee("/nonexistent", 1, 1), 1.0)
        self._served = workload
        body = chat(characters)
        document, call = _ROUTE.read(body, [])
        self._asked = Asked(Inbound(_ROUTE, [], {}, _nothing), call, document, body, body, body)
        message = {"role": "assistant", "content": prose(characters)}
        self._answer = json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}).encode()
        said = prose(characters)
        self._events = [_event({"content": said[at : at + CHUNK]}, None) for at in range(0, characters, CHUNK)]
        self._events.append(_event({}, "stop"))

    async def request(self) -> None:
        """Screen the request. Raises Refused where a control does not let it pass."""
        entry = Entry(self._runtime, self._served, _KEY, "openai-chat")
        workload = self._served.workload
        exchange = Exchange(
            *(entry.id, workload.tenant, workload.id, workload.release, "production", "openai-chat", "k", "", entry.at),
            self._asked.call,
        )
        await screen(self._runtime, self._served, self._asked, exchange, entry)

    async def whole(self) -> bool:
        """Guard an answer that came at once; whether it passed."""
        guard, reader = self._guard(), CHAT.reader(self._asked.call, self._asked.document, True)
        reader.whole(self._answer)
        guard.take(self._answer, reader.heard, edit_document)
        stopped = await guard.settle(complete=True)
        return not stopped and guard.release() == [self._answer] and await self._judged(guard)

    async def streamed(self) -> bool:
        """Guard an answer that came chunk by chunk; whether all of it passed."""
        guard, reader = self._guard(), CHAT.reader(self._asked.call, self._asked.document, True)
        left = 0
        for event in self._events:
            reader.event(event)
            guard.take(event, reader.heard, edit_event)
            if await guard.settle(complete=False):
                return False
            left += len(guard.release())
        stopped = await guard.settle(complete=True)
        left += len(guard.release())
        return not stopped and left == len(self._events) and await self._judged(guard)

    async def unread(self) -> bool:
        """Read the stream as the gateway does where no control listens."""
        reader = CHAT.reader(self._asked.call, self._asked.document, False)
        for event in self._events:
            reader.event(event)
        return True

    def _guard(self) -> Guard:
        return Guard(self._served.senses.watch, self._runtime.measuring, self._asked.call, None)

    async def _judged(self, guard: Guard) -> bool:
        """Ask the controls that need the complete answer; whether all that were asked let it pass."""
        senses, answer = self._served.senses, Answer(texts=guard.texts(), unread=guard.unread)
        decisions = guard.decisions
        if self._served.response:
            reading = Reading(answer.texts, self._asked.call, answer)
            facts = await self._runtime.measuring.measure(senses.whole, reading, senses.watch.seconds)
            decisions += [ask(configured, answer, facts) for configured in self._served.response]
        return not any(decision.acts for decision in decisions)

    def close(self) -> None:
        """Let go of the journal and the threads."""
        self._runtime.measuring.close()
        self._spool.close()


def _event(delta: dict[str, str], finish: str | None) -> bytes:
    chunk = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": "bench-model",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    return b"data: " + msgspec.json.encode(chunk) + b"\n\n"


async def _nothing(limit: int) -> bytes:
    return b""
