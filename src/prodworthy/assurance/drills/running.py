"""Runs a drill: a key of its own, the drill, clean-up whatever happened, and the result on record.

1. issue a key that expires by itself   2. wait until every gateway knows it   3. execute
4. undo everything, the last first, undisturbed by Ctrl-C   5. record Drilled, under the person who ran it.
Nothing between 1 and 4 can keep 4 and 5 from happening but the end of this process; then the key expires, and what was
switched off stays off.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from prodworthy.assurance.drills.door import Door
from prodworthy.assurance.drills.drill import Drill
from prodworthy.assurance.drills.outcome import FAILED, INCOMPLETE, PASSED, Failed, Incomplete
from prodworthy.assurance.drills.run import Installation, Run, Terms
from prodworthy.operations.acts import Drilled, Target
from prodworthy.operations.errors import OperationRefused
from prodworthy.operations.event_log import record, recorded_of
from prodworthy.operations.keys.keys import Issued, issue, revoke
from prodworthy.operations.roster.roster import workload
from prodworthy.policy.core.evidence import DRILL
from prodworthy.policy.core.exchange import Operation
from prodworthy.record.faults import RecordFault, StoreFault

KEY_MINUTES = 15
LONGEST_DETAIL = 2_000
_MINUTE = 60_000_000_000


class Ran(msgspec.Struct, frozen=True):
    """How a run ended. `number` is that of its event in the record; 0, and why in `unrecorded`, where it has none."""

    drilled: Drilled
    number: int
    unrecorded: str = ""


def prepared(where: Installation, target: Target, actor: str, terms: Terms) -> Run:
    """A run that has not begun. Raises UnknownWorkload, PersonMissing."""
    run = Run(where, target, actor, terms)
    run.manifest = workload(where.store, target).manifest()
    run.act()
    return run


def run_drill(drill: Drill, run: Run) -> Ran:
    """Run it. Nothing that happens in it is raised: it is an outcome."""
    outcome, detail = INCOMPLETE, "Interrupted before its end."
    try:
        outcome, detail = _attempt(lambda: _executed(drill, run))
    finally:
        with _undisturbed():
            ran = _finished(drill, run, outcome, detail)
    return ran


def _finished(drill: Drill, run: Run, outcome: str, detail: str) -> Ran:
    """Undo everything and record how it ended. A clean-up that fails makes the drill fail, whatever it found."""
    for what, undo in run.undoing():
        ended, why = _attempt(partial(_undone, undo))
        if ended != PASSED:
            outcome, detail = FAILED, f"CLEAN-UP FAILED, do it by hand: {what} ({why}). {detail}"
    return _recorded(run, _drilled(drill, run, outcome, detail))


def _undone(undo: Callable[[], object]) -> str:
    undo()
    return ""


def _executed(drill: Drill, run: Run) -> str:
    key = _issued(run)
    run.door = Door(*run.where.door, key.key)
    run.door.await_key()
    return drill.execute(run)


def _issued(run: Run) -> Issued:
    """A key for this run alone: what it opens is marked as the drill's, and it expires by itself."""
    act, scopes = run.act(), [operation.value for operation in Operation]
    issued = issue(run.where.store, run.target, scopes, act, expires_at=act.at + KEY_MINUTES * _MINUTE, traffic=DRILL)
    run.afterwards(f"revoke key {issued.id}", lambda: revoke(run.where.store, run.target, issued.id, run.act()))
    return issued


def _attempt(do: Callable[[], str]) -> tuple[str, str]:
    """Do it; how that ended, and what is to be said of it."""
    try:
        return PASSED, do()
    except Failed as failed:
        return FAILED, str(failed)
    except (Incomplete, OperationRefused, RecordFault) as why:
        return INCOMPLETE, str(why)
    except KeyboardInterrupt:
        return INCOMPLETE, "Interrupted before its end."
    except Exception as fault:
        where = [f"{frame.f_code.co_name}:{line}" for frame, line in traceback.walk_tb(fault.__traceback__)]
        return INCOMPLETE, f"The drill itself broke: {type(fault).__name__} in {' > '.join(where[1:])}."


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C and a polite end are not heard meanwhile; other threads than the main one never hear them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, then in before.items():
            signal.signal(number, then)


def _drilled(drill: Drill, run: Run, outcome: str, detail: str) -> Drilled:
    return Drilled(
        drill.name,
        run.id,
        drill.criteria,
        outcome,
        drill.digest(run.terms),
        detail.strip()[:LONGEST_DETAIL],
        run.duration,
        drill.bound_of(run.terms),
        dict(sorted(run.observations.items())),
    )


def _recorded(run: Run, drilled: Drilled) -> Ran:
    try:
        with run.where.store.begin() as connection:
            record(connection, run.target, run.act(), drilled)
            last = recorded_of(connection, run.target, Drilled, 1)
    except StoreFault as fault:
        return Ran(drilled, 0, str(fault))
    return Ran(drilled, last[0].id)
