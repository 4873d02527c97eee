"""The token on every route, the person on every change, the bound on every body."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from prodworthy.interfaces.api.access import MOST_BYTES, OPEN
from prodworthy.interfaces.api.app import ControlApp
from tests.interfaces.api.conftest import TOKEN
from tests.interfaces.conftest import MANIFEST

VALUES = {"tenant": "default", "workload": "help-desk", "key": "a" * 12, "exchange": "0" * 32}
WRITES = {"PUT", "POST", "DELETE"}
CHANGES_NOTHING = {"/v1/manifests/check"}


def routes(app: ControlApp) -> Iterator[tuple[str, str]]:
    """Every method and address of the document, with values in the places of parameters."""
    for path, methods in app.openapi()["paths"].items():
        for method in methods:
            yield method.upper(), path


def test_the_document_has_every_route(app: ControlApp) -> None:
    workload = "/v1/workloads/{tenant}/{workload}"
    assert set(routes(app)) == {
        ("GET", "/health"),
        ("POST", "/v1/manifests/check"),
        ("PUT", "/v1/workloads"),
        ("GET", "/v1/schema"),
        ("GET", "/v1/roster"),
        ("GET", workload),
        ("GET", f"{workload}/controls-report"),
        ("POST", f"{workload}/kill"),
        ("POST", f"{workload}/restore"),
        ("GET", f"{workload}/keys"),
        ("POST", f"{workload}/keys"),
        ("POST", f"{workload}/keys/{{key}}/rotate"),
        ("DELETE", f"{workload}/keys/{{key}}"),
        ("GET", "/v1/journal"),
        ("GET", "/v1/journal/{exchange}"),
    }


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN}\N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
def test_no_route_opens_without_the_token(app: ControlApp, stranger: TestClient, header: str | None) -> None:
    headers = [] if header is None else [(b"Authorization", header.encode())]
    for method, path in routes(app):
        reply = stranger.request(method, path.format(**VALUES), headers=headers)
        if path in OPEN:
            assert reply.status_code == 200, path
            continue
        assert reply.status_code == 401, path
        assert reply.headers["www-authenticate"] == "Bearer"
        assert reply.json()["error"]["code"] == "unauthorized"


def test_what_is_not_there_is_not_told_without_the_token(stranger: TestClient) -> None:
    assert stranger.get("/v1/nothing").status_code == 401
    assert stranger.get("/health/").status_code == 401
    assert stranger.get("//health").status_code == 401
    assert stranger.get("/openapi.json").json()["info"]["title"] == "Prodworthy control API"


def test_every_change_needs_a_person(app: ControlApp, client: TestClient) -> None:
    asked = 0
    for method, path in routes(app):
        if method not in WRITES or path in CHANGES_NOTHING:
            continue
        for headers in ({}, {"X-Prodworthy-Actor": ""}, {"X-Prodworthy-Actor": "x" * 301}):
            body = MANIFEST if method == "PUT" else '{"reason": "x"}'
            kind = {"Content-Type": "application/yaml" if method == "PUT" else "application/json"}
            reply = client.request(method, path.format(**VALUES), content=body, headers={**headers, **kind})
            assert reply.status_code == 422, path
            assert reply.json()["error"]["code"] == "person_missing", path
            assert "X-Prodworthy-Actor" in reply.json()["error"]["message"]
            asked += 1
    assert asked == 6 * 3
    assert client.get("/v1/roster").json()["declared"] == []


def test_a_body_above_the_bound_is_refused(app: ControlApp, client: TestClient) -> None:
    most = b"#" * MOST_BYTES
    assert client.post("/v1/manifests/check", content=most).json()["error"]["code"] == "manifest_refused"
    for path in ("/v1/manifests/check", "/v1/workloads/default/help-desk/kill"):
        reply = client.post(path, content=most + b"#", headers={"X-Prodworthy-Actor": "ada"})
        assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large"), path


def test_a_body_without_a_length_is_counted(client: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 65_536
            yield b"#" * 65_536

    for path in ("/v1/manifests/check", "/v1/workloads/default/help-desk/kill"):
        reply = client.post(path, content=endless(), headers={"X-Prodworthy-Actor": "ada"})
        assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large"), path


def test_a_length_that_no_number_holds_is_refused(client: TestClient) -> None:
    reply = client.post("/v1/manifests/check", content=b"x", headers={"Content-Length": "9" * 5000})
    assert reply.status_code == 413
