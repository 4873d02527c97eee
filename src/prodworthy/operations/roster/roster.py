"""The roster kept: manifests applied as versions, refusals remembered, every change with its person and time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, tuple_

from prodworthy.operations.acts import Act, Applied, ApplyRefused, Target
from prodworthy.operations.errors import UnknownWorkload
from prodworthy.operations.event_log import record
from prodworthy.operations.roster.faults import Fault
from prodworthy.operations.roster.freeze import Lines, nowhere, refuse_widening
from prodworthy.operations.roster.lookup import hold, require_workload, workload_names
from prodworthy.operations.roster.manifest import canonical, digest
from prodworthy.operations.roster.refusals import standing_refusals
from prodworthy.policy.core.manifest import Manifest
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import workload_version
from prodworthy.record.store.watch import bump

MOST_CHANGES = 200  # field paths that an event names; a change beyond that is a new workload


class Version(msgspec.Struct, frozen=True):
    """One version of a workload as it was applied. `text` is the canonical JSON of its manifest."""

    target: Target
    version: int
    digest: str
    text: str
    applied_at: int
    applied_by: str

    def manifest(self) -> Manifest:
        """The manifest. Raises msgspec.DecodeError if another version of the types wrote it."""
        return msgspec.json.decode(self.text, type=Manifest)


def apply(store: Store, manifest: Manifest, act: Act, line: Lines = nowhere) -> Applied:
    """Put a manifest in force as its workload's next version; an identical one changes nothing and makes none.

    `changed` names the fields that differ, dotted; it is empty if nothing changed. `line` tells lines in the text.
    Raises ManifestRefused where the workload is frozen and the manifest widens its scope.
    """
    target = Target(manifest.tenant, manifest.id)
    with store.begin() as connection:
        hold(connection)
        current = _newest(connection, target)
        if current is not None and current.digest == digest(manifest):
            return _confirm(connection, current, act)
        if current is not None:
            refuse_widening(connection, current.text, manifest, act.at, line)
        text = canonical(manifest)
        applied = Applied(
            version=current.version + 1 if current else 1,
            digest=digest(manifest),
            changed=changed_fields(current.text if current else None, text),
        )
        connection.execute(insert(workload_version).values(_row(target, applied, text.decode(), act)))
        record(connection, target, act, applied)
        bump(connection)
    return applied


def refuse(store: Store, target: Target, faults: tuple[Fault, ...], act: Act) -> None:
    """Remember that a manifest was refused, so that the roster says so. What is in force stays in force."""
    with store.begin() as connection:
        record(connection, target, act, ApplyRefused(faults))


def workloads(store: Store, tenant: str | None = None) -> tuple[Version, ...]:
    """The newest version of every workload (of one tenant, or of all), by tenant and name."""
    with store.connect() as connection:
        return tuple(newest_versions(connection, tenant))


def workload(store: Store, target: Target) -> Version:
    """The newest version of one workload. Raises UnknownWorkload, with the nearest name."""
    with store.connect() as connection:
        found = _newest(connection, target)
        if found is None:
            raise UnknownWorkload(target.tenant, target.workload, workload_names(connection, target.tenant))
    return found


def history(store: Store, target: Target, limit: int = 100) -> tuple[Version, ...]:
    """A workload's versions, newest first, at most `limit` (1 to 1000). Raises UnknownWorkload."""
    with store.connect() as connection:
        require_workload(connection, target)
        table = workload_version.c
        query = select(workload_version).where(table.tenant == target.tenant, table.workload == target.workload)
        rows = connection.execute(query.order_by(table.version.desc()).limit(max(1, min(limit, 1000))))
        return tuple(_version(row) for row in rows)


def newest_versions(connection: Connection, tenant: str | None) -> Iterator[Version]:
    """The newest version of each workload, in an open transaction."""
    table = workload_version.c
    newest = select(table.tenant, table.workload, func.max(table.version)).group_by(table.tenant, table.workload)
    if tenant is not None:
        newest = newest.where(table.tenant == tenant)
    query = select(workload_version).where(tuple_(table.tenant, table.workload, table.version).in_(newest))
    for row in connection.execute(query.order_by(table.tenant, table.workload)):
        yield _version(row)


def changed_fields(before: bytes | str | None, after: bytes | str) -> tuple[str, ...]:
    """The dotted paths that differ between two manifests in canonical JSON, sorted, at most `MOST_CHANGES`."""
    old = dict(_leaves(msgspec.json.decode(before), ())) if before is not None else {}
    new = dict(_leaves(msgspec.json.decode(after), ()))
    paths = {path for path in old.keys() | new.keys() if old.get(path, _ABSENT) != new.get(path, _ABSENT)}
    return tuple(sorted(".".join(path) for path in paths)[:MOST_CHANGES])


_ABSENT = object()


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value that holds no other, with its path. An empty list or group is a value."""
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from _leaves(item, (*path, name))
    elif isinstance(value, list) and value:
        for place, item in enumerate(value):
            yield from _leaves(item, (*path, str(place)))
    else:
        yield path, value


def _confirm(connection: Connection, current: Version, act: Act) -> Applied:
    """What is in force was applied again. That is an event only if it answers a refused manifest."""
    confirmed = Applied(current.version, current.digest)
    if standing_refusals(connection, current.target.tenant, current.target.workload):
        record(connection, current.target, act, confirmed)
    return confirmed


def _newest(connection: Connection, target: Target) -> Version | None:
    table = workload_version.c
    query = select(workload_version).where(table.tenant == target.tenant, table.workload == target.workload)
    row = connection.execute(query.order_by(table.version.desc()).limit(1)).first()
    return _version(row) if row is not None else None


def _version(row: Row[Any]) -> Version:
    target = Target(row.tenant, row.workload)
    return Version(target, row.version, row.digest, row.manifest, row.applied_at, row.applied_by)


def _row(target: Target, applied: Applied, text: str, act: Act) -> dict[str, Any]:
    return {
        "tenant": target.tenant,
        "workload": target.workload,
        "version": applied.version,
        "digest": applied.digest,
        "manifest": text,
        "applied_at": act.at,
        "applied_by": act.actor,
    }
