"""Recorded exchanges, read and measured again, and the controls asked what each of their settings would have done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from prodworthy.assurance.tuning.replay import Replay, Trial
from prodworthy.assurance.tuning.report import standing_of
from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.pipeline.measuring import Facts
from prodworthy.gateway.pipeline.pseudonyms import Pseudonyms
from prodworthy.interfaces.recalled import Archive, Lost, Meter, Recalled, recall
from prodworthy.interfaces.tried import Tried
from prodworthy.policy.controls.contract import Point
from prodworthy.policy.core.verdict import Outcome
from prodworthy.record.journal.records import Record

MOST = 1_000
"""Exchanges that are replayed unless more are asked for: the latest."""

Progress = Callable[[int], None]
"""Told after each exchange how many are done."""


def replay(archive: Archive, tried: Tried, records: Iterable[Record], progress: Progress) -> Replay:
    """Replay these exchanges. Raises StoreFault."""
    modes = {asked.control.criterion: asked.mode for each in archive.workload.controls.values() for asked in each}
    trials = [Trial(stands, standing_of(modes.get(criterion))) for criterion, stands in tried.controls.items()]
    counted = Counter[str]()
    with Meter() as meter:
        for number, record in enumerate(records, 1):
            found = recall(archive, record)
            _count(counted, record, found)
            if isinstance(found, Recalled):
                seen = _seen(archive, tried, meter, found)
                for trial in trials:
                    trial.add(seen)
            progress(number)
    names = ("exchanges", "read", "answers", "redacted", "not_kept", "not_kept_stopped", "erased", "unreadable")
    return Replay(
        tenant=archive.workload.tenant,
        workload=archive.workload.id,
        controls=tuple(trial.result() for trial in trials),
        not_tried=tried.left_out,
        **{name: counted[name] for name in names},
    )


def _count(counted: Counter[str], record: Record, found: Recalled | Lost) -> None:
    counted["exchanges"] += 1
    if isinstance(found, Recalled):
        counted["read"] += 1
        counted["answers"] += found.reread.answer is not None
        counted["redacted"] += found.redacted
        return
    counted[found.name.lower()] += 1
    if found is Lost.NOT_KEPT:
        stopped = any(decided.outcome in (Outcome.BLOCK.value, Outcome.HOLD.value) for decided in record.decisions)
        counted["not_kept_stopped"] += stopped


def _seen(archive: Archive, tried: Tried, meter: Meter, found: Recalled) -> dict[Point, tuple[object, Facts]]:
    """What was asked and answered, each with its facts."""
    workload, exchange, call = archive.workload, found.exchange, found.reread.call
    stand_ins = None
    if tried.tokens and archive.vault is not None:
        stand_ins = Pseudonyms(archive.vault.pseudonym, (workload.tenant, workload.id), exchange.subject)
    asked = meter.measure(tried.detectors[Point.REQUEST], Reading(call.passages, call), stand_ins)
    seen: dict[Point, tuple[object, Facts]] = {Point.REQUEST: (exchange, asked)}
    answer = found.reread.answer
    if answer is not None:
        detectors = (
            tried.detectors[Point.RESPONSE] if stand_ins is None else (*tried.detectors[Point.RESPONSE], stand_ins)
        )
        seen[Point.RESPONSE] = answer, meter.measure(detectors, Reading(answer.texts, call, answer))
    return seen
