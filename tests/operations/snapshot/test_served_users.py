from __future__ import annotations

import msgspec
from sqlalchemy import insert

from prodworthy.operations.snapshot.served_users import capped, served_users
from prodworthy.operations.snapshot.snapshot import MOST_USERS, Key, Snapshot, Workload
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.policy.core.stages import Scope
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import user_seen

DESK = ("default", "desk")
MANIFEST = Manifest(id="desk", owner="Ada", models=(Model("acme", "m"),))
PILOT = Workload(*DESK, 1, "desk@1", MANIFEST, {}, {}, True, stage="Pilot")
LIVE = Key("k", *DESK, b"", frozenset(), traffic="live")


def _caps(key: Key = LIVE, **workload: object) -> dict[tuple[str, str], int]:
    changed = msgspec.structs.replace(PILOT, **{"scope": Scope(users=5), **workload})
    return capped(Snapshot(1, {DESK: changed}, {key.id: key}, {}))


def test_only_what_can_have_live_traffic_under_a_cap_is_counted() -> None:
    assert _caps() == {DESK: 5}
    assert _caps(scope=Scope(users=10**9)) == {DESK: MOST_USERS}
    assert _caps(scope=Scope()) == _caps(stage="Production") == {}
    assert _caps(msgspec.structs.replace(LIVE, traffic="test")) == {}
    assert _caps(msgspec.structs.replace(LIVE, revoked=True)) == {}


def test_users_are_read_again_where_their_number_changed_and_never_more_than_the_cap(store: Store) -> None:
    def see(*subjects: str) -> None:
        row = {"tenant": "default", "workload": "desk", "month": "202611"}
        with store.begin() as connection:
            connection.execute(insert(user_seen), [{**row, "subject": subject} for subject in subjects])

    with store.connect() as connection:
        nobody = served_users(connection, {DESK: 3}, {})
    assert nobody == {DESK: frozenset()}
    see("c", "a")
    with store.connect() as connection:
        two = served_users(connection, {DESK: 3}, nobody)
        assert two == {DESK: {"a", "c"}}
        assert served_users(connection, {DESK: 3}, two) is two
        assert served_users(connection, {}, two) == {}
    see("b", "d")
    with store.connect() as connection:
        three = served_users(connection, {DESK: 3}, two)
        assert three == {DESK: {"a", "b", "c"}}
        assert served_users(connection, {DESK: 1}, three) == {DESK: {"a"}}
