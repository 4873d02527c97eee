"""Brings the database to where the ledger is: leaf numbers, chains, days of evidence and head, in one transaction.

What is applied is what the statements say, whether they were appended a moment ago or are read back after a crash, so
that both give the same. Before anything is written, every segment and event that a statement names must be in the
database, unsealed and as the statement has it: a database that was put back to an earlier state is not written over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from prodworthy.policy.core.evidence import by_class
from prodworthy.record.faults import DatabaseRolledBack, ForeignStatement, StoreUnavailable
from prodworthy.record.ledger.checkpoint import Head
from prodworthy.record.ledger.merkle import EMPTY_ROOT
from prodworthy.record.sealing.commitment import commit, fields_of
from prodworthy.record.sealing.forms import FIRST, Form, Link, OperationForm, SegmentForm, TrafficForm
from prodworthy.record.sealing.summing import summed
from prodworthy.record.store.tables import (
    evidence_day,
    journal_segment,
    ledger_chain,
    ledger_head,
    operation_event,
    operation_leaf,
)
from prodworthy.record.store.upsert import insert_or_change

UNSEALED = -1
"""The leaf of an operation event whose salt is drawn and that has no leaf yet."""

Place = tuple[str, str]
Chains = dict[Place, tuple[int, int]]
"""Number and leaf of the last statement of each workload."""

_ADVICE = (
    "it was put back to an earlier state, or another one. Nothing is sealed until that is mended: restore the newest "
    "copy of the database, or the one that belongs to this ledger"
)


def read_head(connection: Connection) -> Head:
    """The head of the ledger that this database has seen; that of an empty ledger before the first."""
    row = connection.execute(select(ledger_head)).one_or_none()
    return Head(0, EMPTY_ROOT) if row is None else Head(row.size, bytes(row.root))


def read_chains(connection: Connection) -> Chains:
    """The last statement of every workload that has one."""
    rows = connection.execute(select(ledger_chain))
    return {(row.tenant, row.workload): (row.number, row.leaf) for row in rows}


def next_link(chains: Chains, place: Place, at: int) -> Link:
    """Where a workload's next statement stands, made at a time (Unix nanoseconds)."""
    number, previous = chains.get(place, (-1, FIRST))
    return Link(*place, number + 1, previous, at)


def apply(connection: Connection, before: Head, forms: Sequence[Form], after: Head) -> None:
    """Apply the statements at the leaves from `before` to `after`, in the caller's transaction.

    Raises:
        StoreUnavailable: somebody else has sealed meanwhile; begin again.
        DatabaseRolledBack: the database does not have what a statement names.
        ForeignStatement: a statement does not continue the chain of its workload.
    """
    _move_head(connection, before, after)
    chains = read_chains(connection)
    known = dict(chains)
    for leaf, form in enumerate(forms, before.size):
        place = form.link.tenant, form.link.workload
        if next_link(known, place, form.link.sealed_at) != form.link:
            raise ForeignStatement(f"leaf {leaf} of the ledger does not continue the chain of its workload")
        known[place] = form.link.number, leaf
    numbered = list(enumerate(forms, before.size))
    _seal_segments(connection, {leaf: form for leaf, form in numbered if isinstance(form, TrafficForm)})
    _seal_events(connection, {leaf: form for leaf, form in numbered if isinstance(form, OperationForm)})
    moved = [place for place in known if known[place] != chains.get(place)]
    rows = [{"tenant": p[0], "workload": p[1], "number": known[p][0], "leaf": known[p][1]} for p in moved]
    insert_or_change(connection, ledger_chain, rows, add=(), put=("number", "leaf"))
    _add_days(connection, numbered)


def _move_head(connection: Connection, before: Head, after: Head) -> None:
    values = {"size": after.size, "root": after.root}
    if before.size == 0:
        connection.execute(delete(ledger_head).where(ledger_head.c.size == 0))
        connection.execute(insert(ledger_head).values(id=1, **values))
        return
    moved = update(ledger_head).where(ledger_head.c.size == before.size, ledger_head.c.root == before.root)
    if connection.execute(moved.values(**values)).rowcount != 1:
        raise StoreUnavailable("somebody else has sealed meanwhile; try again")


