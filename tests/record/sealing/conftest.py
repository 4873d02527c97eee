"""A ledger beside a store, and a sealer between them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from prodworthy.policy.core.evidence import Figures, Tally
from prodworthy.record.ledger.keys import Kind, generate_key
from prodworthy.record.sealing.books import Books
from prodworthy.record.sealing.sealer import Sealer
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import evidence_day, journal_segment, operation_event, operation_leaf
from prodworthy.record.store.vault import Vault

NOON = 1_795_435_200_000_000_000
ORIGIN = "ledger.example/1"
LOG_KEY = generate_key(ORIGIN, Kind.ED25519, bytes(range(32)))
STATEMENT_KEY = generate_key("statements.example", Kind.ED25519, bytes(range(1, 33)))


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "ledger", ORIGIN, (LOG_KEY,), (STATEMENT_KEY,))


@pytest.fixture
def sealer(store: Store, vault: Vault, books: Books) -> Sealer:
    return Sealer(store, vault, books, lambda: NOON)


def segment(number: int, workload: str = "desk", day: str = "20261123", traffic: str = "live") -> dict[str, Any]:
    """A row of the table of segments."""
    figures = Figures(
        number,
        number,
        {"answered": number},
        {"desk@1": number},
        controls={"PSF-1.1": Tally({"allow": number}, {}, number)},
        first=NOON + number,
        last=NOON + number,
    )
    return {
        "tenant": "acme",
        "workload": workload,
        "gateway": "gw-1",
        "first": number * 10,
        "last": number * 10 + 5,
        "count": 6,
        "root": bytes([number % 256]) * 32,
        "figures": json.dumps({day: {traffic: figures.plain()}}),
        "taken_at": NOON,
        "leaf": None,
    }


def event(kind: str = "Marked", workload: str = "desk", **body: Any) -> dict[str, Any]:
    """A row of the table of operation events."""
    tenant = "acme" if workload else ""
    text = json.dumps({"type": kind} | body)
    return {"tenant": tenant, "workload": workload, "kind": kind, "at": NOON, "actor": "Ada", "body": text}


def put(store: Store, *rows: dict[str, Any]) -> None:
    """Write rows of segments and of events, each into its table."""
    with store.begin() as connection:
        for row in rows:
            connection.execute(insert(operation_event if "kind" in row else journal_segment).values(row))


def days(store: Store) -> list[tuple[Any, ...]]:
    """What evidence by day holds, apart from where it is sealed."""
    table = evidence_day.c
    query = select(table.tenant, table.workload, table.day, table.figures).order_by(*evidence_day.primary_key)
    with store.connect() as connection:
        return [(*row[:3], json.loads(row[3])) for row in connection.execute(query)]


def leaves(store: Store) -> tuple[list[int | None], list[int]]:
    """The leaves of all segments, and of all events that have a salt, in order of their ids."""
    with store.connect() as connection:
        segments = connection.execute(select(journal_segment.c.leaf).order_by(journal_segment.c.id)).scalars()
        events = connection.execute(select(operation_leaf.c.leaf).order_by(operation_leaf.c.event)).scalars()
        return list(segments), list(events)


Crash = Callable[[], None]
