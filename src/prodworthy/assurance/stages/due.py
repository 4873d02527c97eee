"""Which workloads are to be judged now.

One that nobody judged yet; one that had traffic and was not judged for a minute; one of which something expires, and
each once an hour; and whatever people or drills did something to.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from prodworthy.operations.acts import Target
from prodworthy.operations.roster.roster import newest_versions
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import ledger_chain, operation_event, operation_leaf, standing

MINUTE = 60 * 10**9


def due(connection: Connection, now: int, urgent: frozenset[Target]) -> list[Target]:
    """The workloads on the roster that are due, by name, urgent ones first."""
    table = standing.c
    judged = {
        Target(row.tenant, row.workload): (row.assessed_at, row.due_at, row.size)
        for row in connection.execute(select(table.tenant, table.workload, table.assessed_at, table.due_at, table.size))
    }
    newest = {Target(row.tenant, row.workload): row.leaf for row in connection.execute(select(ledger_chain))}
    found = []
    for version in newest_versions(connection, None):
        target = version.target
        at, due_at, size = judged.get(target, (0, 0, 0))
        sealed = newest.get(target, -1) >= size
        if target in urgent or now >= due_at or (sealed and now - at >= MINUTE):
            found.append(target)
    return sorted(found, key=lambda target: (target not in urgent, target))


def operated(store: Store, leaf: int) -> set[Target]:
    """The workloads to which people or drills did something that is sealed at this leaf or later. Raises StoreFault."""
    event, sealed = operation_event.c, operation_leaf.c
    query = select(event.tenant, event.workload).distinct().join(operation_leaf, sealed.event == event.id)
    with store.connect() as connection:
        on_roster = {version.target for version in newest_versions(connection, None)}
        return on_roster & {
            Target(row.tenant, row.workload) for row in connection.execute(query.where(sealed.leaf >= leaf))
        }
