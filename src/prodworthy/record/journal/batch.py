"""One batch of frames on its way into the journal: rows by day, content sealed again under its subject's key, figures.

Reading a batch needs no transaction and touches no database; `write` then does what is left in the caller's.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from prodworthy.policy.core.events import Completed, Received, Strayed
from prodworthy.record.faults import ContentErased
from prodworthy.record.journal.days import day_exists, day_of, day_table, make_day
from prodworthy.record.journal.figures import Figures, bounded, bounded_time
from prodworthy.record.journal.frames import Frame, Unknown, decode_event, encode_event
from prodworthy.record.journal.prices import Prices
from prodworthy.record.journal.users import Seen, UsersSeen
from prodworthy.record.store.subjects import SubjectKeys, seal_content
from prodworthy.record.store.vault import Vault, place

MOST_SUBJECTS = 20_000
Row = dict[str, Any]


class _Sealable(msgspec.Struct, frozen=True):
    """Content of one row, as it was before it was sealed. `subject` is None while it has to be looked up."""

    row: Row
    day: str
    subject: str | None
    plain: bytes


class Taker:
    """What batches have in common: keys, prices, the days and end users on record, whose the running exchanges are."""

    def __init__(self, vault: Vault, prices: Prices) -> None:
        """For one thread."""
        self.vault = vault
        self.prices = prices
        self.keys = SubjectKeys(vault)
        self.days: set[str] = set()
        self.users: set[Seen] = set()
        self._subjects: OrderedDict[str, str] = OrderedDict()

    def remember(self, exchange: str, subject: str) -> None:
        """Note whose exchange it is: its Completed does not say."""
        self._subjects[exchange] = subject
        if len(self._subjects) > MOST_SUBJECTS:
            self._subjects.popitem(last=False)

    def subject(self, exchange: str) -> str | None:
        """Whose exchange it is, if that was noted."""
        return self._subjects.get(exchange)


class Batch:
    """Frames of one gateway."""

    def __init__(self, gateway: str, taker: Taker) -> None:
        """Nothing is read yet."""
        self._gateway = gateway
        self._taker = taker
        self._rows: dict[str, list[Row]] = {}
        self._sealable: list[_Sealable] = []
        self._figures = Figures()
        self._users = UsersSeen(taker.users)
        self.unreadable = 0

    def read(self, frame: Frame) -> None:
        """Add one frame."""
        event = frame.event
        exchange = getattr(event, "exchange", "")
        kind = event.type if isinstance(event, Unknown) else type(event).__name__
        row: Row = {
            "gateway": self._gateway,
            "sequence": frame.sequence,
            "tenant": bounded(event.tenant, 63),
            "workload": bounded(getattr(event, "workload", ""), 63),
            "exchange": bounded(exchange, 40),
            "kind": bounded(kind, 20),
            "at": bounded_time(event.at),
            "cost": None,
            "content": None,
            "body": frame.body,
        }
        day = day_of(exchange, event.at)
        self._rows.setdefault(day, []).append(row)
        if isinstance(event, Received):
            self._figures.received(event)
            self._users.received(event)
        elif isinstance(event, Completed):
            row["cost"] = self._taker.prices.cost(event)
            self._figures.completed(event, row["cost"])
        elif isinstance(event, Strayed):
            self._figures.strayed(event)
        if isinstance(event, (Received, Completed)) and event.content:
            self._open(event, row, day)

    def write(self, connection: Connection) -> None:
        """Write everything in the caller's transaction. Raises SQLAlchemy's errors."""
        self._seal(connection)
        for day, rows in self._rows.items():
            if day not in self._taker.days:
                make_day(connection, day)
            connection.execute(day_table(day).insert(), rows)
        self._figures.write(connection)
        self._users.write(connection)

    def written(self) -> None:
        """Call after the commit: the days of this batch exist now."""
        self._taker.days.update(self._rows)
        self._users.written()

    def _open(self, event: Received | Completed, row: Row, day: str) -> None:
        """Take the content out of the event: it has a column of its own, and another key."""
        row["body"] = encode_event(msgspec.structs.replace(event, content=b""))
        kind = type(event).__name__
        try:
            plain = self._taker.vault.open_spool(event.content, place(event.tenant, event.exchange, kind))
        except ContentErased:
            self.unreadable += 1
            return
        if isinstance(event, Received):
            self._taker.remember(event.exchange, event.subject)
            subject: str | None = event.subject
        else:
            subject = self._taker.subject(event.exchange)
        self._sealable.append(_Sealable(row, day, subject, plain))

    def _seal(self, connection: Connection) -> None:
        named = []
        for item in self._sealable:
            tenant, exchange = item.row["tenant"], item.row["exchange"]
            subject = item.subject if item.subject is not None else _recorded_subject(connection, item.day, exchange)
            named.append((tenant, self._taker.keys.name(tenant, item.row["workload"], subject, item.day)))
        keys = self._taker.keys.gather(connection, named, time.time_ns()) if named else {}
        for item, (tenant, name) in zip(self._sealable, named, strict=True):
            associated = place(tenant, item.row["exchange"], item.row["kind"])
            item.row["content"] = seal_content(keys[tenant, name], name, item.plain, associated)


def _recorded_subject(connection: Connection, day: str, exchange: str) -> str:
    """Whose exchange it is, from its Received in the journal; "" if that was never taken."""
    if not day_exists(connection, day):
        return ""
    table = day_table(day)
    query = select(table.c.body).where(table.c.exchange == exchange, table.c.kind == "Received").limit(1)
    body = connection.execute(query).scalar_one_or_none()
    event = decode_event(bytes(body)) if body is not None else None
    return event.subject if isinstance(event, Received) else ""
