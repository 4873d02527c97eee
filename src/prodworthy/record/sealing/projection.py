"""What was sealed, as a judge reads it: figures by day, and the operation events that have a leaf."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from prodworthy.policy.core.evidence import ByClass, Day, Evidence, EvidenceFault, Figures, Operation
from prodworthy.record.sealing.commitment import ACTOR, fields_of
from prodworthy.record.sealing.forms import PERSON_DIGITS
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import evidence_day, ledger_head, operation_event, operation_leaf
from prodworthy.record.store.vault import Vault

INSTALLATION = ("", "")
"""Tenant and workload of what concerns the whole installation."""

SHARED_KINDS = (
    "Installed",
    "SpoolGap",
    "SpoolCorrupt",
    "SpoolCut",
    "GatewayLost",
    "ContentUnreadable",
    "Swept",
)
"""Events of the whole installation that belong to the evidence of every workload."""


def evidence(store: Store, vault: Vault, target: tuple[str, str], at: int) -> Evidence:
    """All sealed evidence on one workload (tenant, id) up to a time (Unix nanoseconds).

    Days count whole: figures of the day of `at` are among them, also those of later that day.

    Raises:
        StoreFault: the database.
        EvidenceFault: figures in it are not what was written.
    """
    with store.connect() as connection:
        return Evidence(
            target[0],
            target[1],
            _days(connection, target, day_of_time(at)),
            _operations(connection, vault, target, at),
            sealed_size(connection),
        )


def sealed_size(connection: Connection) -> int:
    """How many leaves the ledger had when evidence was last sealed, 0 before the first."""
    return connection.execute(select(ledger_head.c.size)).scalar_one_or_none() or 0


def day_of_time(at: int) -> str:
    """The day (`YYYYMMDD`, UTC) of a time in Unix nanoseconds."""
    return datetime.fromtimestamp(at // 1_000_000_000, UTC).strftime("%Y%m%d")


def person_of(vault: Vault, tenant: str, actor: str) -> str:
    """The keyed pseudonym of who acted within a tenant, 32 hex digits."""
    return vault.pseudonym("person", tenant, actor)[:PERSON_DIGITS]


def judged_fields(body: str) -> Mapping[str, Any]:
    """The fields of an event as an opening of all of them would show them, without its actor."""
    return {name: value for name, value in fields_of("", body).items() if name != ACTOR}


def read_figures(text: str) -> ByClass:
    """The figures by class of a row. Raises EvidenceFault.

    The row is our own: types and names are checked, not that each count is there, as those of a leaf are.
    """
    try:
        return dict(_FIGURES.decode(text).items())
    except msgspec.DecodeError as fault:
        raise EvidenceFault(f"the figures of a day cannot be read: {fault}") from None


_FIGURES = msgspec.json.Decoder(dict[Literal["live", "test", "drill"], Figures])


def _days(connection: Connection, target: tuple[str, str], last: str) -> tuple[Day, ...]:
    table = evidence_day.c
    query = select(evidence_day).where(_of(evidence_day, target), table.day <= last).order_by(table.day)
    return tuple(
        Day(row.day, read_figures(row.figures), row.first_leaf, row.last_leaf, row.leaves)
        for row in connection.execute(query)
    )


def _operations(connection: Connection, vault: Vault, target: tuple[str, str], at: int) -> tuple[Operation, ...]:
    event, leaf = operation_event.c, operation_leaf.c
    shared = and_(_of(operation_event, INSTALLATION), event.kind.in_(SHARED_KINDS))
    query = (
        select(operation_event, operation_leaf.c.leaf)
        .join(operation_leaf, leaf.event == event.id)
        .where(or_(_of(operation_event, target), shared), event.at <= at, leaf.leaf >= 0)
        .order_by(event.id)
    )
    return tuple(_operation(vault, row) for row in connection.execute(query))


def _operation(vault: Vault, row: Row[Any]) -> Operation:
    person = person_of(vault, row.tenant, row.actor)
    return Operation(row.id, row.kind, row.at, person, judged_fields(row.body), row.leaf)


def _of(table: Any, target: tuple[str, str]) -> ColumnElement[bool]:
    return and_(table.c.tenant == target[0], table.c.workload == target[1])
