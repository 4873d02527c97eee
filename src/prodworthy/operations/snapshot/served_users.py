"""The end users on record of workloads whose stage caps them: keyed hashes, read again only where their number changed.

Only workloads that can have live traffic are counted: in Pilot, with a cap on users, and with a live key.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from prodworthy.operations.snapshot.snapshot import MOST_USERS, Snapshot
from prodworthy.policy.core.evidence import LIVE
from prodworthy.policy.core.stages import PILOT
from prodworthy.record.store.tables import user_seen

Place = tuple[str, str]


def capped(snapshot: Snapshot) -> dict[Place, int]:
    """How many end users each workload may have where there is a cap."""
    live = {(key.tenant, key.workload) for key in snapshot.keys.values() if key.traffic == LIVE and not key.revoked}
    return {
        place: min(workload.scope.users, MOST_USERS)
        for place, workload in snapshot.workloads.items()
        if place in live and workload.stage == PILOT and workload.scope.users is not None
    }


def served_users(
    connection: Connection, caps: Mapping[Place, int], before: Mapping[Place, frozenset[str]]
) -> Mapping[Place, frozenset[str]]:
    """At most as many end users of each workload as it may have; `before` itself where nothing changed."""
    found = {place: _users(connection, place, most, before.get(place)) for place, most in caps.items()}
    same = found.keys() == before.keys() and all(found[place] is before[place] for place in found)
    return before if same else found


def _users(connection: Connection, place: Place, most: int, before: frozenset[str] | None) -> frozenset[str]:
    table = user_seen.c
    query = select(table.subject).where(table.tenant == place[0], table.workload == place[1]).limit(most)
    count = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    if before is not None and len(before) == count:
        return before
    return frozenset(connection.execute(query.order_by(table.subject)).scalars())
