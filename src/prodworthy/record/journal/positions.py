"""How far each spool has been taken: one row per gateway, written in the transaction that writes the rows taken."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from prodworthy.record.faults import StoreUnavailable
from prodworthy.record.store.tables import spool_position

# `offset` in the table holds both: the segment's number above, the byte within the segment in the low 40 bits
_SEGMENT_BITS = 40


class Position(msgspec.Struct, frozen=True):
    """Behind the last frame taken: in which segment, at which byte, and its sequence number (0: none yet)."""

    segment: int
    offset: int
    sequence: int


START = Position(0, 0, 0)


def read_position(connection: Connection, gateway: str) -> Position:
    """Where a gateway's spool stands; START if nothing was taken."""
    query = select(spool_position.c.offset, spool_position.c.sequence).where(spool_position.c.spool == gateway)
    row = connection.execute(query).one_or_none()
    if row is None:
        return START
    return Position(row.offset >> _SEGMENT_BITS, row.offset & ((1 << _SEGMENT_BITS) - 1), row.sequence)


def move_position(connection: Connection, gateway: str, before: Position, after: Position) -> None:
    """Move on, in the caller's transaction.

    Raises:
        StoreUnavailable: the spool does not stand at `before` any more: somebody else takes it too. Read it again.
    """
    values = {"offset": _packed(after), "sequence": after.sequence}
    if before == START:
        connection.execute(insert(spool_position).values(spool=gateway, **values))
        return
    moved = update(spool_position).where(
        spool_position.c.spool == gateway,
        spool_position.c.offset == _packed(before),
        spool_position.c.sequence == before.sequence,
    )
    if connection.execute(moved.values(**values)).rowcount != 1:
        raise StoreUnavailable("somebody else takes this spool too")


def forget_position(connection: Connection, gateway: str) -> bool:
    """Remove a gateway's row; whether there was one."""
    return connection.execute(delete(spool_position).where(spool_position.c.spool == gateway)).rowcount == 1


def _packed(position: Position) -> int:
    return position.segment << _SEGMENT_BITS | position.offset
