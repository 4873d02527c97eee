"""What the controls at RESPONSE say of an answer: release it, replace it, refuse it, or ask the vendor once more."""

from __future__ import annotations

import asyncio

import msgspec

from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.refused import from_decisions
from prodworthy.gateway.pipeline.served import Served
from prodworthy.policy.controls.contract import Decision, ask
from prodworthy.policy.controls.output_validation.fallback import WHOLE_ANSWER, may_retry
from prodworthy.policy.core.exchange import Answer, Operation
from prodworthy.policy.core.facts import Attempted
from prodworthy.policy.core.refusal import Code, Refusal
from prodworthy.policy.core.verdict import Redact

INLINE_CHARACTERS = 8_192
"""Texts up to this size are checked on the event loop (under 200 microseconds); longer ones in a thread."""

GENERATIVE = frozenset({Operation.CHAT, Operation.RESPOND})
"""Operations whose answers are text that controls at RESPONSE judge."""


class Judgement(msgspec.Struct, frozen=True):
    """At most one of these: try again, refuse, or put `replacement` in the answer's place; else release it."""

    again: bool = False
    refusal: Refusal | None = None
    replacement: str | None = None


_RELEASE = Judgement()


async def judge(served: Served, entry: Entry, operation: Operation, answer: Answer, broken: str) -> Judgement:
    """Judge one attempt's answer; `broken` says what is wrong with its form ("": nothing). Records what was decided."""
    decisions = [] if broken else await _decide(served, operation, answer)
    refusal = from_decisions(decisions)
    if broken:
        refusal = Refusal(Code.VENDOR_BROKEN, f"The vendor sent {broken}.")
    attempted = Attempted(entry.attempts, refusal.message if refusal else "")
    if may_retry(attempted, served.fallback) and not entry.begun:
        return Judgement(again=True)
    final = [ask(control, answer, {"attempted": attempted}) for control in served.final]
    entry.decide([decision.record for decision in decisions + final])
    replacement = next((d.verdict for d in final if d.acts and isinstance(d.verdict, Redact)), None)
    if replacement is not None:
        edits = replacement.edits
        if len(edits) == 1 and edits[0].part == WHOLE_ANSWER:
            return Judgement(replacement=edits[0].replacement)
        return Judgement(refusal=Refusal(Code.CANNOT_DECIDE, "A control asked for an edit that cannot be made."))
    refusal = refusal or from_decisions(final)
    return Judgement(refusal=refusal) if refusal is not None else _RELEASE


async def _decide(served: Served, operation: Operation, answer: Answer) -> list[Decision]:
    if operation not in GENERATIVE or not served.response:
        return []
    facts: dict[str, object] = {}
    detector = served.detector
    if detector is not None:
        size = sum(len(text) for _, text in answer.texts)
        inline = size <= INLINE_CHARACTERS
        facts["schema"] = detector.measure(answer) if inline else await asyncio.to_thread(detector.measure, answer)
    return [ask(control, answer, facts) for control in served.response]
