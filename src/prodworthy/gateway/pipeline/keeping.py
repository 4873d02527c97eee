"""What is kept of an exchange's content where the manifest wants it redacted: masked, or nothing at all."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.pipeline.editing import edit_request
from prodworthy.gateway.pipeline.guard import Guard
from prodworthy.gateway.pipeline.measuring import Measuring
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.pipeline.served import Served
from prodworthy.policy.controls.contract import Decision, ask
from prodworthy.policy.core.edits import apply, merge
from prodworthy.policy.core.exchange import Call, Exchange
from prodworthy.policy.core.facts import Facts
from prodworthy.policy.core.verdict import Edit, Redact


class Kept(msgspec.Struct, frozen=True):
    """The content as it may be kept, b"" where none may be, and what the controls at RECORD said."""

    content: bytes
    decisions: list[Decision]


def kept_request(served: Served, exchange: Exchange, facts: Facts, body: bytes, made: Sequence[Edit]) -> Kept:
    """The request as it may be kept: with the edits `made` before the vendor, and with those of the record."""
    decisions = [ask(configured, exchange, facts) for configured in served.record]
    edits = _edits(decisions)
    if edits is None:
        return Kept(b"", decisions)
    edits = [*made, *edits]
    try:
        return Kept(edit_request(body, exchange.call.passages, edits)[1] if edits else body, decisions)
    except Refused:
        return Kept(b"", decisions)


async def kept_answer(served: Served, guard: Guard, call: Call, measuring: Measuring) -> Kept:
    """What the vendor said, part by part, as it may be kept: a JSON object of texts."""
    texts = guard.texts()
    facts = await measuring.measure(served.senses.record, Reading(texts, call), served.senses.watch.seconds)
    decisions = [ask(configured, None, facts) for configured in served.record]
    edits = _edits(decisions)
    if edits is None:
        return Kept(b"", decisions)
    merged = merge(edits)
    said = {text.part: apply(text.text, merged.get(text.part, ())) for text in texts}
    return Kept(msgspec.json.encode(said), decisions)


def _edits(decisions: Sequence[Decision]) -> list[Edit] | None:
    """What the acting controls want changed, None where one of them wants nothing kept."""
    edits: list[Edit] = []
    for decision in decisions:
        if decision.acts and not isinstance(decision.verdict, Redact):
            return None
        if decision.acts and isinstance(decision.verdict, Redact):
            edits += decision.verdict.edits
    return edits
