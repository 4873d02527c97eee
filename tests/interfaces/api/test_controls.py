from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from prodworthy.interfaces.api.parts import Parts
from prodworthy.operations.acts import Act
from prodworthy.operations.roster.manifest import parse
from prodworthy.operations.roster.roster import apply
from prodworthy.record.store.tables import workload_version
from tests.interfaces.api.conftest import NOON
from tests.interfaces.conftest import MANIFEST
from tests.interfaces.recorded import SECOND, completed, received, spool_and_drain

REPORT = "/v1/workloads/default/help-desk/controls-report"


@pytest.fixture(autouse=True)
def journal(parts: Parts, home: Path) -> None:
    apply(parts.store, parse(MANIFEST, parts.catalogue), Act("ada", NOON))
    at = NOON - 60 * SECOND
    spool_and_drain(parts.store, home / "spool", parts.vault, received(at), completed(at))


def test_the_report_is_told(client: TestClient) -> None:
    found = client.get(REPORT).json()
    assert (found["exchanges"], found["until"]) == (1, NOON)
    (control,) = (control for control in found["controls"] if control["criterion"] == "PSF-2.1")
    assert (control["standing"], control["outcomes"]["block"]) == ("not asked", 1)
    assert control["examples"][0]["excerpt"] == ""


@pytest.mark.parametrize("days, status", [("1", 200), ("0", 422), ("401", 422), ("x", 422)])
def test_days_have_bounds(client: TestClient, days: str, status: int) -> None:
    assert client.get(REPORT, params={"days": days}).status_code == status


def test_an_unknown_workload_is_not_found(client: TestClient) -> None:
    reply = client.get("/v1/workloads/default/nobody/controls-report")
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "unknown_workload")


def test_a_manifest_of_another_version_is_told(client: TestClient, parts: Parts) -> None:
    with parts.store.begin() as connection:
        connection.execute(update(workload_version).values(manifest='{"id":"help-desk","future":1}'))
    reply = client.get(REPORT)
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "refused")
    assert "is not in force" in reply.json()["error"]["message"]