def _seal_segments(connection: Connection, forms: Mapping[int, TrafficForm]) -> None:
    for leaf, form in forms.items():
        ids = [segment.id for segment in form.segments]
        table = journal_segment.c
        query = select(journal_segment).where(table.id.in_(ids), table.leaf.is_(None)).order_by(table.id)
        rows = connection.execute(query).mappings().all()
        place = form.link.tenant, form.link.workload
        if tuple(segment_form(row) for row in rows if (row["tenant"], row["workload"]) == place) != form.segments:
            raise DatabaseRolledBack(
                f"the ledger has a statement (leaf {leaf}) about segments of the journal that this database does not "
                f"have: {_ADVICE}"
            )
        connection.execute(update(journal_segment).where(table.id.in_(ids)).values(leaf=leaf))


def segment_form(row: Mapping[Any, Any]) -> SegmentForm:
    """A row of the table of segments as a statement has it."""
    root = bytes(row["root"]).hex()
    return SegmentForm(row["id"], row["gateway"], row["first"], row["last"], row["count"], root)


def _seal_events(connection: Connection, forms: Mapping[int, OperationForm]) -> None:
    if not forms:
        return
    event, leaf = operation_event.c, operation_leaf.c
    query = select(operation_event, leaf.salt).join(operation_leaf, leaf.event == event.id)
    query = query.where(event.id.in_([form.event for form in forms.values()]), leaf.leaf == UNSEALED)
    rows = {row["id"]: row for row in connection.execute(query).mappings()}
    for number, form in forms.items():
        if form.event not in rows or not _is_of(form, rows[form.event]):
            raise DatabaseRolledBack(
                f"the ledger has a statement (leaf {number}) about the event {form.event}, which this database does "
                f"not have: {_ADVICE}"
            )
    found = [{"of": form.event, "at": number} for number, form in forms.items()]
    connection.execute(update(operation_leaf).where(leaf.event == bindparam("of")).values(leaf=bindparam("at")), found)


def _is_of(form: OperationForm, row: Mapping[Any, Any]) -> bool:
    """Whether a statement is about this event: its fields open with the salt that was drawn for it."""
    digests = commit(bytes(row["salt"]), fields_of(row["actor"], row["body"]))
    return (form.kind, form.at, dict(form.fields)) == (row["kind"], row["at"], digests)


def _add_days(connection: Connection, forms: Sequence[tuple[int, Form]]) -> None:
    """Add what statements of traffic come to, leaf by leaf: the order in which whoever checks the leaves adds them."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for leaf, form in forms:
        if not isinstance(form, TrafficForm):
            continue
        for day, figures in form.days.items():
            key = (form.link.tenant, form.link.workload, day)
            row = rows.get(key)
            if row is None:
                row = rows[key] = _read_day(connection, key, leaf)
            row["figures"] = summed({day: row["figures"]}, {day: figures})[day]
            row["last_leaf"] = leaf
            row["leaves"] += 1
    for row in rows.values():
        plain = {name: one.plain() for name, one in row["figures"].items()}
        row["figures"] = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    insert_or_change(connection, evidence_day, list(rows.values()), (), ("figures", "last_leaf", "leaves"))


def _read_day(connection: Connection, key: tuple[str, str, str], leaf: int) -> dict[str, Any]:
    table = evidence_day.c
    query = select(evidence_day).where(table.tenant == key[0], table.workload == key[1], table.day == key[2])
    row = connection.execute(query).mappings().one_or_none()
    if row is not None:
        return dict(row) | {"figures": by_class(json.loads(row["figures"]))}
    names = ("tenant", "workload", "day")
    return dict(zip(names, key, strict=True)) | {"figures": {}, "first_leaf": leaf, "last_leaf": leaf, "leaves": 0}
