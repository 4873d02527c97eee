"""What detectors learned of each workload's own traffic, kept for gateways to measure with.

The JSON is opaque here: only the detector of its fact reads it. It holds figures, never a text. Every change is
recorded with its person, and raises the policy revision.
"""

from __future__ import annotations

import hashlib

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, select

from prodworthy.operations.acts import Act, Calibrated, CalibrationRemoved, Target
from prodworthy.operations.event_log import record
from prodworthy.operations.roster.lookup import hold, require_workload
from prodworthy.operations.tuning.errors import CalibrationRefused
from prodworthy.operations.tuning.learned import Learned
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import calibration
from prodworthy.record.store.upsert import insert_or_change
from prodworthy.record.store.watch import bump

LONGEST = 65_536
"""Characters of a calibration: it is figures of a distribution, and every gateway holds it in memory."""


def calibrate(store: Store, target: Target, fact: str, learned: Learned, act: Act) -> Calibrated:
    """Put a calibration in force, in the place of the one before.

    Raises UnknownWorkload, CalibrationRefused for one that is no JSON or too long.
    """
    if len(learned.body) > LONGEST:
        raise CalibrationRefused(f"The calibration has {len(learned.body)} characters, at most {LONGEST} are kept.")
    try:
        msgspec.json.decode(learned.body)
    except msgspec.DecodeError:
        raise CalibrationRefused("The calibration is no JSON.") from None
    done = Calibrated(fact, dict(learned.texts), hashlib.sha256(learned.body.encode()).hexdigest())
    row = {
        "tenant": target.tenant,
        "workload": target.workload,
        "fact": fact,
        "body": learned.body,
        "calibrated_at": act.at,
        "calibrated_by": act.actor,
    }
    with store.begin() as connection:
        require_workload(connection, target)
        hold(connection)
        insert_or_change(connection, calibration, [row], add=(), put=("body", "calibrated_at", "calibrated_by"))
        record(connection, target, act, done)
        bump(connection)
    return done


def remove(store: Store, target: Target, fact: str, act: Act) -> CalibrationRemoved:
    """Let the detector measure as it was shipped. Raises UnknownWorkload, CalibrationRefused if there is none."""
    done = CalibrationRemoved(fact)
    with store.begin() as connection:
        require_workload(connection, target)
        hold(connection)
        if connection.execute(delete(calibration).where(*_of(target, fact))).rowcount == 0:
            raise CalibrationRefused(f"{target} has no calibration of {fact}; nothing was changed.")
        record(connection, target, act, done)
        bump(connection)
    return done


def calibrations(connection: Connection) -> dict[tuple[str, str], dict[str, str]]:
    """Every calibration, by (tenant, workload) and fact."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in connection.execute(select(calibration)):
        found.setdefault((row.tenant, row.workload), {})[row.fact] = row.body
    return found


def calibrations_of(connection: Connection, target: Target) -> dict[str, str]:
    """The calibrations of one workload, by fact."""
    query = select(calibration.c.fact, calibration.c.body)
    rows = connection.execute(
        query.where(calibration.c.tenant == target.tenant, calibration.c.workload == target.workload)
    )
    return {row.fact: row.body for row in rows}


def _of(target: Target, fact: str) -> tuple[ColumnElement[bool], ...]:
    table = calibration.c
    return table.tenant == target.tenant, table.workload == target.workload, table.fact == fact
