"""An installation of Prodworthy of its own, in a folder that is deleted afterwards: declared, started, asked, ended."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.processes import command_of, descendants, end, free_port, start, wait_for_port
from prodworthy.interfaces.settings import Home, load_home
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.keys.keys import issue
from prodworthy.operations.roster.manifest import parse
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.controls.catalogue import discover
from prodworthy.record.store.database import open_store
from prodworthy.record.store.migrate import migrate

START_SECONDS = 30.0
PROGRAM = Path(sys.executable).with_name("prodworthy")

MANIFEST = """\
id: {name}
owner: someone
models: [bench/bench-model]
risk_tier: high
durability: {durability}
limits:
  rate: {{count: 1000000, burst: 1000000}}
  rate_per_user: {{count: 1000000, burst: 1000000}}
  tokens_per_minute: 10000000000
  tokens_per_day: 1000000000000
"""
"""A workload with every limit set, none of which is reached; all controls are in force by default."""

LIMITED = """\
id: limited
owner: someone
models: [bench/bench-model]
limits:
  rate: {{count: {count}, burst: {burst}}}
"""


class Installation:
    """One home folder with its keys, and the processes that serve it while `serving`."""

    def __init__(self, folder: Path, upstream: int, processes: int = 1) -> None:
        """Write the settings: `upstream` is the vendor's port, `processes` the number of gateways."""
        self.port, control = free_port(), free_port()
        self.log = folder / "serve.log"
        self.keys: dict[str, str] = {}
        folder.mkdir(mode=0o700, parents=True)
        (folder / "prodworthy.toml").write_text(
            f"[gateway]\nport = {self.port}\nprocesses = {processes}\ndrain = 1.0\n"
            f"[control]\nport = {control}\n"
            f'[vendors.bench]\napi = "openai"\nurl = "http://127.0.0.1:{upstream}/v1"\n',
            encoding="utf-8",
        )
        self.home: Home = load_home(folder)
        self._process: subprocess.Popen[bytes] | None = None

    def declare(self, manifests: Iterable[str]) -> None:
        """Put workloads in force and issue a key for each, by its id."""
        store = open_store(self.home.store_url)
        try:
            migrate(store)
            act = Act("bench", time.time_ns())
            for text in manifests:
                manifest = parse(text, discover())
                apply(store, manifest, act)
                issued = issue(store, Target(manifest.tenant, manifest.id), ["chat"], act)
                self.keys[manifest.id] = issued.key
        finally:
            store.close()

    @contextlib.contextmanager
    def serving(self, core: int | None) -> Iterator[None]:
        """Run `prodworthy serve` on one core (None: on all) until the block ends. Raises NotReady."""
        self._process = start([str(PROGRAM), "serve"], core, {"PRODWORTHY_HOME": str(self.home.folder)}, self.log)
        try:
            wait_for_port(self.port, self._process, START_SECONDS, self.log)
            yield
        finally:
            end(self._process)
            self._process = None

    @property
    def gateways(self) -> list[int]:
        """Process ids of the gateways."""
        return [pid for pid in self._below() if "gateway_process" in command_of(pid)]

    @property
    def others(self) -> list[int]:
        """Process ids of everything else: supervisor, recorder, control API."""
        assert self._process is not None
        gateways = set(self.gateways)
        return [self._process.pid, *(pid for pid in self._below() if pid not in gateways)]

    def spread(self) -> None:
        """Let everything but the gateways run on all cores: what is timed then is the gateway, not its neighbours."""
        for pid in self.others:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), os.sched_getaffinity(0))

    def _below(self) -> list[int]:
        assert self._process is not None
        return descendants(self._process.pid)
