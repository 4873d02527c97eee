from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from prodworthy.interfaces.api.parts import Parts
from tests.interfaces.recorded import MORNING, SECOND, completed, exchange_id, received, spool_and_drain


@pytest.fixture(autouse=True)
def journal(parts: Parts, home: Path) -> None:
    """Two exchanges, of two workloads; the second did not complete."""
    events = received(MORNING), completed(MORNING), received(MORNING + 60 * SECOND, "scorer", 1)
    spool_and_drain(parts.store, home / "spool", parts.vault, *events)


def kinds(client: TestClient, **asked: str | int) -> list[str]:
    reply = client.get("/v1/journal", params=asked)
    assert reply.status_code == 200
    return [event["kind"] for event in reply.json()["events"] if event["exchange"]]


def test_events_are_listed_oldest_first(client: TestClient) -> None:
    assert kinds(client) == ["Received", "Completed", "Received"]
    assert kinds(client, workload="scorer") == ["Received"]
    assert kinds(client, tenant="other") == []
    assert kinds(client, limit=1) == ["Received"]


def test_events_are_read_on_from_the_last_one(client: TestClient) -> None:
    assert kinds(client, after=MORNING, tenant="default") == ["Completed", "Received"]
    assert kinds(client, after=MORNING, limit=1, tenant="default") == ["Completed"]
    assert kinds(client, after=MORNING + 60 * SECOND, tenant="default") == []


@pytest.mark.parametrize("asked", [{"limit": 0}, {"limit": 1001}, {"after": -1}, {"after": 2**63}, {"tenant": "A B"}])
def test_what_cannot_be_asked_is_refused(client: TestClient, asked: dict[str, str | int]) -> None:
    reply = client.get("/v1/journal", params=asked)
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "invalid_request")


def test_one_exchange_is_told_whole(client: TestClient) -> None:
    found = client.get(f"/v1/journal/{exchange_id(MORNING)}").json()
    assert (found["end"], found["model_answered"], found["tokens_in"]) == ("answered", "chat-1-2026", 11)
    assert found["decisions"][1] == {
        "criterion": "PSF-2.1",
        "outcome": "block",
        "mode": "observe",
        "reason": "no JSON",
    }
    running = client.get(f"/v1/journal/{exchange_id(MORNING + 60 * SECOND, 1)}").json()
    assert (running["completed_at"], running["end"]) == (None, "")


@pytest.mark.parametrize("name", ["nothing", "0" * 32, exchange_id(MORNING, 9)])
def test_an_unknown_exchange_is_not_found(client: TestClient, name: str) -> None:
    reply = client.get(f"/v1/journal/{name}")
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "unknown_exchange")


def test_another_tenant_does_not_see_it(client: TestClient) -> None:
    reply = client.get(f"/v1/journal/{exchange_id(MORNING)}", params={"tenant": "other"})
    assert reply.status_code == 404
