"""Reading what a request says: measure it, ask the controls that need that, make the edits they ask for."""

from __future__ import annotations

from typing import Any

import msgspec

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.pipeline.asked import Asked
from prodworthy.gateway.pipeline.editing import edit_request
from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.keeping import kept_request
from prodworthy.gateway.pipeline.pseudonyms import Pseudonyms
from prodworthy.gateway.pipeline.refused import Refused, from_decisions
from prodworthy.gateway.pipeline.runtime import Runtime
from prodworthy.gateway.pipeline.served import Served
from prodworthy.policy.controls.contract import ask
from prodworthy.policy.core.exchange import Exchange
from prodworthy.policy.core.verdict import Redact


async def screen(runtime: Runtime, served: Served, asked: Asked, exchange: Exchange, entry: Entry) -> Asked:
    """The request as it goes on to the vendor, with what the journal may keep of it. Raises Refused."""
    stand_ins = Pseudonyms(runtime.vault.pseudonym, served.key, entry.subject) if served.senses.tokens else None
    seconds = served.senses.watch.seconds
    reading = Reading(asked.call.passages, asked.call)
    facts = await runtime.measuring.measure(served.senses.request, reading, seconds, stand_ins)
    unmeasured = [detector.fact for detector in served.senses.request if detector.fact not in facts]
    if unmeasured:
        runtime.tally.alert(served.key, "not_measured", f"No measurement of {', '.join(unmeasured)}.")
    decisions = [ask(configured, exchange, facts) for configured in served.reading]
    entry.decide([decision.record for decision in decisions])
    refusal = from_decisions([decision for decision in decisions if not isinstance(decision.verdict, Redact)])
    if refusal is not None:
        raise Refused(refusal)
    edits = [edit for d in decisions if d.acts and isinstance(d.verdict, Redact) for edit in d.verdict.edits]
    changes: dict[str, Any] = {"stand_ins": stand_ins}
    if served.looks:
        kept = kept_request(served, exchange, facts, asked.received, edits)
        entry.decide([decision.record for decision in kept.decisions])
        changes["kept"] = kept.content if served.records else asked.kept
    if edits:
        changes["document"], changes["body"] = edit_request(asked.body, asked.call.passages, edits)
    return msgspec.structs.replace(asked, **changes)
