"""One workload as a person asks for it: its row on the roster, its keys, its live figures, its last changes."""

from __future__ import annotations

import msgspec

from prodworthy.operations.acts import Target
from prodworthy.operations.errors import UnknownWorkload
from prodworthy.operations.event_log import Recorded, recorded
from prodworthy.operations.keys.keys import Listed, listed
from prodworthy.operations.roster.listing import Declared, listing
from prodworthy.record.journal.read import Live, live_figures
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags

CHANGES = 10


class WorkloadRecord(msgspec.Struct, frozen=True):
    """Everything that is known of a workload now; `changes` are the last ten, newest first."""

    workload: Declared
    keys: tuple[Listed, ...]
    figures: Live
    changes: tuple[Recorded, ...]


def read_record(store: Store, flags: Flags, target: Target, now: int) -> WorkloadRecord:
    """Read it at `now` (Unix nanoseconds). Raises UnknownWorkload, with the nearest name, and StoreUnavailable."""
    keys = listed(store, target)
    found = listing(store, flags, now, target.tenant)
    row = next((row for row in found.declared if row.target == target), None)
    if row is None:
        raise UnknownWorkload(target.tenant, target.workload, (row.target.workload for row in found.declared))
    with store.connect() as connection:
        changes = tuple(recorded(connection, target, limit=CHANGES))
    return WorkloadRecord(row, keys, live_figures(store, target.tenant, target.workload, now), changes)
