from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, update

from prodworthy.operations.acts import Act, Target
from prodworthy.operations.killswitch.switch import kill
from prodworthy.operations.roster.faults import Fault
from prodworthy.operations.roster.listing import Off, Stray, listing
from prodworthy.operations.roster.roster import apply, refuse
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.tables import rollup, stray, workload_version

DESK = Manifest(id="help-desk", owner="Ada", models=(Model("acme", "chat-1"),))
MINUTE = 60 * 1_000_000_000
FAULTS = (Fault(2, "kind", "Wrong.", "Mend it."),)


@pytest.fixture(autouse=True)
def _applied(store: Store, ada: Act) -> None:
    apply(store, DESK, ada)


def count(store: Store, minute: int, exchanges: int, workload: str = "help-desk") -> None:
    zeros: dict[str, Any] = {column.name: 0 for column in rollup.columns}
    row = {**zeros, "tenant": "default", "workload": workload, "minute": minute, "exchanges": exchanges}
    with store.begin() as connection:
        connection.execute(insert(rollup).values(row))


def test_a_declared_workload_is_listed_with_its_manifest(store: Store, flags: Flags, ada: Act, desk: Target) -> None:
    found = listing(store, flags, ada.at)
    (row,) = found.declared
    assert (row.target, row.version, row.manifest) == (desk, 1, DESK)
    assert (row.applied_at, row.applied_by) == (ada.at, ada.actor)
    assert (row.rate, row.off, row.refused, row.fault) == (0.0, None, None, "")
    assert (found.strays, found.never_applied, found.flags_known) == ((), (), True)


def test_the_rate_is_that_of_the_last_60_seconds(store: Store, flags: Flags, ada: Act) -> None:
    this = ada.at // MINUTE
    for minute, exchanges in ((this, 90), (this - 1, 100), (this - 2, 9999)):
        count(store, minute, exchanges)
    count(store, this, 9999, workload="another")
    a_quarter_past = this * MINUTE + MINUTE // 4
    assert listing(store, flags, a_quarter_past).declared[0].rate == (90 + 100 * 0.75) / 60


def test_what_is_off_says_how_why_and_by_whom(store: Store, flags: Flags, ada: Act, desk: Target) -> None:
    flags.raise_flag(desk.tenant, desk.workload, "smoke")
    assert listing(store, flags, ada.at).declared[0].off == Off("file", "smoke")
    kill(store, flags, desk, "wrong", ada)
    assert listing(store, flags, ada.at).declared[0].off == Off("database", "wrong", ada.actor, ada.at)


def test_the_flag_that_stops_all_is_shown(store: Store, flags: Flags, ada: Act) -> None:
    flags.raise_all("fire drill")
    assert listing(store, flags, ada.at).declared[0].off == Off("file", "fire drill")


def test_unreadable_flags_are_not_taken_for_none(store: Store, flags: Flags, ada: Act, tmp_path: Path) -> None:
    os.rmdir(tmp_path / "flags")
    assert listing(store, flags, ada.at).flags_known is False


def test_a_refused_apply_is_shown_beside_what_is_in_force(store: Store, flags: Flags, ada: Act, desk: Target) -> None:
    refuse(store, desk, FAULTS, ada)
    (row,) = listing(store, flags, ada.at).declared
    assert row.refused is not None
    assert (row.refused.faults, row.refused.actor, row.version) == (FAULTS, ada.actor, 1)


def test_a_first_apply_that_was_refused_is_listed_too(store: Store, flags: Flags, ada: Act) -> None:
    refuse(store, Target("default", "newcomer"), FAULTS, ada)
    (refused,) = listing(store, flags, ada.at).never_applied
    assert refused.target == Target("default", "newcomer")


def test_a_manifest_that_cannot_be_read_is_listed_with_its_fault(store: Store, flags: Flags, ada: Act) -> None:
    with store.begin() as connection:
        connection.execute(update(workload_version).values(manifest='{"id":"help-desk","future":1}'))
    (row,) = listing(store, flags, ada.at).declared
    assert row.manifest is None
    assert "Apply it again" in row.fault


def test_strays_are_listed_newest_first_and_within_their_tenant(store: Store, flags: Flags, ada: Act) -> None:
    first = Stray("default", "help-desk", "unknown_model", "", "gpt", "openai.chat", 3, 10, 20)
    other = Stray("", "", "unknown_key", "f1", "m", "openai.chat", 7, 10, 30)
    with store.begin() as connection:
        connection.execute(insert(stray), [msgspec.structs.asdict(first), msgspec.structs.asdict(other)])
    assert listing(store, flags, ada.at).strays == (other, first)
    assert listing(store, flags, ada.at, "default").strays == (first,)


def test_one_tenant_sees_its_own_only(store: Store, flags: Flags, ada: Act) -> None:
    apply(store, msgspec.structs.replace(DESK, tenant="other"), ada)
    refuse(store, Target("other", "z"), FAULTS, ada)
    assert len(listing(store, flags, ada.at).declared) == 2
    mine = listing(store, flags, ada.at, "default")
    assert [row.target.tenant for row in mine.declared] == ["default"]
    assert mine.never_applied == ()
