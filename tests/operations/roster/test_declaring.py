from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from prodworthy.operations.acts import Act, Declared, Event, Installed, Target
from prodworthy.operations.event_log import recorded_of
from prodworthy.operations.roster.declaring import INSTALLATION, Declaring, install
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.controls.contract import Control
from prodworthy.policy.core.manifest import Manifest
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import workload_version
from tests.operations.conftest import NOON

DESK = Target("default", "desk")
MINIMAL: dict[str, Any] = {"id": "desk", "owner": "Ada", "models": [{"vendor": "acme", "model": "chat-1"}]}
WHOLE = MINIMAL | {
    "technical_owner": "Bob",
    "on_call": {"who": "Carol", "route": "mailto:carol@example.org"},
    "users": {"real": True, "maximum": 50},
    "data": {"classes": ["tickets"], "personal": True, "legal_basis": "contract", "residency": ["EU"]},
    "tools": [{"name": "search", "description": "by Dora"}],
    "limits": {"rate": {"count": 5, "seconds": 0.5}, "tokens_per_day": 1000},
    "stage_claimed": "live",
    "profile": "default",
    "risk_tier": "high",
}


@pytest.fixture(scope="module")
def controls() -> Mapping[str, Control]:
    return discover()


def put(store: Store, manifest: dict[str, Any]) -> None:
    apply(store, msgspec.convert(manifest, Manifest), Act("Ada", NOON))


def of(store: Store, target: Target, kind: type[Event]) -> list[Any]:
    with store.connect() as connection:
        return [one.event for one in recorded_of(connection, target, kind, 10)]


def test_every_newest_version_is_declared_once(store: Store, controls: Mapping[str, Control]) -> None:
    declaring = Declaring(store, controls, 7)
    put(store, MINIMAL)
    assert declaring.declare(NOON) == 1
    assert declaring.declare(NOON) == 0
    put(store, WHOLE)
    assert declaring.declare(NOON) == 1
    assert Declaring(store, controls, 7).declare(NOON) == 0
    found = of(store, DESK, Declared)
    assert [one.version for one in found] == [2, 1]


def test_claims_that_changed_without_a_new_version_are_declared_again(
    store: Store, controls: Mapping[str, Control]
) -> None:
    put(store, MINIMAL)
    Declaring(store, controls, 7).declare(NOON)
    fewer = {name: control for name, control in controls.items() if name != "PSF-1.2"}
    assert Declaring(store, fewer, 7).declare(NOON) == 1
    assert Declaring(store, fewer, 3).declare(NOON) == 1
    newest, *_, first = of(store, DESK, Declared)
    assert (newest.version, newest.claims["grace_days"]) == (1, 3)
    assert first.claims["controls"].keys() - newest.claims["controls"].keys() == {"PSF-1.2"}


def test_claims_say_what_a_judge_needs_and_name_nobody(store: Store, controls: Mapping[str, Control]) -> None:
    put(store, WHOLE)
    Declaring(store, controls, 7).declare(NOON)
    [declared] = of(store, DESK, Declared)
    said = declared.claims
    assert {name: said[name] for name in ("owner", "technical_owner", "on_call", "users", "data", "tools")} == {
        "owner": True,
        "technical_owner": True,
        "on_call": True,
        "users": {"real": True, "maximum": 50},
        "data": {"classes": ["tickets"], "personal": True, "legal_basis": True, "residency": ["EU"]},
        "tools": ["search"],
    }
    assert said["limits"] == {
        "rate": [5, 500],
        "rate_per_user": None,
        "tokens_per_minute": None,
        "tokens_per_day": 1000,
    }
    assert said["models"] == [["acme", "chat-1", ""]]
    assert (said["kind"], said["tier"], said["profile"], said["durability"]) == (
        "llm_app",
        "high",
        "default",
        "batched",
    )
    assert said["controls"]["PSF-6.4"][0] == "enforce"
    assert said["controls"]["PSF-1.1"][0] == "observe"
    assert {len(digest) for _, digest in said["controls"].values()} == {64}
    text = canonical_json(said).decode()
    assert not [name for name in ("Ada", "Bob", "Carol", "Dora") if name in text]


def test_a_manifest_that_does_not_compile_is_not_declared(
    store: Store, controls: Mapping[str, Control], caplog: pytest.LogCaptureFixture
) -> None:
    put(store, MINIMAL)
    text = json.dumps(MINIMAL | {"tenant": "default", "controls": {"X-1": {}}})
    with store.begin() as connection:
        connection.execute(update(workload_version).values(manifest=text))
    declaring = Declaring(store, controls, 7)
    assert [declaring.declare(NOON), declaring.declare(NOON)] == [0, 0]
    assert caplog.text.count("is not declared") == 1


def test_what_is_installed_is_recorded_when_it_changes(store: Store) -> None:
    first, second = Installed("1", {"PSF-1.1": "ab"}), Installed("1", {"PSF-1.1": "cd"})
    assert [install(store, one, NOON) for one in (first, first, second, first)] == [True, False, True, True]
    assert of(store, INSTALLATION, Installed) == [first, second, first]
