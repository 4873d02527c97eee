"""One batch of frames on its way into the journal: rows by day, content sealed again under its subject's key, figures,
and the segments that the ledger will seal.

Reading a batch needs no transaction and touches no database; `prepare` does what takes time before the caller's
transaction, and `write` what is left within it.
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
from prodworthy.record.journal.segments import Segments
from prodworthy.record.store.database import Store
from prodworthy.record.store.subjects import SubjectKeys, seal_content
from prodworthy.record.store.tables import journal_segment
from prodworthy.record.store.vault import Vault, place

MOST_REMEMBERED = 20_000
MOST_ASKED = 500  # exchanges that one query looks for
Row = dict[str, Any]


class _Sealable(msgspec.Struct, frozen=True):
    """Content of one row, as it was before it was sealed. `subject` is None while it has to be looked up."""

    row: Row
    day: str
    subject: str | None
    plain: bytes


class Taker:
    """What batches have in common: keys, prices, the days that exist, and whose the running exchanges are."""

    def __init__(self, vault: Vault, prices: Prices) -> None:
        """For one thread."""
        self.vault = vault
        self.prices = prices
        self.keys = SubjectKeys(vault)
        self.days: set[str] = set()
        self._received: OrderedDict[str, tuple[str, str]] = OrderedDict()

    def remember(self, event: Received) -> None:
        """Note whose exchange it is, and which release serves it: its Completed does not say."""
        self._received[event.exchange] = event.subject, event.release
        if len(self._received) > MOST_REMEMBERED:
            self._received.popitem(last=False)

    def subject(self, exchange: str) -> str | None:
        """Whose exchange it is, if that was noted."""
        return self._received[exchange][0] if exchange in self._received else None

    def release(self, exchange: str) -> str | None:
        """Which release serves the exchange, if that was noted."""
        return self._received[exchange][1] if exchange in self._received else None


class Batch:
    """Frames of one gateway."""

    def __init__(self, gateway: str, taker: Taker) -> None:
        """Nothing is read yet."""
        self._gateway = gateway
        self._taker = taker
        self._rows: dict[str, list[Row]] = {}
        self._sealable: list[_Sealable] = []
        self._figures = Figures()
        self._segments = Segments(gateway)
        self._prepared: list[Row] = []
        self._unknown: dict[str, set[str]] = {}
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
            self._taker.remember(event)
            self._figures.received(event)
        elif isinstance(event, Completed):
            if self._taker.release(exchange) is None:
                self._unknown.setdefault(day, set()).add(row["exchange"])
            row["cost"] = self._taker.prices.cost(event)
            self._figures.completed(event, row["cost"])
        elif isinstance(event, Strayed):
            self._figures.strayed(event)
        if isinstance(event, (Received, Completed)) and event.content:
            self._open(event, row, day)
        self._segments.add(row, event)

    def prepare(self, store: Store) -> None:
        """Make the segments: what was received before this process began is looked up. Raises StoreFault."""
        found: dict[str, str] = {}
        if self._unknown:
            with store.connect() as connection:
                for day, exchanges in self._unknown.items():
                    found |= _recorded_releases(connection, day, sorted(exchanges))
        release = self._taker.release
        self._prepared = self._segments.rows(
            time.time_ns(), lambda event: release(event.exchange) or found.get(event.exchange, "")
        )

    def write(self, connection: Connection) -> None:
        """Write everything in the caller's transaction. Raises SQLAlchemy's errors."""
        self._seal(connection)
        if self._prepared:
            connection.execute(journal_segment.insert(), self._prepared)
        for day, rows in self._rows.items():
            if day not in self._taker.days:
                make_day(connection, day)
            connection.execute(day_table(day).insert(), rows)
        self._figures.write(connection)

    def written(self) -> None:
        """Call after the commit: the days of this batch exist now."""
        self._taker.days.update(self._rows)

    def _open(self, event: Received | Completed, row: Row, day: str) -> None:
        """Take the content out of the event: it has a column of its own, and another key."""
        row["body"] = encode_event(msgspec.structs.replace(event, content=b""))
        kind = type(event).__name__
        try:
            plain = self._taker.vault.open_spool(event.content, place(event.tenant, event.exchange, kind))
        except ContentErased:
            self.unreadable += 1
            return
        self._sealable.append(_Sealable(row, day, self._taker.subject(event.exchange), plain))

    def _seal(self, connection: Connection) -> None:
        named = []
        for item in self._sealable:
            tenant, exchange = item.row["tenant"], item.row["exchange"]
            subject = item.subject
            if subject is None:
                subject = _recorded_subject(connection, item.day, exchange)
            named.append((tenant, self._taker.keys.name(tenant, item.row["workload"], subject, item.day)))
        keys = self._taker.keys.gather(connection, named, time.time_ns()) if named else {}
        for item, (tenant, name) in zip(self._sealable, named, strict=True):
            associated = place(tenant, item.row["exchange"], item.row["kind"])
            item.row["content"] = seal_content(keys[tenant, name], name, item.plain, associated)


def _recorded_subject(connection: Connection, day: str, exchange: str) -> str:
    """Whose exchange it is, from its Received in the journal; "" if that was never taken."""
    found = _recorded(connection, day, [exchange])
    return found[0].subject if found else ""


def _recorded_releases(connection: Connection, day: str, exchanges: list[str]) -> dict[str, str]:
    """Which release served each exchange, as far as the journal knows."""
    found: dict[str, str] = {}
    for start in range(0, len(exchanges), MOST_ASKED):
        received = _recorded(connection, day, exchanges[start : start + MOST_ASKED])
        found |= {event.exchange: event.release for event in received}
    return found


def _recorded(connection: Connection, day: str, exchanges: list[str]) -> list[Received]:
    """The Received of these exchanges of one day that the journal has."""
    if not day_exists(connection, day):
        return []
    table = day_table(day)
    query = select(table.c.body).where(table.c.exchange.in_(exchanges), table.c.kind == "Received")
    events = [decode_event(bytes(body)) for body in connection.execute(query).scalars()]
    return [event for event in events if isinstance(event, Received)]
