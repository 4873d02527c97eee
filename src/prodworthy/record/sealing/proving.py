"""The pieces of a proof: that an exchange is in the ledger frame by frame, or that an event is, field by field.

1. A frame's body leads to the root of its segment (RFC 6962 inclusion).
2. The segment stands in a statement that a statement key of the trust policy has signed.
3. The statement is a leaf under a checkpoint that the trust policy accepts (C2SP tlog-proof).

For an event, the opened fields are those that the statement commits to, in the place of step 1. Whoever gets the pieces
needs nothing else but the trust policy; `checked` takes these steps.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from prodworthy.record.faults import NotProvable, NotSealed
from prodworthy.record.journal.days import day_exists, day_of, day_table, existing_days
from prodworthy.record.ledger.merkle import inclusion_proof, leaf_hash, root_of
from prodworthy.record.ledger.proof_file import Proof
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.sealing.books import Books
from prodworthy.record.sealing.commitment import fields_of, opened_by_default, opening
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import journal_segment, operation_event, operation_leaf

EXCHANGE, EVENT = "prodworthy.example/proof-of-exchange/v1", "prodworthy.example/proof-of-event/v1"
LEAF = "prodworthy.example/proof-of-leaf/v1"
Pieces = dict[str, Any]


def prove_exchange(store: Store, books: Books, exchange: str) -> Pieces:
    """The pieces for every frame of an exchange that the journal has.

    Raises:
        NotSealed: it is not sealed yet.
        NotProvable: the journal does not have it, or frames beside it are deleted.
        StoreFault, LedgerFault: the database or the ledger.
    """
    day = day_of(exchange, 0)
    table = day_table(day)
    with store.connect() as connection:
        query = select(table).where(table.c.exchange == exchange).order_by(table.c.gateway, table.c.sequence)
        rows = connection.execute(query).mappings().all() if exchange and day_exists(connection, day) else []
        if not rows:
            raise NotProvable("the journal has no such exchange: it is not recorded yet, or its retention is over")
        frames = [_frame(connection, row) for row in rows]
    return {"format": EXCHANGE, "exchange": exchange, "frames": frames} | _leaves(
        books, (one["leaf"] for one in frames)
    )


def prove_event(store: Store, books: Books, event: int, names: Iterable[str] | None = None) -> Pieces:
    """The pieces for an operation event by its number. `names`: the fields to open, None for those open by default.

    Raises:
        NotSealed: it is not sealed yet.
        NotProvable: there is no such event or field.
        StoreFault, LedgerFault: the database or the ledger.
    """
    table, leaf = operation_event.c, operation_leaf.c
    query = select(operation_event, leaf.salt, leaf.leaf).outerjoin(operation_leaf, leaf.event == table.id)
    with store.connect() as connection:
        row = connection.execute(query.where(table.id == event)).mappings().one_or_none()
    if row is None:
        raise NotProvable(f"there is no event {event}")
    if row["leaf"] is None or row["leaf"] < 0:
        raise NotSealed(f"event {event} is not sealed yet; seal it, or try again in a few seconds")
    fields = fields_of(row["actor"], row["body"])
    shown = opened_by_default(row["kind"], fields) if names is None else sorted(names)
    strange = [name for name in shown if name not in fields]
    if strange:
        raise NotProvable(f"event {event} has no field {', '.join(strange)}; it has {', '.join(sorted(fields))}")
    opened = opening(event, bytes(row["salt"]), fields, shown)
    return {"format": EVENT, "kind": row["kind"], "leaf": row["leaf"], "opening": opened} | _leaves(
        books, [row["leaf"]]
    )


def prove_leaf(books: Books, leaf: int) -> Pieces:
    """The pieces for a leaf as it is: steps 2 and 3. Raises NotProvable where there is none; LedgerFault."""
    size = books.published()[1].checkpoint.size
    if not 0 <= leaf < size:
        raise NotProvable(f"the ledger has no leaf {leaf}: it has {size}")
    return {"format": LEAF, "leaf": leaf} | _leaves(books, [leaf])


def frames_of(connection: Connection, segment: Mapping[Any, Any]) -> list[tuple[int, bytes]]:
    """Sequence and body of the frames of a segment that the journal still has, in order."""
    found: list[tuple[int, bytes]] = []
    for day in existing_days(connection):
        table = day_table(day).c
        query = select(table.sequence, table.body).where(
            table.gateway == segment["gateway"],
            table.sequence.between(segment["first"], segment["last"]),
            table.tenant == segment["tenant"],
            table.workload == segment["workload"],
        )
        found += [(row.sequence, bytes(row.body)) for row in connection.execute(query)]
    return sorted(found)


def _frame(connection: Connection, row: Mapping[Any, Any]) -> Pieces:
    """Step 1 for one frame."""
    table = journal_segment.c
    query = select(journal_segment).where(
        table.tenant == row["tenant"],
        table.workload == row["workload"],
        table.gateway == row["gateway"],
        table.first <= row["sequence"],
        table.last >= row["sequence"],
    )
    segment = connection.execute(query).mappings().one_or_none()
    if segment is None:
        raise NotProvable("this exchange was recorded before evidence was sealed: the ledger says nothing of it")
    if segment["leaf"] is None:
        raise NotSealed("this exchange is not sealed yet; seal it, or try again in a few seconds")
    frames = frames_of(connection, segment)
    hashes = [leaf_hash(body) for _, body in frames]
    if not hmac.compare_digest(root_of(hashes), bytes(segment["root"])):
        raise NotProvable(
            f"the journal does not have the frames of segment {segment['id']} as they were sealed (leaf "
            f"{segment['leaf']}): {len(frames)} of {segment['count']} are there. Some were deleted as their retention "
            "ended, or were changed; the statement still says what the segment came to"
        )
    index = [sequence for sequence, _ in frames].index(row["sequence"])
    path = inclusion_proof(lambda height, at: root_of(hashes[at << height : (at + 1) << height]), index, len(hashes))
    return {
        "gateway": row["gateway"],
        "sequence": row["sequence"],
        "kind": row["kind"],
        "body": _to_base64(bytes(row["body"])),
        "segment": segment["id"],
        "index": index,
        "path": [one.hex() for one in path],
        "leaf": segment["leaf"],
    }


def _leaves(books: Books, leaves: Iterable[int]) -> Pieces:
    """Steps 2 and 3: each leaf once, with its proof under the checkpoint that is published."""
    checkpoint, reader = books.published()
    return {"leaves": [_leaf(reader, checkpoint, leaf) for leaf in sorted(set(leaves))]}


def _leaf(reader: Reader, checkpoint: bytes, leaf: int) -> Pieces:
    proof = Proof(leaf, tuple(reader.inclusion_proof(leaf)), checkpoint)
    return {"leaf": leaf, "entry": _to_base64(reader.entry(leaf)), "proof": proof.data().decode()}


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
