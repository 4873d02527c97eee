"""Every route: what it does, what it refuses, and that it tells nobody a secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from prodworthy.interfaces.api.app import ControlApp
from prodworthy.interfaces.api.parts import Parts
from prodworthy.operations.acts import Target
from prodworthy.operations.snapshot.loading import load
from tests.interfaces.api.conftest import NOON, PERSON, TOKEN
from tests.interfaces.conftest import BAD_MANIFEST, MANIFEST
from tests.standing import stand

DESK = "/v1/workloads/default/help-desk"
KEY = re.compile(r"pw_([a-z2-7]{12})_[A-Za-z0-9_-]{43}")


@pytest.fixture
def applied(client: TestClient) -> None:
    assert client.put("/v1/workloads", content=MANIFEST, headers=PERSON).status_code == 200


def issue(client: TestClient, **terms: Any) -> dict[str, Any]:
    reply = client.post(f"{DESK}/keys", json=terms, headers=PERSON)
    assert reply.status_code == 201
    issued: dict[str, Any] = reply.json()
    return issued


def refused(reply: Any, status: int, code: str) -> dict[str, Any]:
    """The error of an answer, which has this status and code and the one shape."""
    assert reply.status_code == status, reply.text
    assert set(reply.json()) == {"error"}
    error: dict[str, Any] = reply.json()["error"]
    assert error["code"] == code
    assert error["message"]
    return error


def test_health_says_whether_the_store_is_reached(stranger: TestClient, parts: Parts, home: Path) -> None:
    assert stranger.get("/health").json() == {"status": "ok", "version": "0.1.0", "store": "ok"}
    lose(home, parts)
    assert stranger.get("/health").json()["store"] == "away"


def test_a_good_manifest_is_checked_and_not_applied(client: TestClient) -> None:
    reply = client.post("/v1/manifests/check", content=MANIFEST)
    assert reply.status_code == 200
    assert (reply.json()["tenant"], reply.json()["workload"]) == ("default", "help-desk")
    assert any(warning["field"] == "on_call" for warning in reply.json()["warnings"])
    assert client.get("/v1/roster").json()["declared"] == []


def test_a_bad_manifest_is_answered_with_lines_fields_and_remedies(client: TestClient) -> None:
    error = refused(client.post("/v1/manifests/check", content=BAD_MANIFEST), 422, "manifest_refused")
    places = [(fault["line"], fault["field"]) for fault in error["faults"]]
    assert places == [(3, "kind"), (5, "colour")]
    assert "agent" in error["faults"][0]["remedy"]
    assert client.get("/v1/roster").json()["never_applied"] == []


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"id: \x00", b"[" * 100_000, b"- a"])
def test_what_is_no_manifest_is_refused(client: TestClient, body: bytes) -> None:
    refused(client.post("/v1/manifests/check", content=body), 422, "manifest_refused")


def test_a_manifest_is_applied_once(client: TestClient) -> None:
    first = client.put("/v1/workloads", content=MANIFEST, headers=PERSON)
    assert first.status_code == 200
    assert first.json()["applied"]["version"] == 1
    again = client.put("/v1/workloads", content=MANIFEST, headers=PERSON).json()
    assert (again["applied"]["version"], again["applied"]["changed"]) == (1, [])
    (row,) = client.get("/v1/roster").json()["declared"]
    assert (row["applied_by"], row["applied_at"], row["manifest"]["owner"]) == ("grace@example.org", NOON, "Ada")


def test_a_refused_apply_stands_on_the_roster(client: TestClient) -> None:
    error = refused(client.put("/v1/workloads", content=BAD_MANIFEST, headers=PERSON), 422, "manifest_refused")
    (row,) = client.get("/v1/roster").json()["never_applied"]
    assert (row["actor"], row["faults"]) == ("grace@example.org", error["faults"])


def test_a_person_may_have_any_name(client: TestClient) -> None:
    name = "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS} \N{GREEK SMALL LETTER ALPHA}"
    client.put("/v1/workloads", content=MANIFEST, headers=[(b"X-Prodworthy-Actor", name.encode())])
    assert client.get("/v1/roster").json()["declared"][0]["applied_by"] == name


@pytest.mark.usefixtures("applied")
def test_the_roster_shows_one_tenant_or_all(client: TestClient) -> None:
    client.put("/v1/workloads", content=MANIFEST + "tenant: other\n", headers=PERSON)
    assert len(client.get("/v1/roster").json()["declared"]) == 2
    (row,) = client.get("/v1/roster", params={"tenant": "other"}).json()["declared"]
    assert row["target"] == {"tenant": "other", "workload": "help-desk"}


def test_a_misspelt_filter_is_refused(client: TestClient) -> None:
    error = refused(client.get("/v1/roster", params={"tennant": "other"}), 422, "invalid_request")
    assert [fault["field"] for fault in error["faults"]] == ["query.tennant"]


@pytest.mark.usefixtures("applied")
def test_a_workload_is_shown_with_keys_figures_and_changes(client: TestClient) -> None:
    issued = issue(client)
    client.post(f"{DESK}/kill", json={"reason": "wrong answers"}, headers=PERSON)
    shown = client.get(DESK).json()
    assert shown["workload"]["off"]["reason"] == "wrong answers"
    assert [key["id"] for key in shown["keys"]] == [issued["id"]]
    assert [change["event"]["type"] for change in shown["changes"]] == ["Killed", "KeyIssued", "Applied"]
    assert shown["figures"]["exchanges"] == 0


@pytest.mark.usefixtures("applied")
def test_an_unknown_workload_is_answered_with_the_nearest_name(client: TestClient) -> None:
    error = refused(client.get("/v1/workloads/default/helpdesk"), 404, "unknown_workload")
    assert "`help-desk`" in error["message"]
    refused(client.get("/v1/workloads/other/help-desk"), 404, "unknown_workload")
    for verb in ("kill", "restore"):
        reply = client.post(f"/v1/workloads/default/helpdesk/{verb}", json={"reason": "x"}, headers=PERSON)
        refused(reply, 404, "unknown_workload")
    refused(client.get("/v1/workloads/default/helpdesk/keys"), 404, "unknown_workload")
    refused(client.post("/v1/workloads/default/helpdesk/keys", json={}, headers=PERSON), 404, "unknown_workload")


@pytest.mark.usefixtures("applied")
def test_a_workload_goes_off_and_on(client: TestClient) -> None:
    killed = client.post(f"{DESK}/kill", json={"reason": "wrong answers"}, headers=PERSON).json()
    assert killed == {
        "target": {"tenant": "default", "workload": "help-desk"},
        "killed": {"type": "Killed", "how": "database", "reason": "wrong answers", "already": False},
    }
    assert client.post(f"{DESK}/kill", json={"reason": "again"}, headers=PERSON).json()["killed"]["already"] is True
    restored = client.post(f"{DESK}/restore", json={"reason": "mended"}, headers=PERSON).json()
    assert restored["restored"]["cleared"] == ["database"]
    assert client.get(DESK).json()["workload"]["off"] is None


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 301}, {"reason": "x", "a": 1}])
def test_a_kill_needs_a_reason(client: TestClient, body: dict[str, Any]) -> None:
    error = refused(client.post(f"{DESK}/kill", json=body, headers=PERSON), 422, "invalid_request")
    assert error["faults"][0]["field"].startswith("body.")
    assert client.get(DESK).json()["workload"]["off"] is None


def test_a_kill_works_when_the_store_is_away(client: TestClient, parts: Parts, home: Path) -> None:
    lose(home, parts)
    reply = client.post(f"{DESK}/kill", json={"reason": "wrong"}, headers=PERSON)
    assert reply.status_code == 200
    assert reply.json()["killed"]["how"] == "file"
    assert "default.help-desk" in parts.flags.read()
    refused(client.post(f"{DESK}/restore", json={"reason": "x"}, headers=PERSON), 503, "restore_incomplete")
    refused(client.get("/v1/roster"), 503, "store_unavailable")
    refused(client.get("/v1/journal"), 503, "store_unavailable")
    refused(client.put("/v1/workloads", content=MANIFEST, headers=PERSON), 503, "store_unavailable")


def test_a_kill_that_can_be_written_nowhere_says_so(client: TestClient, parts: Parts, home: Path) -> None:
    lose(home, parts)
    (home / "kill").rmdir()
    reply = client.post(f"{DESK}/kill", json={"reason": "wrong"}, headers=PERSON)
    assert "NOT off" in refused(reply, 503, "kill_failed")["message"]


@pytest.mark.usefixtures("applied")
def test_a_flag_that_stops_all_keeps_a_restore_from_being_whole(client: TestClient, parts: Parts) -> None:
    parts.flags.raise_all("drill")
    reply = client.post(f"{DESK}/restore", json={"reason": "x"}, headers=PERSON)
    refused(reply, 409, "restore_incomplete")


@pytest.mark.usefixtures("applied")
def test_a_key_is_shown_in_the_answer_that_makes_it_and_nowhere_else(client: TestClient, parts: Parts) -> None:
    issued = issue(client, scopes=["chat"], days=1)
    assert KEY.fullmatch(issued["key"])
    assert (issued["scopes"], issued["expires_at"]) == (["chat"], NOON + 86_400_000_000_000)
    rotated = client.post(f"{DESK}/keys/{issued['id']}/rotate", json={"overlap": 60}, headers=PERSON)
    assert rotated.status_code == 201
    assert rotated.headers["cache-control"] == "no-store"
    secrets = [key.rpartition("_")[2] for key in (issued["key"], rotated.json()["key"])]
    for path in ("/v1/roster", DESK, f"{DESK}/keys", "/v1/journal", "/v1/schema", "/openapi.json", "/health"):
        text = client.get(path).text
        assert not any(secret in text for secret in secrets), path
        assert TOKEN not in text, path
    with parts.store.connect() as connection:
        snapshot = load(connection, parts.catalogue, None, NOON)
    assert set(snapshot.keys) == {issued["id"], rotated.json()["id"]}
    assert snapshot.keys[issued["id"]].expires_at == NOON + 60_000_000_000


@pytest.mark.usefixtures("applied")
def test_a_key_without_terms_opens_everything_until_it_is_revoked(client: TestClient) -> None:
    issued = issue(client)
    assert issued["scopes"] == ["chat", "embed", "predict", "read", "respond"]
    assert issued["expires_at"] is None
    assert client.delete(f"{DESK}/keys/{issued['id']}", headers=PERSON).json() == {"revoked": issued["id"]}
    (key,) = client.get(f"{DESK}/keys").json()["keys"]
    assert key["revoked_at"] == NOON
    refused(client.post(f"{DESK}/keys/{issued['id']}/rotate", json={}, headers=PERSON), 409, "key_not_in_force")


@pytest.mark.usefixtures("applied")
def test_an_unknown_key_is_neither_rotated_nor_revoked(client: TestClient) -> None:
    refused(client.post(f"{DESK}/keys/{'a' * 12}/rotate", json={}, headers=PERSON), 404, "unknown_key")
    refused(client.delete(f"{DESK}/keys/{'a' * 12}", headers=PERSON), 404, "unknown_key")


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("terms", [{"scopes": []}, {"scopes": ["fly"]}, {"days": 0}, {"days": 1e9}, {"x": 1}])
def test_terms_that_cannot_be_granted_are_refused(client: TestClient, terms: dict[str, Any]) -> None:
    refused(client.post(f"{DESK}/keys", json=terms, headers=PERSON), 422, "invalid_request")
    assert client.get(f"{DESK}/keys").json() == {"keys": []}


def test_the_schema_is_that_of_manifests(client: TestClient) -> None:
    reply = client.get("/v1/schema")
    assert reply.headers["content-type"] == "application/schema+json"
    assert reply.json()["title"] == "Prodworthy workload manifest"
    assert "PSF-1.2" in str(reply.json()["properties"] if "properties" in reply.json() else reply.json()["$defs"])


def test_what_is_not_there_has_the_same_shape(client: TestClient) -> None:
    refused(client.get("/v2/roster"), 404, "not_found")
    reply = client.post("/v1/roster")
    refused(reply, 405, "method_not_allowed")
    assert reply.headers["allow"] == "GET"
    refused(client.get("/docs"), 404, "not_found")


def test_a_fault_of_ours_tells_nothing_of_it(stranger: TestClient, app: ControlApp) -> None:
    def broken() -> None:
        raise ValueError("a secret")

    app.add_api_route("/v1/broken", broken)
    reply = stranger.get("/v1/broken", headers={"Authorization": f"Bearer {TOKEN}"})
    refused(reply, 500, "internal_error")
    assert "a secret" not in reply.text


def lose(home: Path, parts: Parts) -> None:
    """Take the database away: its file becomes a folder."""
    parts.store.close()
    for file in home.glob("prodworthy.db*"):
        file.unlink()
    (home / "prodworthy.db").mkdir()


def test_targets_are_told_apart_by_tenant(client: TestClient) -> None:
    assert str(Target("a", "b")) == "a/b"
    refused(client.get("/v1/workloads/UPPER/help-desk"), 422, "invalid_request")


@pytest.mark.usefixtures("applied")
def test_a_live_key_says_what_it_opens(client: TestClient, parts: Parts) -> None:
    issued = issue(client, traffic="live")
    assert (issued["traffic"], "opens nothing until" in issued["note"]) == ("live", True)
    assert issue(client)["traffic"] == "test"
    assert {key["traffic"] for key in client.get(f"{DESK}/keys").json()["keys"]} == {"live", "test"}
    refused(client.post(f"{DESK}/keys", json={"traffic": "drill"}, headers=PERSON), 422, "invalid_request")


def test_a_frozen_workload_is_not_widened(client: TestClient, parts: Parts) -> None:
    capped = MANIFEST + "users: {maximum: 5}\n"
    client.put("/v1/workloads", content=capped, headers=PERSON)
    gap = {"criterion": "PSF-3.1", "text": "Nothing is redacted.", "next": "Enforce it."}
    stand(parts.store, Target("default", "help-desk"), "Pilot", True, users=5, held_by="PSF-3.1", freeze=[gap])
    reply = client.put("/v1/workloads", content=capped.replace("5", "6"), headers=PERSON)
    (fault,) = refused(reply, 422, "manifest_refused")["faults"]
    assert (fault["line"], fault["field"]) == (4, "users.maximum")
    assert "PSF-3.1: Nothing is redacted (Enforce it)" in fault["remedy"]
    (row,) = client.get("/v1/roster").json()["declared"]
    standing = row["standing"]
    assert (row["version"], row["refused"]["faults"]) == (1, [fault])
    assert (standing["stage"], standing["frozen"], standing["held_by"]) == ("Pilot", True, "PSF-3.1")
    assert client.get(DESK).json()["workload"]["standing"] == standing
