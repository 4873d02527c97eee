"""Every page: what it shows, that it is whole, and that nothing of what others wrote becomes part of it."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from prodworthy.interfaces.console.app import POLICY
from prodworthy.interfaces.console.grouping import LETTERS_FROM
from prodworthy.interfaces.console.rendering import asset
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.killswitch.switch import kill
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.record.store.database import open_store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.tables import standing, stray
from tests.interfaces.console.conftest import HOSTILE, LONG, NOW, Fleet, fill, shown
from tests.interfaces.console.reading import read

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
    "content-type": "text/html; charset=utf-8",
}


@pytest.fixture
def client(fleet: Fleet) -> TestClient:
    return fleet.client()


def problem(client: TestClient, path: str, status: int, says: str) -> None:
    """A page that says what is wrong, and nothing of how."""
    reply = client.get(path)
    assert reply.status_code == status, path
    assert HEADERS.items() <= dict(reply.headers).items()
    page = read(reply.text)
    assert says in page.words
    assert "Traceback" not in reply.text
    assert "/" in page.links


def test_every_page_that_can_be_reached_is_whole(client: TestClient) -> None:
    """All of them but for the controls of all workloads but one."""
    waiting, seen = ["/"], {"/"}
    while waiting:
        path = waiting.pop()
        reply = client.get(path)
        assert reply.status_code == 200, path
        if path.startswith("/roster/assets/"):
            continue
        assert HEADERS.items() <= dict(reply.headers).items(), path
        for link in (one.partition("#")[0] for one in read(reply.text).links):
            skipped = re.fullmatch(r"/roster/[^/]+/(?!support-assistant)[^/]+/PSF-.*", link)
            if link and link not in seen and not skipped:
                seen.add(link)
                waiting.append(link)
    assert {"/roster/leaf/0", "/roster/default/support-assistant/PSF-8.5", "/roster/assets/console.css"} <= seen
    assert sum(path.startswith("/roster/default/support-assistant/") for path in seen) == 40


def test_the_roster_says_who_what_and_how_far(client: TestClient) -> None:
    words = read(client.get("/").text).words
    assert "10 workloads" in words
    assert "claims-triage llm app · high Ada Okafor on call: claims rota Production" in words
    assert "Q2 not every call is proven to be recorded" in words
    assert "fraud-scorer scorer · critical Ilse de Vries" in words
    assert "12/s ready" in words
    assert "hiring-notes llm app · high Noor Haddad on call: nobody Experiment" in words
    assert f"returns-agent is switched off: refunds {HOSTILE}" in words
    assert "ill llm app · medium" in words
    assert words.index("Production 4") < words.index("Pilot 2") < words.index("Experiment 4")
    assert words.count("not judged yet") == 2


def test_a_workload_has_its_questions_domains_and_forty_controls(client: TestClient) -> None:
    page = read(client.get("/roster/default/support-assistant").text)
    assert "Mara Lindqvist" in page.words
    assert "Are there a named person on call and monitoring in production?" in page.words
    assert "PSF-8 Vendor resilience" in page.words
    controls = [link for link in page.links if link.startswith("/roster/default/support-assistant/PSF-")]
    assert len(set(controls)) == 40
    assert "/roster/leaf/2" in page.links


def test_a_control_shows_its_evidence_down_to_the_leaf(client: TestClient) -> None:
    page = read(client.get("/roster/default/support-assistant/PSF-6.4").text)
    assert "kill-switch, run r1" in page.words
    assert "0.190 s (bound 300.000 s)" in page.words
    assert "Production Safety Framework" in page.words
    assert any(link.startswith("/roster/leaf/") for link in page.links)
    people = read(client.get("/roster/default/support-assistant/PSF-8.1").text).words
    assert "by 1 person" in people


def test_what_others_wrote_stays_text(client: TestClient) -> None:
    for path in ("/", "/roster/default/ill", "/roster/default/returns-agent"):
        text = client.get(path).text
        assert "<script" not in text
        assert "<img src=x" not in text
        assert HOSTILE in read(text).words
    long = client.get(f"/roster/{'t' * 63}/{'a' * 63}")
    assert LONG in read(long.text).words
    assert "It was not judged yet" in long.text


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere", "/roster/", "/roster/default", "/roster/default/nobody", "/roster/nobody/support-assistant",
        "/roster/default/support-assistant/PSF-9.9", "/roster/default/support-assistant/psf-6.4",
        "/roster/default/support-assistant/PSF-6.4/more", "/roster/default/nobody/PSF-6.4",
        "/roster/default/ill/PSF-6.4", "/roster/%3Cscript%3E/x", "/roster/default/%00", "/roster/default/%ff",
        "/roster/default/..%2f..%2fetc%2fpasswd",
        "/roster/assets/..%2fapp.py", "/roster/assets/%2e%2e/app.py", "/roster/assets/nothing.css",
        "/roster/leaf/-1", "/roster/leaf/1000000", "/roster/leaf/" + "9" * 18, "/roster/leaf/" + "9" * 5_000,
        "/roster/leaf/1e3", "/roster/leaf/%D9%A3", "/roster/leaf/0x1", "/roster/leaf/one", "/roster/leaf/ 1",
        "/roster/default/" + "x" * 20_000,
    ],
)  # fmt: skip
def test_what_is_not_there_is_said_to_be_not_there(client: TestClient, path: str) -> None:
    problem(client, path, 404, "Not found")


def test_only_reading_is_answered(client: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, "/").status_code == 405


def test_an_empty_roster_says_how_to_begin(own: Fleet) -> None:
    words = read(own.client().get("/").text).words
    assert "No workload is declared yet" in words
    assert "prodworthy apply workload.yaml" in words


def test_a_large_stage_has_places_to_jump_to(own: Fleet) -> None:
    for number in range(LETTERS_FROM + 1):
        apply(own.store, Manifest(f"c{number}", "ada", (Model("vendor", "model"),)), Act("ada", NOW))
    page = read(own.client().get("/").text)
    assert "#stage-experiment" in page.links
    assert "#stage-experiment-c" in page.links


def test_undeclared_traffic_is_shown(own: Fleet) -> None:
    row = {"tenant": "", "workload": "", "reason": "unknown_key", "fingerprint": "f", "protocol": "openai-chat"}
    with own.store.begin() as connection:
        for number in range(25):
            values = row | {"model": f"<b>{number}", "count": 3, "first_at": NOW, "last_at": NOW - number}
            connection.execute(stray.insert().values(**values))
    words = read(own.client().get("/").text).words
    assert "unknown key \N{EN DASH} <b>0 openai-chat 3 0 s ago" in words
    assert "5 more" in words
    assert "<b>20" not in words


def test_without_the_files_of_the_kill_switch_its_state_is_unknown(own: Fleet, tmp_path: Path) -> None:
    fill(own, 1)
    flags = Flags(tmp_path / "flags")
    (tmp_path / "flags").rmdir()
    words = read(own.client(flags=flags).get("/").text).words
    assert "cannot be read: a workload may be off and not shown as off" in words
    assert "unknown" in words


def test_a_workload_that_is_off_says_so(own: Fleet) -> None:
    fill(own, 1)
    kill(own.store, own.parts.flags, Target("default", "support-assistant"), "smoke", Act("ben", NOW))
    words = read(own.client().get("/roster/default/support-assistant").text).words
    assert "Switched off: smoke. Back on: prodworthy restore support-assistant" in words


def test_without_the_database_a_page_says_that_traffic_goes_on(fleet: Fleet, tmp_path: Path) -> None:
    away = open_store(f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}")
    client = fleet.client(store=away)
    for path in ("/", "/roster/default/support-assistant", "/roster/default/support-assistant/PSF-6.4"):
        problem(client, path, 503, "The database cannot be read at the moment. Traffic goes on")
    away.close()


def test_what_another_version_wrote_spoils_one_row_and_no_page(own: Fleet) -> None:
    fill(own, 2)
    with own.store.begin() as connection:
        here = standing.c.workload == "support-assistant"
        connection.execute(update(standing).where(here).values(summary='{"domains": 7}', report="{"))
    client = own.client()
    assert "its last assessment cannot be read" in read(client.get("/").text).words
    problem(client, "/roster/default/support-assistant", 500, "This page cannot be made")
    assert client.get("/roster/default/claims-triage").status_code == 200


def test_a_bar_has_a_length_for_every_level_and_files_a_type(client: TestClient) -> None:
    style = (asset("console.css") or b"").decode()
    assert dict(re.findall(r"\.b(\d+)\{--w:(\d+)%\}", style)) == {str(level): str(2 * level) for level in range(51)}
    assert "url(" not in style
    assert "@import" not in style
    reply = client.get("/roster/assets/console.css")
    assert (reply.headers["content-type"], reply.headers["x-content-type-options"]) == (
        "text/css; charset=utf-8",
        "nosniff",
    )
    assert client.get("/roster/assets/mark.svg").headers["content-type"] == "image/svg+xml"


def test_through_a_gateway_the_pages_are_the_same(fleet: Fleet, tmp_path: Path) -> None:
    with shown(fleet, tmp_path) as address:
        connection = HTTPConnection(address.removeprefix("http://"), timeout=10)
        for path in ("/", "/roster/default/support-assistant", "/roster/leaf/0", "/roster/assets/console.css"):
            connection.request("GET", path)
            reply = connection.getresponse()
            assert reply.read() == fleet.client().get(path).content
            assert reply.headers["content-security-policy"] == POLICY
            assert reply.headers["cross-origin-resource-policy"] == "same-origin"
        connection.close()
