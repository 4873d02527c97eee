"""Which workloads a pack is asked for, and putting on record to whom it names people."""

from __future__ import annotations

from sqlalchemy import func, select

from prodworthy.operations.acts import LONGEST_ACTOR, Act, NamesOpened, Target
from prodworthy.operations.errors import OperationRefused
from prodworthy.operations.event_log import record
from prodworthy.operations.roster.lookup import require_workload, workload_names
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import operation_event

INSTALLATION = Target("", "")


class NobodyNamed(OperationRefused):
    """People are named to a person in a role, and one of the two is missing or too long."""


class NothingToPack(OperationRefused):
    """There is no such workload."""


def asked_for(store: Store, target: Target | None, tenant: str | None) -> tuple[Target, ...]:
    """The one workload, or all of a tenant.

    Raises:
        UnknownWorkload: no such workload was ever applied.
        NothingToPack: the tenant has none, or neither or both are named.
        StoreFault: the database.
    """
    if (target is None) == (tenant is None):
        raise NothingToPack("Name one WORKLOAD, or a tenant with --tenant.")
    with store.connect() as connection:
        if target is not None:
            require_workload(connection, target)
            return (target,)
        assert tenant is not None
        found = tuple(Target(tenant, name) for name in workload_names(connection, tenant))
    if not found:
        raise NothingToPack(f"There is no workload of the tenant {tenant}; see prodworthy roster.")
    return found


def open_names(store: Store, to: str, role: str, targets: tuple[Target, ...], act: Act) -> int:
    """Record that a pack names people to a person, in a role; the number of the event.

    Raises:
        NobodyNamed: the person or the role is missing, or longer than 300 characters.
        StoreFault: the database.
    """
    if not all(0 < len(said.strip()) <= LONGEST_ACTOR for said in (to, role)):
        raise NobodyNamed(f"Say to whom people are named, and in which role, in 1 to {LONGEST_ACTOR} characters each.")
    with store.begin() as connection:
        record(connection, INSTALLATION, act, NamesOpened(to, role, tuple(map(str, targets))))
        return int(connection.execute(select(func.max(operation_event.c.id))).scalar_one())
