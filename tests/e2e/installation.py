"""A whole installation for the tests: `prodworthy serve` in processes of its own, and verbs as a person types them."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from prodworthy.interfaces.cli import main
from prodworthy.interfaces.settings import load_home
from prodworthy.record.store.database import Store, open_store
from tests.interfaces.serving import Served, serving, until
from tests.simulator import VendorProcess

SETTLED_S = 15.0
"""How long the journal may take, on a busy machine, to hold what clients have seen."""
ASKED: Any = [{"role": "user", "content": "What is a river?"}]


class Said(NamedTuple):
    """How a verb ended, and what it printed."""

    code: int
    out: str
    err: str


class Reply(NamedTuple):
    """One answer of the gateway."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def exchange(self) -> str:
        """Its id in the journal."""
        return self.headers["x-prodworthy-exchange"]


class Installed:
    """One home folder that is being served."""

    def __init__(self, home: Path, served: Served) -> None:
        self.home, self.served = home, served

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self.served.port}"

    def verb(self, *arguments: str) -> Said:
        """Run `prodworthy ARGUMENTS` in this home."""
        return verb(self.home, *arguments, port=self.served.port)

    def declare(self, workload: str, models: list[str], **manifest: Any) -> str:
        """Apply a manifest and issue a key for it; the key, in force in every gateway."""
        written = self.apply({"id": workload, "owner": "Ada", "models": models, **manifest})
        assert written.code == 0, written.err
        issued = self.verb("key", "issue", workload, "--json")
        assert issued.code == 0, issued.err
        key = str(json.loads(issued.out)["key"])
        connections = [self.connect() for _ in range(12)]
        until(lambda: all(models_of(connection, key).status == 200 for connection in connections))
        for connection in connections:
            connection.close()
        return key

    def apply(self, manifest: dict[str, Any]) -> Said:
        """Apply a manifest, good or bad."""
        file = self.home / "workload.yaml"
        file.write_text(json.dumps(manifest))  # JSON is YAML
        return self.verb("apply", str(file))

    def connect(self) -> http.client.HTTPConnection:
        """A connection of its own, which the kernel gives to one of the gateways."""
        return http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=30)

    def events(self, workload: str, kind: str = "Completed") -> list[dict[str, Any]]:
        """The journal's events of one kind, oldest first."""
        found = self.served.ask(f"/v1/journal?workload={workload}&limit=1000")[1]["events"]
        return [event for event in found if event["kind"] == kind]

    def record(self, exchange: str) -> dict[str, Any]:
        """One exchange, once the journal knows how it ended."""

        def ended() -> dict[str, Any]:
            said = self.verb("journal", "show", exchange, "--json")
            found: dict[str, Any] = json.loads(said.out) if said.code == 0 else {}
            return found if found.get("end") else {}

        found: dict[str, Any] = until(ended, SETTLED_S)
        return found

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        """The database."""
        store = open_store(load_home(self.home).store_url)
        try:
            yield store
        finally:
            store.close()


@contextlib.contextmanager
def installed(
    home: Path, vendors: Mapping[str, tuple[str, str]], processes: int = 2, evidence: float = 10.0, **gateway: Any
) -> Any:
    """Serve a home with these vendors (name: its API and its address); `evidence`: seconds between two seals."""
    home.mkdir(mode=0o700)
    lines = [
        "[evidence]",
        f"seconds = {evidence}",
        "[gateway]",
        *(f"{name} = {value}" for name, value in gateway.items()),
    ]
    for name, (api, url) in vendors.items():
        lines += [f"[vendors.{name}]", f'api = "{api}"', f'url = "{url}"']
    (home / "prodworthy.toml").write_text("\n".join(lines) + "\n")
    with environment(home), serving(home, processes=processes) as served:
        yield Installed(home, served)


@contextlib.contextmanager
def environment(home: Path, port: int | None = None) -> Iterator[None]:
    """This home, and no other setting from outside."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PRODWORTHY_")]:
            patch.delenv(name)
        patch.setenv("PRODWORTHY_HOME", str(home))
        patch.setenv("PRODWORTHY_ACTOR", "ada@example.org")
        if port is not None:
            patch.setenv("PRODWORTHY_PORT", str(port))
        yield


def verb(home: Path, *arguments: str, port: int | None = None) -> Said:
    """Run a verb in this process; `port` is where it finds the gateway."""
    out, err = io.StringIO(), io.StringIO()
    with environment(home, port), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(arguments))
            code: Any = 0
        except SystemExit as ended:
            code = ended.code or 0
    return Said(int(code), out.getvalue(), err.getvalue())


def chat(
    connection: http.client.HTTPConnection, key: str, prompt: str = "hello", model: str = "gpt-sim", user: str = ""
) -> Reply:
    """One chat on this connection."""
    asked: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    body = msgspec.json.encode({**asked, "user": user} if user else asked)
    return _reply(connection, "POST", "/v1/chat/completions", key, body)


def models_of(connection: http.client.HTTPConnection, key: str) -> Reply:
    """The models that a key opens; no vendor is asked."""
    return _reply(connection, "GET", "/v1/models", key, None)


def calls(vendor: VendorProcess) -> int:
    """How many chats have reached the simulated vendor."""
    return int(vendor.counters()["paths"].get("/v1/chat/completions", 0))


def _reply(connection: http.client.HTTPConnection, method: str, path: str, key: str, body: bytes | None) -> Reply:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.will_close:
        connection.close()  # the next request opens it again
    return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(content))
