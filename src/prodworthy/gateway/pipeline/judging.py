"""What the controls at RESPONSE say of an answer: release it, replace it, refuse it, or ask a vendor once more."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.pipeline.attempt import Attempt
from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.measuring import Measuring
from prodworthy.gateway.pipeline.refused import from_decisions
from prodworthy.gateway.pipeline.served import Served
from prodworthy.policy.controls.contract import Decision, ask
from prodworthy.policy.controls.output_validation.fallback import WHOLE_ANSWER, fault_of, next_model
from prodworthy.policy.core.exchange import Answer
from prodworthy.policy.core.facts import Attempted
from prodworthy.policy.core.refusal import Code, Refusal
from prodworthy.policy.core.verdict import Redact


class Judgement(msgspec.Struct, frozen=True):
    """At most one of these: ask again (`again` names the model, "" the same), refuse, or put `replacement` in the
    answer's place; else release it."""

    again: str | None = None
    refusal: Refusal | None = None
    replacement: str | None = None


_RELEASE = Judgement()
_GOOD_AT_ONCE = {"attempted": Attempted(1)}


def last_word(served: Served, entry: Entry, answer: Answer) -> Judgement:
    """Judge a first answer that nobody reads and whose form is in order: only the controls with the last word speak."""
    final = [ask(control, answer, _GOOD_AT_ONCE) for control in served.final]
    entry.decide([decision.record for decision in final])
    return _concluded(None, "", final)


async def judge(served: Served, entry: Entry, attempt: Attempt, measuring: Measuring) -> Judgement:
    """Judge one attempt's answer. Records what was decided."""
    answer = attempt.answer()
    watched = attempt.guard.decisions if attempt.guard else []
    whole = [] if attempt.broken or attempt.stopped else await _judge_all(served, attempt, answer, measuring)
    refusal = from_decisions(whole) or from_decisions([d for d in watched if not isinstance(d.verdict, Redact)])
    fault = refusal.message if refusal else fault_of(answer, served.fallback)
    if attempt.broken:
        refusal = Refusal(Code.VENDOR_BROKEN, f"The vendor sent {attempt.broken}.")
        fault = refusal.message
    attempted = Attempted(entry.attempts, fault)
    again = next_model(attempted, served.fallback)
    if again is not None and not entry.begun:
        return Judgement(again=again)
    final = [ask(control, answer, {"attempted": attempted}) for control in served.final]
    entry.decide([decision.record for decision in (*watched, *whole, *final)])
    return _concluded(refusal, fault, final)


def _concluded(refusal: Refusal | None, fault: str, final: Sequence[Decision]) -> Judgement:
    """What follows from the last word of the controls that decide on the others' judgement."""
    if not fault and refusal is None and not any(d.acts for d in final):
        return _RELEASE
    replacement = next((d.verdict for d in final if d.acts and isinstance(d.verdict, Redact)), None)
    if replacement is not None:
        edits = replacement.edits
        if len(edits) == 1 and edits[0].part == WHOLE_ANSWER:
            return Judgement(replacement=edits[0].replacement)
        return Judgement(refusal=Refusal(Code.CANNOT_DECIDE, "A control asked for an edit that cannot be made."))
    refusal = refusal or from_decisions(final)
    if refusal is None and fault:
        refusal = Refusal(Code.OUTPUT_INVALID, fault)
    return Judgement(refusal=refusal) if refusal is not None else _RELEASE


async def _judge_all(served: Served, attempt: Attempt, answer: Answer, measuring: Measuring) -> list[Decision]:
    """Ask the controls that need the complete answer."""
    if not served.response or attempt.guard is None:
        return []
    reading = Reading(answer.texts, attempt.call, answer)
    facts = await measuring.measure(served.senses.whole, reading, served.senses.watch.seconds)
    return [ask(configured, answer, facts) for configured in served.response]
