"""The control API over a prepared store, and a client that holds its token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from prodworthy.interfaces.api.app import ControlApp, create_app
from prodworthy.interfaces.api.parts import Parts
from prodworthy.policy.controls.catalogue import discover
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.vault import Vault

TOKEN = "t" * 43
NOON = 1_800_000_000_000_000_000
PERSON = {"X-Prodworthy-Actor": "grace@example.org"}


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{home / 'prodworthy.db'}")
    migrate(opened)
    yield opened
    opened.close()


@pytest.fixture
def parts(store: Store, home: Path) -> Parts:
    return Parts(store, Flags(home / "kill"), Vault(b"k" * 32), TOKEN, lambda: NOON, discover())


@pytest.fixture
def app(parts: Parts) -> ControlApp:
    return create_app(parts)


@pytest.fixture
def stranger(app: ControlApp) -> Iterator[TestClient]:
    """A client without a token, which is shown what goes wrong inside as callers would see it."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(app: ControlApp) -> Iterator[TestClient]:
    with TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        yield client
