"""A workload off and on again for a drill, so that nothing that anybody else wants off is ever switched on."""

from __future__ import annotations

from sqlalchemy import select

from prodworthy.assurance.drills.outcome import Failed, Incomplete
from prodworthy.assurance.drills.run import Run
from prodworthy.operations.acts import Act, Killed
from prodworthy.operations.event_log import recorded_of
from prodworthy.operations.killswitch.errors import SwitchRefused
from prodworthy.operations.killswitch.flag_text import write_flag_text
from prodworthy.operations.killswitch.switch import kill, restore
from prodworthy.record.store.flags import ALL, flag_name
from prodworthy.record.store.tables import killed

REASON = "drill"


class Switch:
    """The switch of one run's workload."""

    def __init__(self, run: Run) -> None:
        """Nothing is off by this run yet."""
        self._run = run
        self._ours: Act | None = None

    def off(self) -> int:
        """Kill; when that was (Unix nanoseconds). Raises Failed where it was not possible, Incomplete if it was off."""
        run = self._run
        ours = self._ours = run.act()  # before it is done: an interruption in between must find something to undo
        try:
            done = kill(run.where.store, run.where.flags, run.target, REASON, ours)
        except SwitchRefused as refused:
            raise Failed(f"The kill itself failed: {refused}") from None
        if done.already:
            self._ours = None
            raise Incomplete(f"Somebody else switched {run.target} off at the same moment; it stays off.")
        return ours.at

    def back(self) -> str:
        """Restore what this run killed, once. Says so instead, where somebody else wants it off.

        Raises SwitchRefused or StoreFault: it stays off, and the next call tries again.
        """
        ours, run = self._ours, self._run
        if ours is None:
            return ""
        said = ""
        if self._others(ours):
            said = f"Somebody else switched {run.target} off during the drill: it stays off until they restore it."
        else:
            restore(run.where.store, run.where.flags, run.target, REASON, run.act())
        self._ours = None
        return said

    def _others(self, ours: Act) -> bool:
        """Whether anybody but this run has it off, by the database, by a later kill, or by a file."""
        target, flags = self._run.target, self._run.where.flags.read()
        own = (ours.actor, ours.at)
        with self._run.where.store.connect() as connection:
            query = select(killed).where(killed.c.tenant == target.tenant, killed.c.workload == target.workload)
            row = connection.execute(query).first()
            last = recorded_of(connection, target, Killed, 1)
        later = bool(last) and last[0].at > ours.at
        flag = flags.get(flag_name(target.tenant, target.workload))
        by_file = ALL in flags or flag not in (None, write_flag_text(REASON, ours))
        return by_file or later or (row is not None and (row.killed_by, row.killed_at) != own)
