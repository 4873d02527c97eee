"""A workload off and on again. The database is the truth; when it is away, a flag file does the same.

A kill never waits for anything but the one write that makes it true, and says where that write went. A restore clears
both places or leaves the workload off.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from prodworthy.operations.acts import Act, Killed, Restored, Target
from prodworthy.operations.event_log import record
from prodworthy.operations.killswitch.errors import KillFailed, ReasonMissing, RestoreIncomplete
from prodworthy.operations.killswitch.flag_text import FlagText, read_flag_text, write_flag_text
from prodworthy.operations.roster.lookup import hold, require_workload
from prodworthy.record.faults import FlagsUnreadable, StoreFault, StoreUnavailable
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import ALL, Flags
from prodworthy.record.store.tables import killed
from prodworthy.record.store.watch import bump

LONGEST_REASON = 300  # characters, as the table holds them
DATABASE, FILE = "database", "file"
BY_HAND = "by hand, in the directory of flag files"  # the actor of a flag file that names nobody


def kill(store: Store | None, flags: Flags, target: Target, reason: str, act: Act) -> Killed:
    """Switch a workload off. `how` says where it is written: `database`, or `file` when the store was away.

    `store` is None where it could not even be opened.

    Killing it again is recorded and keeps the first reason. Raises UnknownWorkload (with the nearest name) when the
    store can say so, ReasonMissing, and KillFailed when neither place could be written.
    """
    _require_reason(reason)
    if store is None:
        return _kill_by_file(flags, target, reason, act, StoreUnavailable("the store could not be opened"))
    try:
        with store.begin() as connection:
            require_workload(connection, target)
            hold(connection)
            done = Killed(DATABASE, reason, already=_is_killed(connection, target))
            if not done.already:
                connection.execute(insert(killed).values(_row(target, reason, act)))
                bump(connection)
            record(connection, target, act, done)
        return done
    except StoreFault as away:
        return _kill_by_file(flags, target, reason, act, away)


def restore(store: Store, flags: Flags, target: Target, reason: str, act: Act) -> Restored:
    """Switch a workload on again: the row goes first, the flag file last, so that a failure leaves it off.

    A kill that was written to the file alone is recorded now, with its own person and time. `cleared` is empty if the
    workload was not off. Raises ReasonMissing, UnknownWorkload, RestoreIncomplete.
    """
    _require_reason(reason)
    try:
        raised = flags.read()
        with store.begin() as connection:
            require_workload(connection, target)
            hold(connection)
            row = _is_killed(connection, target)
            flag = raised.get(f"{target.tenant}.{target.workload}")
            if flag is not None and not row:
                _record_flag(connection, target, read_flag_text(flag), act)
            connection.execute(delete(killed).where(*_of(target)))
            cleared = ((DATABASE,) if row else ()) + ((FILE,) if flag is not None else ())
            done = Restored(reason, cleared)
            record(connection, target, act, done)
            bump(connection)
        flags.lower(target.tenant, target.workload)
    except StoreFault as away:
        problem = f"{target} stays as it is: the store cannot be changed now."
        raise RestoreIncomplete(f"{problem} Bring the store back, then restore again.") from away
    except (FlagsUnreadable, OSError) as error:
        problem = f"{target} may still be off: the directory of flag files cannot be read or changed."
        raise RestoreIncomplete(f"{problem} Check its permissions, then restore again.") from error
    if ALL in raised:
        problem = f"{target} stays off: the flag file {ALL} stops every workload."
        raise RestoreIncomplete(f"{problem} Its own switch is cleared; remove that file to restore all.")
    return done


def _kill_by_file(flags: Flags, target: Target, reason: str, act: Act, away: StoreFault) -> Killed:
    """The way that needs no database. Whether the workload exists cannot be asked now."""
    try:
        flags.raise_flag(target.tenant, target.workload, write_flag_text(reason, act))
    except ValueError:
        problem = f"Nothing was switched off: `{target}` cannot be a workload, and the store is away."
        raise KillFailed(f"{problem} Correct the name.") from away
    except OSError as error:
        problem = f"{target} is NOT off: the store is away and the flag file cannot be written ({error.strerror})."
        raise KillFailed(f"{problem} Stop the gateway, or write the file on each machine by hand.") from away
    return Killed(FILE, reason)


def _record_flag(connection: Connection, target: Target, flag: FlagText, act: Act) -> None:
    """Record a kill that only a file knew of, at its own time if the file says so, else now."""
    at = flag.at if flag.at is not None else act.at
    record(connection, target, Act(flag.actor or BY_HAND, at), Killed(FILE, flag.reason))


def _is_killed(connection: Connection, target: Target) -> bool:
    return connection.execute(select(killed.c.killed_at).where(*_of(target))).first() is not None


def _of(target: Target) -> tuple[ColumnElement[bool], ...]:
    return killed.c.tenant == target.tenant, killed.c.workload == target.workload


def _row(target: Target, reason: str, act: Act) -> dict[str, str | int]:
    return {
        "tenant": target.tenant,
        "workload": target.workload,
        "reason": reason,
        "killed_by": act.actor,
        "killed_at": act.at,
    }


def _require_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise ReasonMissing(f"Give a reason, in 1 to {LONGEST_REASON} characters.")
