"""A gateway in this process, whole but for the processes around it: real HTTP, real spool, real limits, a policy given
by manifests instead of a database.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from prodworthy.gateway.detectors.equipment import Equipment
from prodworthy.gateway.edge.app import App
from prodworthy.gateway.edge.pages import Pages
from prodworthy.gateway.edge.server import Server
from prodworthy.gateway.limits.lease import Lessee
from prodworthy.gateway.pipeline.current import Current, Policy
from prodworthy.gateway.pipeline.live import Live
from prodworthy.gateway.pipeline.measuring import Measuring
from prodworthy.gateway.pipeline.runtime import Runtime
from prodworthy.gateway.pipeline.served import Served, prepare
from prodworthy.gateway.pipeline.tally import Tally
from prodworthy.gateway.pipeline.trends import Trends
from prodworthy.gateway.pipeline.users import NOBODY, Known
from prodworthy.gateway.providers.connect import transport_for
from prodworthy.gateway.providers.vendor import Vendor
from prodworthy.operations.keys.form import compose, digest_of, draw
from prodworthy.operations.snapshot.compiling import compile_workload
from prodworthy.operations.snapshot.snapshot import Key, Kill
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.events import Completed, JournalEvent, Received
from prodworthy.policy.core.exchange import Operation
from prodworthy.policy.core.stages import UNBOUNDED, Scope
from prodworthy.record.journal.frames import read_frames
from prodworthy.record.journal.spool import Spool
from prodworthy.record.store.vault import Vault

CATALOGUE = discover()
EVERY_SCOPE = frozenset(operation.value for operation in Operation)


class Gateway:
    """What a test holds: the address, a key per workload, and what was recorded."""

    def __init__(self, runtime: Runtime, spool_folder: Path) -> None:
        self.runtime = runtime
        self.url = ""
        self.keys: dict[str, str] = {}
        self._folder = spool_folder
        self._served: dict[tuple[str, str], Served] = {}
        self._key_rows: dict[str, Key] = {}
        self._revision = 0
        self._users: Known = NOBODY

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def declare(self, vendors: Mapping[str, Vendor], equipment: Equipment | None = None, **manifest: Any) -> str:
        """Put a workload in force; the key that opens it. `equipment`: other detectors than the gateway's own."""
        row = {"id": "assistant", "owner": "someone", "models": [{"vendor": "vendor", "model": "gpt-sim"}], **manifest}
        workload = compile_workload(msgspec.json.encode(row).decode(), 1, CATALOGUE)
        self._served[workload.tenant, workload.id] = prepare(workload, vendors, equipment or Equipment())
        name, secret = draw()
        self._key_rows[name] = Key(name, workload.tenant, workload.id, digest_of(secret), EVERY_SCOPE)
        self.keys[workload.id] = compose(name, secret)
        self._take()
        return self.keys[workload.id]

    def replace_key(self, workload: str, **changes: Any) -> None:
        """Change the key of a workload (revoked, expires_at, scopes)."""
        name = self.keys[workload].split("_")[1]
        self._key_rows[name] = msgspec.structs.replace(self._key_rows[name], **changes)
        self._take()

    def key(self, workload: str, traffic: str) -> str:
        """Another key of a workload, for this class of traffic."""
        name, secret = draw()
        self._key_rows[name] = Key(name, "default", workload, digest_of(secret), EVERY_SCOPE, traffic=traffic)
        self._take()
        return compose(name, secret)

    def stand(self, workload: str, stage: str, users: frozenset[str] | None = None, scope: Scope = UNBOUNDED) -> None:
        """Put a workload at a stage; `users` are the end users that are on record, None where nobody counts them."""
        place = ("default", workload)
        served = self._served[place]
        self._served[place] = served.with_switch(msgspec.structs.replace(served.workload, stage=stage, scope=scope))
        self._users = {place: users} if users is not None else {}
        self._take()

    def kill(self, workload: str, reason: str = "a test", tenant: str = "default") -> None:
        self._switch((tenant, workload), Kill(reason, "tester", time.time_ns()))

    def restore(self, workload: str, tenant: str = "default") -> None:
        self._switch((tenant, workload), None)

    def events(self) -> list[JournalEvent]:
        """Everything recorded so far, in order; waits for the spool's writer."""
        found: list[JournalEvent] = []
        for path in sorted(self._folder.iterdir()):
            frames, _ = read_frames(path.read_bytes())
            found.extend(frame.event for frame in frames)  # type: ignore[misc]  # no unknown kinds here
        return found

    async def recorded(self, count: int = 1, deadline: float = 5.0) -> list[tuple[Received, Completed]]:
        """The exchanges that are complete on record, once there are `count` of them."""
        until = time.monotonic() + deadline
        while True:
            events = self.events()
            done = {e.exchange: e for e in events if isinstance(e, Completed)}
            pairs = [(e, done[e.exchange]) for e in events if isinstance(e, Received) and e.exchange in done]
            if len(pairs) >= count or time.monotonic() > until:
                assert len(pairs) >= count, f"{len(pairs)} exchanges on record, {count} expected"
                return pairs
            await asyncio.sleep(0.005)

    def _switch(self, place: tuple[str, str], killed: Kill | None) -> None:
        served = self._served[place]
        workload = msgspec.structs.replace(served.workload, killed=killed)
        self._served[place] = msgspec.structs.replace(served, workload=workload)
        self._take()

    def _take(self) -> None:
        self._revision += 1
        policy = Policy(self._revision, dict(self._served), dict(self._key_rows), users=self._users)
        self.runtime.current.take(policy, time.monotonic() + 3_600)


def vendor_at(url: str, api: str = "openai", name: str = "vendor", key: str = "sk-vendor") -> Vendor:
    """A vendor of the gateway's configuration, for a simulator's address."""
    prefix = "/v1" if api == "openai" else ""
    return Vendor(name, api, prefix, transport_for(url), lambda: key)


async def _tick(live: Live) -> None:
    while True:
        await asyncio.sleep(0.02)
        live.expire(time.monotonic())


@contextlib.asynccontextmanager
async def serving(folder: Path, pages: Pages | None = None) -> AsyncIterator[Gateway]:
    """A gateway on a free port of loopback, until the block ends; with `pages` where a test is about them."""
    live = Live()
    spool = Spool(folder, "test", "0")
    runtime = Runtime(
        Current(live, 3_600),
        live,
        Lessee("/nonexistent", 1, 1),
        spool,
        Vault(bytes(32)),
        Tally(spool.append),
        Measuring(),
        Trends(),
    )
    gateway = Gateway(runtime, folder)
    server, listening = Server(App(runtime, pages).serve, drain=2.0), asyncio.Event()
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    gateway.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    task = asyncio.create_task(server.serve(listener, listening.set))
    ticking = asyncio.create_task(_tick(live))
    await listening.wait()
    try:
        yield gateway
    finally:
        server.leave()
        await task
        ticking.cancel()
        runtime.measuring.close()
        await asyncio.to_thread(spool.close)
