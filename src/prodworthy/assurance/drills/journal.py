"""What drills ask of the record: whether exchanges are in it, whether users are there, whether a workload is off."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable

from sqlalchemy import select

from prodworthy.assurance.drills.outcome import Incomplete
from prodworthy.assurance.drills.run import Run
from prodworthy.policy.core.evidence import LIVE
from prodworthy.policy.core.refusal import Code
from prodworthy.record.journal.latest import latest
from prodworthy.record.journal.read import Selection, show
from prodworthy.record.journal.records import Record
from prodworthy.record.store.flags import ALL, flag_name
from prodworthy.record.store.tables import killed, workload_key

RECORDED_SECONDS = 15.0
"""Seconds after which an exchange that its client saw end is missing from the journal."""

_SECOND = 1_000_000_000
_LIVE_WITHIN = 60 * _SECOND
_MAY_STILL_RUN = 600 * _SECOND
_LOOKED_AT = 20_000


def recorded(run: Run, exchanges: Iterable[str]) -> dict[str, Record]:
    """The journal's records of these exchanges, once they are complete; those that never are, are left out."""
    missing, found = set(exchanges), dict[str, Record]()
    deadline = time.monotonic() + RECORDED_SECONDS
    while missing and time.monotonic() < deadline:
        for exchange in sorted(missing):
            record = show(run.where.store, exchange, run.target.tenant)
            if record is not None and record.completed:
                found[exchange] = record
        missing -= found.keys()
        if missing:
            time.sleep(0.05)
    return found


def require_on(run: Run) -> None:
    """Raise Incomplete where the workload is off: nobody's kill is undone by a drill."""
    table, target = killed.c, run.target
    with run.where.store.connect() as connection:
        query = select(table.reason).where(table.tenant == target.tenant, table.workload == target.workload)
        off = connection.execute(query).first() is not None
    raised = run.where.flags.read()
    if off or flag_name(target.tenant, target.workload) in raised or ALL in raised:
        raise Incomplete(f"{target} is switched off; run the drill once somebody has restored it.")


def live_lately(run: Run) -> bool:
    """Whether a key for live traffic was used within the last minute, or for something that may run still.

    Traffic that the stage does not let in is none: nobody is served who could be stopped.
    """
    table, target = workload_key.c, run.target
    with run.where.store.connect() as connection:
        query = select(table.id).where(
            table.tenant == target.tenant, table.workload == target.workload, table.traffic == LIVE
        )
        keys = set(connection.execute(query).scalars())
    if not keys:
        return False
    now = time.time_ns()
    records = latest(run.where.store, Selection(target.tenant, target.workload, since=now - _MAY_STILL_RUN))
    return any(record.key in keys and _counts(record, now) for record in itertools.islice(records, _LOOKED_AT))


def _counts(record: Record, now: int) -> bool:
    if record.code == Code.STAGE_CLOSED:
        return False
    return record.completed_at is None or record.completed_at > now - _LIVE_WITHIN
