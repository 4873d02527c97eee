"""Stores of both kinds with two workloads in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from prodworthy.operations.acts import Act
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.migrate import migrate
from tests.postgres import Cluster, cluster

DESK = Manifest(id="help-desk", owner="Ada", models=(Model("acme", "chat-1"),))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path, ada: Act) -> Iterator[Store]:
    if request.param == "sqlite":
        yield from _prepared(f"sqlite:///{tmp_path / 'store.db'}", ada)
    else:
        with request.getfixturevalue("postgres").database() as url:
            yield from _prepared(url, ada)


def _prepared(url: str, ada: Act) -> Iterator[Store]:
    opened = open_store(url)
    migrate(opened)
    apply(opened, DESK, ada)
    apply(opened, msgspec.structs.replace(DESK, id="scorer"), ada)
    yield opened
    opened.close()
