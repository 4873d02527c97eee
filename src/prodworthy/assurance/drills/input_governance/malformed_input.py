"""PSF-1.2: what breaks the input contract is refused with a structured error, recorded, and reaches no vendor."""

from __future__ import annotations

import time

from prodworthy.assurance.drills.door import Reply, Unanswered
from prodworthy.assurance.drills.drill import Drill
from prodworthy.assurance.drills.input_governance.malformed import Malformed, malformed
from prodworthy.assurance.drills.journal import recorded, require_on
from prodworthy.assurance.drills.outcome import Failed, Incomplete
from prodworthy.assurance.drills.run import Run
from prodworthy.assurance.drills.speech import Said
from prodworthy.assurance.drills.voice import Voice, voice_of
from prodworthy.policy.core.refusal import Code
from prodworthy.record.journal.records import Record

MOST_FAULTS = 10
"""Faults that the result names."""


def execute(run: Run) -> str:
    """Ask well, ask badly in every way, ask well again; then look at the record. Raises Failed or Incomplete."""
    require_on(run)
    voice = voice_of(run)
    before = _well(run, voice)
    cases = malformed(voice, run.manifest.limits.body_bytes)
    replies = [_asked(run, voice, case) for case in cases]
    run.say(f"{len(cases)} malformed requests")
    after = _well(run, voice)
    found = recorded(run, (reply.exchange for reply in (before, after, *replies) if reply.exchange))
    faults = [fault for case, reply in zip(cases, replies, strict=True) for fault in _faults(voice, case, reply, found)]
    mine = [record for reply in replies if (record := found.get(reply.exchange))]
    run.observe(
        cases=len(cases),
        refused=sum(400 <= reply.status < 500 for reply in replies),
        recorded=len(mine),
        reached_a_vendor=sum(record.attempts > 0 for record in mine),
    )
    if before.exchange not in found or before.status != 200:
        raise Incomplete(f"A well-formed request was not answered beforehand: {_said(before)}. {_advice(voice)}")
    if after.status != 200:
        faults.append(f"a well-formed request afterwards: {_said(after)}")
    if faults:
        more = f" and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise Failed(f"{len(faults)} faults: {'; '.join(faults[:MOST_FAULTS])}{more}.")
    return f"{len(cases)} malformed requests were refused in words of the protocol, recorded, and reached no vendor."


def _well(run: Run, voice: Voice) -> Reply:
    """A well-formed request. Raises Incomplete where no answer of any kind comes."""
    try:
        return run.door.ask(voice.path, voice.body(Said("Say yes.")))
    except Unanswered as why:
        raise Incomplete(f"The gateway did not answer ({why}); is it running?") from None


def _asked(run: Run, voice: Voice, case: Malformed) -> Reply:
    time.sleep(1 / run.terms.rate)
    try:
        reply = run.door.ask(voice.path, case.body, case.headers)
    except Unanswered:
        return Reply(0, {}, b"")
    if reply.status == Code.UNKNOWN_KEY.status:
        raise Incomplete("One of the gateways did not take the drill's key yet; run the drill again.")
    return reply


def _faults(voice: Voice, case: Malformed, reply: Reply, found: dict[str, Record]) -> list[str]:
    """What is wrong with the answer to one bad request, or with its record; the first of it."""
    told = voice.speech.code(reply.document())
    record = found.get(reply.exchange)
    wanted = " or ".join(sorted(code.value for code in case.codes))
    if reply.status == 0:
        fault = "no answer"
    elif told not in case.codes or told != reply.code:
        fault = f"{_said(reply)} where {wanted} was due, in the protocol's own error"
    elif reply.status not in {code.status for code in case.codes}:
        fault = f"status {reply.status} with {told}"
    elif record is None:
        fault = "not in the journal"
    elif record.attempts:
        fault = "it reached a vendor"
    elif (record.end, record.code) != ("refused", told):
        fault = f"recorded as {record.end} {record.code}"
    else:
        return []
    return [f"{case.what}: {fault}"]


def _said(reply: Reply) -> str:
    return f"status {reply.status} {reply.code}".strip()


def _advice(voice: Voice) -> str:
    scorer = "declare its features under PSF-1.2, so that the drill knows what is well formed"
    return f"Bring the model up, or {scorer}." if not voice.speech.streams else "Bring the model up, then try again."


DRILL = Drill(
    name="malformed-input",
    criteria=("PSF-1.2",),
    proves="Bad requests are refused with a stable code in the protocol's own error, recorded, and go no further.",
    traffic="Sends two ordinary requests to the model, and about 30 that the gateway must refuse by itself.",
    takes="about 5 s at 10 requests a second",
    steps=(
        "send a well-formed request, which must be answered",
        "send requests that are broken as text, as JSON, as requests of the protocol, and as declared features",
        "send a well-formed request again, which must be answered",
        "find every exchange in the journal, refused with the code that its caller was told, no vendor asked",
    ),
    observes={
        "cases": "malformed requests",
        "refused": "of them, those refused as the caller's fault",
        "recorded": "of them, those in the journal",
        "reached_a_vendor": "of them, those for which a vendor was asked",
    },
    cleans="revokes its key",
    execute=execute,
)
