"""What a gateway learns of the record while it serves: the end users of workloads that may serve only so many."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import delete, insert

from prodworthy.gateway.detectors.equipment import Equipment
from prodworthy.gateway.following import Follower
from prodworthy.gateway.pipeline.current import Policy
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.keys.keys import issue
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.tables import user_seen
from tests.standing import stand

DESK, PLACE = Target("default", "desk"), ("default", "desk")


def _see(store: Store, *subjects: str) -> None:
    row = {"tenant": "default", "workload": "desk", "month": "202611"}
    with store.begin() as connection:
        connection.execute(insert(user_seen), [{**row, "subject": subject} for subject in subjects])


def test_users_of_a_pilot_are_followed_as_the_record_grows(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(store)
    ada, policies = Act("ada", time.time_ns()), list[Policy]()
    apply(store, Manifest(id="desk", owner="Ada", models=(Model("vendor", "m"),)), ada)
    stand(store, DESK, "Pilot", users=3)
    _see(store, "a", "b")
    follower = Follower(store, Flags(tmp_path / "kill"), discover(), ({}, Equipment()))
    thread = threading.Thread(target=follower.run, args=(lambda policy, _: policies.append(policy),))
    thread.start()

    def reaches(holds: Callable[[Policy], bool]) -> None:
        until = time.monotonic() + 5
        while not (policies and holds(policies[-1])):
            assert time.monotonic() < until, policies[-1:]
            time.sleep(0.005)

    try:
        reaches(lambda policy: PLACE in policy.served)
        assert policies[-1].users == {}, "without a live key nobody has to be counted"
        issue(store, DESK, ["chat"], ada, traffic="live")
        reaches(lambda policy: policy.users == {PLACE: {"a", "b"}})
        before = policies[-1]
        _see(store, "c", "d")
        reaches(lambda policy: policy.users == {PLACE: {"a", "b", "c"}})
        assert policies[-1].served is before.served, "no more than the cap, and nothing else is read again"
        with store.begin() as connection:
            connection.execute(delete(user_seen).where(user_seen.c.subject > "a"))
        reaches(lambda policy: policy.users == {PLACE: {"a"}})
        stand(store, DESK, "Production")
        reaches(lambda policy: policy.users == {} and policy.served[PLACE].workload.stage == "Production")
    finally:
        follower.end()
        thread.join()
        store.close()
