"""A webhook on loopback is told what moved, once; nobody else is asked, and nothing it does stops anything."""

from __future__ import annotations

import http.server
import json
import logging
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from prodworthy.assurance.audit.reporting import Report, assess
from prodworthy.interfaces.standards import load_standard
from prodworthy.interfaces.telling import tell
from prodworthy.operations.acts import Act
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.core.manifest import Manifest, Model, OnCall
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.tables import workload_version
from tests.assurance.audit.building import NOW, Building

ACT = Act("ana", NOW)


class Hook(http.server.BaseHTTPRequestHandler):
    """Keeps what it is told; its paths say how it answers."""

    heard: list[tuple[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.heard.append((self.path, body))
        if self.path == "/garbage":
            self.wfile.write(b"?\r\n\r\n")
            return
        self.send_response(int(self.path.rpartition("/")[2]))
        self.send_header("location", "/200")
        self.send_header("content-length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.heard.append((f"GET {self.path}", None))

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def hook() -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    heard: list[tuple[str, Any]] = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), type("Own", (Hook,), {"heard": heard})) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", heard
        server.shutdown()
        thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    migrate(opened)
    yield opened
    opened.close()


def moved(store: Store, workload: str, route: str) -> Report:
    """A workload on the roster whose stage is earned and not in force yet."""
    on_call = OnCall("ana", route) if route else None
    apply(store, Manifest(workload, "ana", (Model("vendor", "model"),), on_call=on_call), ACT)
    built = Building()
    built.declared()
    built.drilled("PSF-6.4")
    found = built.evidence()
    report = assess(type(found)("default", workload, found.days, found.operations, found.size), load_standard(), NOW)
    assert report.standing.movement is not None
    return report


def test_who_is_on_call_is_told_once_what_moved(store: Store, hook: tuple[str, list[tuple[str, Any]]]) -> None:
    url, heard = hook
    report = moved(store, "desk", f"webhook:{url}/200")
    moved(store, "still", f"webhook:{url}/200")
    assert tell(store, [report]) == 1
    [(path, said)] = heard
    assert path == "/200"
    assert said == {
        "workload": "default/desk",
        "kind": "StageChanged",
        "text": "the evidence is there",
        "event": {"before": "experiment", "after": "pilot", "frozen": False, "reasons": ["the evidence is there"]},
    }


def test_where_nothing_moved_nobody_is_asked(store: Store, hook: tuple[str, list[tuple[str, Any]]]) -> None:
    url, heard = hook
    moved(store, "desk", f"webhook:{url}/200")
    built = Building()
    assert tell(store, [assess(built.evidence(), load_standard(), NOW)]) == 0
    assert tell(store, []) == 0
    assert heard == []


def test_mail_and_nobody_are_not_told(store: Store, hook: tuple[str, list[tuple[str, Any]]]) -> None:
    url, heard = hook
    routes = {"a": "mailto:ana@example.org", "b": "", "c": f"webhook:{url}/200"}
    reports = [moved(store, name, route) for name, route in routes.items()]
    with store.begin() as connection:
        unread = update(workload_version).where(workload_version.c.workload == "c").values(manifest='{"id": 1}')
        connection.execute(unread)
    assert tell(store, reports) == 0
    assert heard == []


def test_whoever_does_not_take_it_is_named_and_the_address_is_not(
    store: Store, hook: tuple[str, list[tuple[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    url, heard = hook
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        routes = {
            "away": f"webhook:http://127.0.0.1:{closed.getsockname()[1]}/secret",
            "broken": f"webhook:{url}/500",
            "elsewhere": f"webhook:{url}/secret/302",
            "garbage": f"webhook:{url}/garbage",
            "port": "webhook:http://127.0.0.1:secret/",
            "taken": f"webhook:{url}/204",
        }
        with caplog.at_level(logging.WARNING, "prodworthy.evidence"):
            assert tell(store, [moved(store, name, route) for name, route in routes.items()]) == 1
    said = {record.getMessage() for record in caplog.records}
    assert said == {
        f"default/{name}: nobody could be told: {why}"
        for name, why in {
            "away": "URLError",
            "broken": "status 500",
            "elsewhere": "status 302",
            "garbage": "BadStatusLine",
            "port": "InvalidURL",
        }.items()
    }
    assert sorted(path for path, _ in heard) == ["/204", "/500", "/garbage", "/secret/302"]


def test_whoever_is_silent_is_not_waited_for(
    store: Store, hook: tuple[str, list[tuple[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    url, _ = hook
    with socket.create_server(("127.0.0.1", 0)) as silent:
        routes = {
            "silent": f"webhook:http://127.0.0.1:{silent.getsockname()[1]}/",
            "taken": f"webhook:{url}/200",
        }
        reports = [moved(store, name, route) for name, route in routes.items()]
        with caplog.at_level(logging.WARNING, "prodworthy.evidence"):
            assert tell(store, reports, 0.5) == 1
    assert [record.getMessage() for record in caplog.records] == [
        "default/silent: nobody could be told: it takes too long"
    ]
