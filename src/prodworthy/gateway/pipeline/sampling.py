"""Looking at a sample of the answers after they went out: quality on record, and an alert when it falls."""

from __future__ import annotations

import time

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.pipeline.runtime import Runtime
from prodworthy.gateway.pipeline.served import Served
from prodworthy.policy.controls.contract import ask
from prodworthy.policy.core.events import Sampled
from prodworthy.policy.core.exchange import Answer, Call
from prodworthy.policy.core.facts import Quality


async def look_back(runtime: Runtime, served: Served, exchange: str, call: Call, answer: Answer) -> None:
    """Measure one answer, record its quality, and raise an alert where the trend fell below the floor."""
    (configured,) = served.sampled
    senses = served.senses
    facts = await runtime.measuring.measure(senses.sample, Reading(answer.texts, call, answer), senses.watch.seconds)
    decision = ask(configured, answer, facts)
    quality = facts.get("quality")
    if not isinstance(quality, Quality):
        runtime.tally.alert(served.key, "not_measured", "No measurement of quality.")
        return
    outcome = decision.record.outcome
    runtime.spool.append(Sampled(exchange, *served.key, time.time_ns(), quality.share, outcome, dict(quality.signs)))
    mean = runtime.trends.add(served.key, quality.share, configured.settings)
    if mean is not None:
        runtime.tally.alert(
            served.key, "quality_fell", f"Mean quality {mean:.2f} of the last {configured.settings.window}."
        )
