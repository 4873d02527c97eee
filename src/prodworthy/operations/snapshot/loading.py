"""The snapshot read from the store. Only what changed is compiled again; the rest is the previous snapshot's objects.

The revision is read first: a change that commits while the tables are being read raises the revision, so whatever this
read missed is read at the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, func, or_, select, tuple_

from prodworthy.operations.acts import Target
from prodworthy.operations.roster.standings import standings
from prodworthy.operations.snapshot.compiling import CannotCompile, compile_workload
from prodworthy.operations.snapshot.snapshot import Key, Kill, Snapshot, Workload
from prodworthy.operations.tuning.calibrations import calibrations
from prodworthy.policy.controls.contract import Control
from prodworthy.policy.core.stages import NEVER_ASSESSED
from prodworthy.record.store.tables import killed, workload_key, workload_version
from prodworthy.record.store.watch import current_revision

REMEMBERED = 30 * 86_400 * 1_000_000_000  # nanoseconds that a key out of force is still known as such
_AT_ONCE = 200  # manifests fetched by one query, far below either database's limit of parameters

Place = tuple[str, str]


def load(connection: Connection, catalogue: Mapping[str, Control], previous: Snapshot | None, now: int) -> Snapshot:
    """Read everything. `previous` must come from the same catalogue; `now` is in Unix nanoseconds.

    A workload whose newest manifest cannot be compiled keeps its previous compiled version, and `faults` says why.
    A key that was revoked or expired within 30 days is kept as such, so that its user is told so.
    Raises StoreUnavailable before the database is prepared.
    """
    at = current_revision(connection)
    workloads, faults = _workloads(connection, catalogue, previous)
    kills = {
        (row.tenant, row.workload): Kill(row.reason, row.killed_by, row.killed_at)
        for row in connection.execute(select(killed))
    }
    learned, stand = calibrations(connection), standings(connection)
    for place, workload in workloads.items():
        found = stand.get(Target(*place), NEVER_ASSESSED)
        newest = {
            "killed": kills.get(place),
            "calibrations": learned.get(place, {}),
            "stage": found.stage,
            "scope": found.scope,
        }
        if any(getattr(workload, name) != value for name, value in newest.items()):
            workloads[place] = msgspec.structs.replace(workload, **newest)
    return Snapshot(at, workloads, _keys(connection, now), faults)


def _workloads(
    connection: Connection, catalogue: Mapping[str, Control], previous: Snapshot | None
) -> tuple[dict[Place, Workload], dict[Place, str]]:
    """Every workload at its newest version, compiled anew only where that version is another than before."""
    before: Mapping[Place, Workload] = previous.workloads if previous else {}
    newest = _newest_versions(connection)
    changed = [
        (*place, version)
        for place, version in newest.items()
        if place not in before or before[place].version != version
    ]
    workloads = {place: before[place] for place in newest if place in before}
    faults: dict[Place, str] = {}
    for tenant, name, version, text in _manifests(connection, changed):
        try:
            workloads[tenant, name] = compile_workload(text, version, catalogue)
        except CannotCompile as error:
            faults[tenant, name] = f"{name}@{version} is not in force: {error}"
    return workloads, faults


def _newest_versions(connection: Connection) -> dict[Place, int]:
    table = workload_version.c
    query = select(table.tenant, table.workload, func.max(table.version)).group_by(table.tenant, table.workload)
    return {(tenant, name): version for tenant, name, version in connection.execute(query)}


def _manifests(connection: Connection, wanted: list[tuple[str, str, int]]) -> Iterator[tuple[str, str, int, str]]:
    """Tenant, workload, version and manifest of each wanted version, fetched some at a time."""
    table = workload_version.c
    columns = (table.tenant, table.workload, table.version)
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(*columns, table.manifest).where(tuple_(*columns).in_(wanted[start : start + _AT_ONCE]))
        for row in connection.execute(query):
            yield row.tenant, row.workload, row.version, row.manifest


def _keys(connection: Connection, now: int) -> dict[str, Key]:
    table = workload_key.c
    query = select(workload_key).where(
        or_(table.revoked_at.is_(None), table.revoked_at > now - REMEMBERED),
        or_(table.expires_at.is_(None), table.expires_at > now - REMEMBERED),
    )
    return {row.id: _key(row) for row in connection.execute(query)}


def _key(row: Any) -> Key:
    return Key(
        id=row.id,
        tenant=row.tenant,
        workload=row.workload,
        digest=bytes(row.digest),
        scopes=frozenset(row.scopes.split()),
        expires_at=row.expires_at,
        revoked=row.revoked_at is not None,
        traffic=row.traffic,
    )
