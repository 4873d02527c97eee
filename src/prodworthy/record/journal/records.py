"""One exchange as one record: its Received and its Completed folded together, whichever of them there is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, FromClause, Row

from prodworthy.policy.core.events import Completed, Decided, JournalEvent, Received
from prodworthy.policy.core.evidence import TEST
from prodworthy.record.journal.frames import Unknown, decode_event


class Entry(msgspec.Struct, frozen=True):
    """One journal row: the event without its content, its cost in US dollars if known, whether content is kept."""

    gateway: str
    sequence: int
    tenant: str
    workload: str
    exchange: str
    kind: str
    at: int
    cost: float | None
    has_content: bool
    event: JournalEvent | Unknown


class Record(msgspec.Struct, frozen=True):
    """One exchange. Times are Unix nanoseconds, durations microseconds, sizes bytes, cost US dollars.

    `completed_at` is None and `end` "" while no Completed is in the journal: it still runs, or never completed.
    `received_at` is None where the Received was lost (durability `batched`). `content` names the events whose content
    is kept. `traffic` is the class of the key; of tools the numbers that were called, offered, and not declared.
    """

    exchange: str
    tenant: str
    workload: str
    received_at: int | None = None
    completed_at: int | None = None
    release: str = ""
    protocol: str = ""
    operation: str = ""
    model: str = ""
    key: str = ""
    subject: str = ""
    stream: bool = False
    trace: str = ""
    end: str = ""
    status: int = 0
    code: str = ""
    vendor: str = ""
    model_answered: str = ""
    finish: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    latency: int = 0
    first_byte: int = 0
    attempts: int = 0
    salt: bytes = b""
    request_digest: bytes = b""
    request_bytes: int = 0
    answer_digest: bytes = b""
    answer_bytes: int = 0
    decisions: tuple[Decided, ...] = ()
    content: tuple[str, ...] = ()
    traffic: str = TEST
    tools: int = 0
    tools_offered: int = 0
    undeclared: int = 0

    @property
    def completed(self) -> bool:
        """Whether the journal knows how it ended."""
        return self.completed_at is not None

    @property
    def at(self) -> int:
        """When it began, as far as the journal knows."""
        return self.received_at if self.received_at is not None else self.completed_at or 0


def entry_columns(table: FromClause) -> list[ColumnElement[Any]]:
    """What `entry` reads: everything but the content, which may be large."""
    columns = [column for column in table.c if column.name != "content"]
    return [*columns, table.c.content.is_not(None).label("has_content")]


def entry(row: Row[Any]) -> Entry:
    """Read one row of a day table."""
    return Entry(
        row.gateway,
        row.sequence,
        row.tenant,
        row.workload,
        row.exchange,
        row.kind,
        row.at,
        row.cost,
        bool(row.has_content),
        decode_event(bytes(row.body)),
    )


def fold(entries: Iterable[Entry]) -> Record | None:
    """All entries of one exchange as one record; None if there are none."""
    record: Record | None = None
    for one in entries:
        record = record or Record(one.exchange, one.tenant, one.workload)
        if isinstance(one.event, Received):
            record = _received(record, one.event)
        elif isinstance(one.event, Completed):
            record = _completed(record, one.event, one.cost)
        if one.has_content:
            record = msgspec.structs.replace(record, content=(*record.content, one.kind))
    return record


def _received(record: Record, event: Received) -> Record:
    return msgspec.structs.replace(
        record,
        received_at=event.at,
        release=event.release,
        protocol=event.protocol,
        operation=event.operation,
        model=event.model,
        key=event.key,
        subject=event.subject,
        stream=event.stream,
        trace=event.trace,
        salt=event.salt,
        request_digest=event.request_digest,
        request_bytes=event.request_bytes,
        traffic=event.traffic or TEST,
    )


def _completed(record: Record, event: Completed, cost: float | None) -> Record:
    return msgspec.structs.replace(
        record,
        completed_at=event.at,
        end=event.end,
        status=event.status,
        code=event.code,
        vendor=event.vendor,
        model_answered=event.model,
        finish=event.finish,
        tokens_in=event.tokens_in,
        tokens_out=event.tokens_out,
        cost=cost,
        latency=event.latency,
        first_byte=event.first_byte,
        attempts=event.attempts,
        answer_digest=event.answer_digest,
        answer_bytes=event.answer_bytes,
        decisions=event.decisions,
        traffic=event.traffic or TEST,
        tools=event.tools,
        tools_offered=event.tools_offered,
        undeclared=event.undeclared,
    )
