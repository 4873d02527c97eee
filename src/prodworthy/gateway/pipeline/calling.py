"""Looking at the tools that an answer calls before anybody hears of them: a reader around the protocol's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.refused import Refused, from_decisions
from prodworthy.gateway.pipeline.served import Served
from prodworthy.gateway.protocols.broken import AnswerBroken
from prodworthy.gateway.protocols.heard import Heard
from prodworthy.gateway.protocols.protocol import AnswerReader, Mark
from prodworthy.policy.controls.contract import ask
from prodworthy.policy.core.exchange import Answer, ToolCall

MOST_CALLS = 1_000
"""Tools that one answer may call where somebody looks at each."""


def watched(reader: AnswerReader, served: Served, entry: Entry) -> AnswerReader:
    """The reader; where the stage caps the tools of this exchange, one that asks about each that is called."""
    return Watched(reader, served, entry) if served.caps.standings[entry.traffic].tools is not None else reader


class Watched:
    """Reads as the reader does, and raises Refused at the event that calls a tool which a control does not allow."""

    def __init__(self, reader: AnswerReader, served: Served, entry: Entry) -> None:
        """Nothing is read yet."""
        self._reader = reader
        self._controls = served.called
        self._facts = {"standing": served.caps.standings[entry.traffic]}
        self._entry = entry
        self._seen: dict[Any, str] = {}

    def whole(self, body: bytes) -> None:
        """Read a complete body. Raises AnswerBroken, Refused."""
        self._reader.whole(body)
        self._look()

    def event(self, event: bytes) -> Mark:
        """Read one event of a stream. Raises AnswerBroken, Refused."""
        mark = self._reader.event(event)
        self._look()
        return mark

    @property
    def ended(self) -> bool:
        """As the reader says."""
        return self._reader.ended

    @property
    def called(self) -> Mapping[Any, str]:
        """As the reader says."""
        return self._reader.called

    @property
    def heard(self) -> Heard | None:
        """As the reader says."""
        return self._reader.heard

    def answer(self) -> Answer:
        """As the reader says."""
        return self._reader.answer()

    def _look(self) -> None:
        called = self._reader.called
        if called == self._seen:
            return
        if len(called) > MOST_CALLS:
            raise AnswerBroken(f"an answer that calls more than {MOST_CALLS} tools")
        names = {name for call, name in called.items() if self._seen.get(call) != name}
        decisions = [ask(each, ToolCall(name), self._facts) for name in sorted(names) for each in self._controls]
        self._entry.decide([decision.record for decision in decisions])
        refusal = from_decisions(decisions)
        if refusal is not None:
            raise Refused(refusal)
        self._seen = dict(called)
