"""Where the tests run drills: an installation of two gateways with a workload of every protocol, and its parts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from prodworthy.assurance.drills.catalogue import discover
from prodworthy.assurance.drills.drill import Drill
from prodworthy.assurance.drills.run import Installation, Run, Terms
from prodworthy.assurance.drills.running import Ran, prepared, run_drill
from prodworthy.interfaces.drilling import installation
from prodworthy.interfaces.settings import Home, load_home
from prodworthy.operations.acts import Target
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags
from tests.e2e.installation import Installed, environment, installed
from tests.simulator import VendorProcess

LONG = "[[sim:say size=20000 chunks=2000 interval=0.005]]"
"""Streams that last for some ten seconds; whole answers come at once."""

FEATURES = [{"name": "age", "datatype": "FP64", "minimum": 0, "maximum": 120}]
WORKLOADS: dict[str, dict[str, Any]] = {
    "assistant": {"models": ["sim/gpt-sim"]},
    "claude": {"models": ["ant/claude-sim"]},
    "scorer": {"models": ["oip/score-sim"]},
    "signed": {"models": ["oip/score-sim"], "controls": {"PSF-1.2": {"settings": {"features": FEATURES}}}},
    "mlscorer": {"models": ["mlf/ml-sim"]},
}


class Place:
    """The installation, and a store of it for this process."""

    def __init__(self, home: Path, running: Installed, store: Store) -> None:
        self.running, self.store = running, store
        self.home: Home = load_home(home)
        self.keys: dict[str, str] = {}

    def installation(self, **other: Any) -> Installation:
        """As drills see it, with other parts where the test says so."""
        found = installation(self.home, self.store, Flags(self.home.kill))
        return msgspec.structs.replace(found, **other)

    def prepare(self, workload: str, where: Installation | None = None, **terms: Any) -> Run:
        """A run that has not begun."""
        return prepared(where or self.installation(), Target("default", workload), "ada@example.org", Terms(**terms))

    def run(self, drill: str | Drill, workload: str, where: Installation | None = None, **terms: Any) -> Ran:
        """Run a drill of the catalogue, or another."""
        found = discover()[drill] if isinstance(drill, str) else drill
        return run_drill(found, self.prepare(workload, where, **terms))


@contextlib.contextmanager
def place(home: Path, vendor: VendorProcess) -> Iterator[Place]:
    """An installation with every workload declared."""
    apis = {"sim": ("openai", f"{vendor.url}/v1"), "ant": ("anthropic", vendor.url)}
    apis |= {"oip": ("open-inference", vendor.url), "mlf": ("mlflow", vendor.url)}
    with installed(home, apis) as running, environment(home), running.store() as store:
        _tell_ports(home, running)
        found = Place(home, running, store)
        for workload, manifest in WORKLOADS.items():
            found.keys[workload] = running.declare(workload, **manifest)
        yield found


def _tell_ports(home: Path, running: Installed) -> None:
    """Write into the settings where it is served: the fixture said so to its processes alone."""
    file = home / "prodworthy.toml"
    ports = f"[control]\nport = {running.served.control}\n[gateway]\nport = {running.served.port}\n"
    file.write_text(file.read_text().replace("[gateway]\n", ports, 1))
