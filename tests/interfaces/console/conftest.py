"""An installation with a made-up fleet: judged by the real judge, sealed in a real ledger, shown by the real pages."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from bench.fleet import NAMED, settle
from prodworthy.gateway.edge.pages import Doorkeeper, Pages
from prodworthy.interfaces.console.app import Parts, create_console
from prodworthy.interfaces.console.leaves import Leaves
from prodworthy.interfaces.console.opening import opened
from prodworthy.interfaces.control_process import config_of
from prodworthy.interfaces.listening import listen_unix
from prodworthy.interfaces.sealing import seal_now
from prodworthy.interfaces.server import Server
from prodworthy.interfaces.settings import Home, load_home
from prodworthy.interfaces.standards import load_standard
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.killswitch.switch import kill
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.core.manifest import Manifest, Model, OnCall
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.vault import read_or_create_key
from tests.gateway.serving import serving

NOW = 1_795_435_200_000_000_000
HOSTILE = "<script>alert('x')</script>"
LONG = "Maximiliana-Theodora von Hohenwaldeck-Rabenstein zu Lichtenau, Head of Automated Correspondence"


class Fleet(msgspec.Struct, frozen=True):
    """What a test holds: the installation, its store, and the parts that its pages are made from."""

    home: Home
    store: Store
    parts: Parts

    def client(self, **changed: object) -> TestClient:
        """Asks the pages, which are shown what goes wrong as a reader would see it; with other parts where named."""
        parts = msgspec.structs.replace(self.parts, **changed)
        return TestClient(create_console(parts), raise_server_exceptions=False)


def founded(folder: Path) -> Fleet:
    """An installation with nothing in it."""
    folder.mkdir(mode=0o700)
    home = load_home(folder)
    read_or_create_key(home.master_key)
    store = open_store(home.store_url)
    migrate(store)
    parts = Parts(store, Flags(home.kill), load_standard(), Leaves(lambda: opened(home)), lambda: NOW)
    return Fleet(home, store, parts)


def fill(fleet: Fleet, count: int = 8) -> None:
    """Workloads that are judged, one that is off, one that was not judged yet, one that wishes us ill; all sealed."""
    act = Act("ada@example.org", NOW)
    settle(fleet.store, fleet.parts.standard, count, NOW)
    model = (Model("vendor", "model"),)
    ill = Manifest("ill", HOSTILE, model, name='"><img src=x onerror=alert(1)>', on_call=OnCall(HOSTILE, "mailto:a@b"))
    apply(fleet.store, ill, act)
    apply(fleet.store, Manifest("a" * 63, LONG, model, tenant="t" * 63), act)
    off = Target("default", "returns-agent" if count >= len(NAMED) else "ill")
    kill(fleet.store, fleet.parts.flags, off, f"refunds {HOSTILE}", act)
    seal_now(fleet.home, fleet.store)


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One for all tests that only read."""
    found = founded(tmp_path_factory.mktemp("fleet") / "home")
    fill(found)
    yield found
    found.store.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Fleet]:
    """One that a test may break."""
    found = founded(tmp_path / "own")
    yield found
    found.store.close()


@contextlib.contextmanager
def shown(fleet: Fleet, folder: Path) -> Iterator[str]:
    """The address of a gateway that shows the pages of a fleet: both real, with a unix socket between them."""
    address: list[str] = []
    ready, end = threading.Event(), threading.Event()

    async def run() -> None:
        path = str(folder / "console")
        console = Server(config_of(create_console(fleet.parts)))
        making = asyncio.create_task(console.serve(sockets=[listen_unix(path)]))
        async with serving(folder / "spool", Pages(path, Doorkeeper(b"token"))) as gateway:
            address.append(gateway.url)
            ready.set()
            await asyncio.to_thread(end.wait)
            console.leave()
            await making

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield address[0]
    finally:
        end.set()
        thread.join(30)
