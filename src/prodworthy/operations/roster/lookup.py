"""Finding workloads by name, within their tenant only (no tenant learns another's names), and one change at a time."""

from __future__ import annotations

from sqlalchemy import Connection, select

from prodworthy.operations.acts import Target
from prodworthy.operations.errors import UnknownWorkload
from prodworthy.record.store.tables import revision, workload_version


def hold(connection: Connection) -> None:
    """Make other changes wait until this transaction ends, so that what it reads next is the newest.

    PostgreSQL locks the one row of the revision; SQLite's writing transactions exclude each other as it is.
    """
    connection.execute(select(revision.c.revision).with_for_update())


def workload_names(connection: Connection, tenant: str) -> list[str]:
    """The names of a tenant's workloads, sorted."""
    column = workload_version.c.workload
    query = select(column).where(workload_version.c.tenant == tenant).distinct().order_by(column)
    return list(connection.execute(query).scalars())


def require_workload(connection: Connection, target: Target) -> None:
    """Raise UnknownWorkload, with the nearest name of the same tenant, unless the workload was ever applied."""
    query = select(workload_version.c.version).where(
        workload_version.c.tenant == target.tenant, workload_version.c.workload == target.workload
    )
    if connection.execute(query.limit(1)).first() is None:
        raise UnknownWorkload(target.tenant, target.workload, workload_names(connection, target.tenant))
