"""Journal days: which day an event belongs to, and that day's table, made when its first event arrives.

An exchange belongs wholly to the day (UTC) on which it began, which its id tells; any other event to its own day.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, MetaData, Table, delete, select, text

from prodworthy.record.store.tables import journal_day, journal_day_table
from prodworthy.record.store.upsert import insert_or_ignore

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
# PostgreSQL: days are made and dropped one at a time; any constant that nobody else uses will do
DAYS_LOCK = 0x6A6F75726E
_EXCHANGE = re.compile(r"^[0-9a-f]{12}")
# an id whose time lies outside was not made by a gateway: 2000-01-01 to 2200-01-01
_EARLIEST = 946_684_800_000
_LATEST = 7_258_118_400_000


def day_of(exchange: str, at: int) -> str:
    """The day (`YYYYMMDD`, UTC) of an exchange's start, or of the time `at` (ns) for an event that has no exchange."""
    if exchange and _EXCHANGE.match(exchange):
        milliseconds = int(exchange[:12], 16)
        if _EARLIEST <= milliseconds < _LATEST:
            return _day(milliseconds // 86_400_000)
    return _day(min(max(at // 1_000_000, _EARLIEST), _LATEST - 1) // 86_400_000)


@functools.lru_cache(maxsize=1024)
def _day(number: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=number)).strftime("%Y%m%d")


def day_start(day: str) -> int:
    """The first nanosecond of a day. Raises ValueError for what is no day."""
    return int(datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).timestamp()) * SECOND


@functools.lru_cache(maxsize=512)
def day_table(day: str) -> Table:
    """The table of a day, whether it exists or not."""
    return journal_day_table(day, MetaData())


def existing_days(connection: Connection) -> list[str]:
    """The days that the journal has, oldest first."""
    return list(connection.execute(select(journal_day.c.day).order_by(journal_day.c.day)).scalars())


def day_exists(connection: Connection, day: str) -> bool:
    """Whether the journal has this day."""
    return connection.execute(select(journal_day.c.day).where(journal_day.c.day == day)).first() is not None


def make_day(connection: Connection, day: str) -> None:
    """Make a day's table in the caller's transaction, unless it exists."""
    _lock(connection)
    day_table(day).create(connection, checkfirst=True)
    insert_or_ignore(connection, journal_day, [{"day": day}])


def drop_day(connection: Connection, day: str) -> None:
    """Drop a day with everything in it, in the caller's transaction."""
    _lock(connection)
    connection.execute(delete(journal_day).where(journal_day.c.day == day))
    day_table(day).drop(connection, checkfirst=True)


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": DAYS_LOCK})
