from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from prodworthy.operations.acts import Act, Applied, ApplyRefused, Target
from prodworthy.operations.errors import UnknownWorkload
from prodworthy.operations.event_log import recorded
from prodworthy.operations.roster.faults import Fault
from prodworthy.operations.roster.manifest import digest
from prodworthy.operations.roster.refusals import standing_refusals
from prodworthy.operations.roster.roster import (
    MOST_CHANGES,
    apply,
    changed_fields,
    history,
    refuse,
    workload,
    workloads,
)
from prodworthy.policy.core.manifest import Kind, Limits, Manifest, Model, Rate
from prodworthy.record.store.database import Store
from prodworthy.record.store.watch import current_revision

FIRST = Manifest(id="help-desk", owner="Ada", models=(Model("acme", "chat-1"),))
SECOND = msgspec.structs.replace(FIRST, kind=Kind.RAG, limits=Limits(rate=Rate(5)), owner="Bo")
FAULTS = (Fault(2, "kind", "Wrong.", "Mend it."),)


def revision_of(store: Store) -> int:
    with store.connect() as connection:
        return current_revision(connection)


def events(store: Store, target: Target) -> list[object]:
    with store.connect() as connection:
        return [entry.event for entry in reversed(recorded(connection, target))]


def test_the_first_apply_is_version_1_with_every_field(store: Store, ada: Act, desk: Target) -> None:
    before = revision_of(store)
    applied = apply(store, FIRST, ada)
    assert applied == Applied(1, digest(FIRST), ("id", "models.0.model", "models.0.vendor", "owner"))
    assert revision_of(store) == before + 1
    found = workload(store, desk)
    assert found.manifest() == FIRST
    assert (found.version, found.applied_at, found.applied_by) == (1, ada.at, ada.actor)
    assert events(store, desk) == [applied]


def test_an_identical_manifest_makes_no_version_no_event_and_no_revision(store: Store, ada: Act, desk: Target) -> None:
    apply(store, FIRST, ada)
    before = revision_of(store)
    assert apply(store, FIRST, ada) == Applied(1, digest(FIRST), ())
    assert revision_of(store) == before
    assert len(events(store, desk)) == 1


def test_a_change_is_a_new_version_that_names_its_fields(store: Store, ada: Act, desk: Target) -> None:
    apply(store, FIRST, ada)
    assert apply(store, SECOND, ada) == Applied(2, digest(SECOND), ("kind", "limits.rate.count", "owner"))
    assert apply(store, FIRST, ada).version == 3
    assert [version.version for version in history(store, desk)] == [3, 2, 1]
    assert [version.version for version in history(store, desk, limit=1)] == [3]
    assert [version.manifest() for version in workloads(store)] == [FIRST]


def test_tenants_have_rosters_of_their_own(store: Store, ada: Act) -> None:
    apply(store, FIRST, ada)
    apply(store, msgspec.structs.replace(FIRST, tenant="other", id="desk"), ada)
    assert [str(version.target) for version in workloads(store)] == ["default/help-desk", "other/desk"]
    assert [str(version.target) for version in workloads(store, "other")] == ["other/desk"]
    for look in (workload, history):
        with pytest.raises(UnknownWorkload, match="Did you mean `help-desk`"):
            look(store, Target("default", "help-disk"))
        with pytest.raises(UnknownWorkload, match="List the roster"):
            look(store, Target("third", "help-desk"))


def test_a_refusal_stands_until_something_is_applied(store: Store, ada: Act, desk: Target) -> None:
    def standing() -> list[tuple[Target, tuple[Fault, ...]]]:
        with store.connect() as connection:
            return [(refusal.target, refusal.faults) for refusal in standing_refusals(connection)]

    apply(store, FIRST, ada)
    assert standing() == []
    refuse(store, desk, FAULTS, ada)
    assert standing() == [(desk, FAULTS)]
    assert workload(store, desk).version == 1
    apply(store, FIRST, ada)  # the same manifest again answers the refusal, without a new version
    assert standing() == []
    assert events(store, desk)[1:] == [ApplyRefused(FAULTS), Applied(1, digest(FIRST))]


def test_refusals_are_found_by_tenant_and_workload(store: Store, ada: Act, desk: Target) -> None:
    refuse(store, desk, FAULTS, ada)
    refuse(store, Target("other", "x"), FAULTS, ada)
    with store.connect() as connection:
        assert len(standing_refusals(connection)) == 2
        assert [refusal.target for refusal in standing_refusals(connection, "other")] == [Target("other", "x")]
        assert standing_refusals(connection, "other", "y") == []


def test_events_are_read_newest_first_and_by_page(store: Store, ada: Act, desk: Target) -> None:
    for _ in range(5):
        refuse(store, desk, FAULTS, ada)
    with store.connect() as connection:
        newest = recorded(connection, desk, limit=2)
        older = recorded(connection, desk, limit=2, before=newest[-1].id)
        assert recorded(connection, Target("other", desk.workload)) == []
    assert [entry.id for entry in (*newest, *older)] == [5, 4, 3, 2]
    assert newest[0].actor == ada.actor


def test_a_failed_transaction_leaves_neither_version_nor_event(store: Store, ada: Act, desk: Target) -> None:
    before = revision_of(store)
    broken = msgspec.structs.replace(FIRST, id="x" * 64, owner="\ud800")
    with pytest.raises(UnicodeEncodeError):
        apply(store, broken, ada)
    assert revision_of(store) == before
    assert workloads(store) == ()


def test_changed_fields_are_dotted_sorted_and_bounded() -> None:
    assert changed_fields('{"a":{"b":[1,2],"c":{}},"d":1}', '{"a":{"b":[1,3],"e":0},"d":1}') == ("a.b.1", "a.c", "a.e")
    assert changed_fields('{"a":1}', '{"a":1}') == ()
    many = msgspec.json.encode({f"f{number}": 1 for number in range(1000)})
    assert len(changed_fields(None, many)) == MOST_CHANGES


def test_applies_at_the_same_time_make_consecutive_versions(store: Store, ada: Act, desk: Target) -> None:
    manifests = [msgspec.structs.replace(FIRST, owner=f"owner {number}") for number in range(12)]
    with ThreadPoolExecutor(4) as people:
        versions = [applied.version for applied in people.map(lambda manifest: apply(store, manifest, ada), manifests)]
    assert sorted(versions) == list(range(1, 13))
    assert len(events(store, desk)) == 12
