from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import update

from prodworthy.operations.acts import Act
from prodworthy.operations.roster.retention import retentions
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.core.manifest import Manifest, Model, Retention
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import workload_version

DESK = Manifest(id="help-desk", owner="Ada", models=(Model("acme", "chat-1"),))


def test_the_newest_manifest_says_how_long(store: Store, ada: Act) -> None:
    apply(store, msgspec.structs.replace(DESK, retention=Retention(days=30)), ada)
    apply(store, msgspec.structs.replace(DESK, retention=Retention(days=7)), ada)
    apply(store, msgspec.structs.replace(DESK, tenant="other"), ada)
    assert retentions(store) == ({("default", "help-desk"): 7, ("other", "help-desk"): 180}, 180)


def test_without_workloads_only_the_default_is_known(store: Store) -> None:
    assert retentions(store) == ({}, Retention().days)


@pytest.mark.parametrize(
    "retention, days", [('{"days": 3000}', 3000), ('{"days": 1}', 180), ('{"days": "?"}', 180), ("{}", 180)]
)
def test_a_manifest_of_another_version_never_shortens_the_default(
    store: Store, ada: Act, retention: str, days: int
) -> None:
    apply(store, DESK, ada)
    with store.begin() as connection:
        connection.execute(update(workload_version).values(manifest=f'{{"future": 1, "retention": {retention}}}'))
    assert retentions(store)[0] == {("default", "help-desk"): days}
