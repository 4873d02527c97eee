"""A store with a workload, and ways to put sealed evidence into it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from prodworthy.interfaces.standards import load_standard
from prodworthy.operations.acts import Act, Event, Target
from prodworthy.operations.event_log import record
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.core.evidence import Figures
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.policy.standard.standard import Standard
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.tables import evidence_day, ledger_chain, ledger_head, operation_event, operation_leaf
from prodworthy.record.store.vault import Vault
from tests.assurance.audit.building import NOW

DESK = Target("default", "desk")


class Sealed:
    """Writes what the sealer would write."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.size = 0
        with store.begin() as connection:
            connection.execute(insert(ledger_head).values(id=1, size=0, root=bytes(32)))

    def event(self, event: Event, at: int = NOW, actor: str = "ana") -> int:
        """An operation event, sealed; its number."""
        with self.store.begin() as connection:
            record(connection, DESK, Act(actor, at), event)
        self.rest()
        with self.store.connect() as connection:
            return int(
                connection.execute(select(operation_event.c.id).order_by(operation_event.c.id.desc())).scalars().first()
                or 0
            )

    def day(self, day: str, figures: Figures, traffic: str = "live") -> None:
        """The figures of a day."""
        text = json.dumps({traffic: figures.plain()})
        values = {"day": day, "figures": text, "first_leaf": self.size, "last_leaf": self.size, "leaves": 1}
        with self.store.begin() as connection:
            connection.execute(insert(evidence_day).values(tenant="default", workload="desk", **values))
        self._grow()

    def rest(self) -> None:
        """Seal every operation event that is not sealed yet."""
        with self.store.connect() as connection:
            done = set(connection.execute(select(operation_leaf.c.event)).scalars())
            events = [one for one in connection.execute(select(operation_event.c.id)).scalars() if one not in done]
        for number in events:
            with self.store.begin() as connection:
                connection.execute(insert(operation_leaf).values(event=number, leaf=self.size, salt=bytes(32)))
            self._grow()

    def _grow(self) -> None:
        values: dict[str, Any] = {"tenant": "default", "workload": "desk", "number": self.size, "leaf": self.size}
        with self.store.begin() as connection:
            connection.execute(ledger_chain.delete())
            connection.execute(insert(ledger_chain).values(**values))
            self.size += 1
            connection.execute(update(ledger_head).values(size=self.size))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(opened)
    apply(opened, Manifest("desk", "ana", (Model("vendor", "model"),)), Act("ana", NOW))
    yield opened
    opened.close()


@pytest.fixture
def sealed(store: Store) -> Sealed:
    return Sealed(store)


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(32))


@pytest.fixture(scope="session")
def standard() -> Standard:
    return load_standard()
