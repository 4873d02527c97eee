"""Where the tests run drills: an installation of two gateways with a workload of every protocol, and its parts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec

from prodworthy.assurance.drills.catalogue import discover
from prodworthy.assurance.drills.drill import Drill
from prodworthy.assurance.drills.run import Installation, Run, Terms
from prodworthy.assurance.drills.running import Ran, prepared, run_drill
from prodworthy.interfaces.drilling import installation
from prodworthy.interfaces.settings import Home, load_home
from prodworthy.operations.acts import Act, Target
from prodworthy.operations.event_log import recorded
from prodworthy.operations.keys.keys import issue
from prodworthy.operations.roster.manifest import parse
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.controls.catalogue import discover as controls
from prodworthy.policy.core.exchange import Operation
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags
from tests.e2e.installation import Installed, chat, environment, installed, models_of
from tests.interfaces.serving import until
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
    "mlsigned": {"models": ["mlf/ml-sim"], "controls": {"PSF-1.2": {"settings": {"features": FEATURES}}}},
    "busy": {"models": ["sim/gpt-sim"]},
    "spare": {"models": ["sim/gpt-sim"]},
    "lost": {"models": ["gone/some-model"]},
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
        return self.finish(drill, self.prepare(workload, where, **terms))

    def finish(self, drill: str | Drill, run: Run) -> Ran:
        """Run what was prepared."""
        return run_drill(discover()[drill] if isinstance(drill, str) else drill, run)

    def recorded(self, ask: Callable[[], str]) -> str:
        """The exchange that was asked, once the journal knows how it ended."""
        exchange: str = until(ask)
        self.running.record(exchange)
        return exchange

    @property
    def door(self) -> tuple[str, int]:
        """Where clients connect."""
        return "127.0.0.1", self.running.served.port

    def answers(self, workload: str) -> bool:
        """Whether a workload that speaks chat completions is on."""
        with contextlib.closing(self.running.connect()) as connection:
            return chat(connection, self.keys[workload]).status == 200

    def comes_back(self, workload: str) -> bool:
        """Whether it is on, as soon as every gateway has heard of it."""
        return bool(until(lambda: all(self.answers(workload) for _ in range(8))))

    def events(self, workload: str, count: int = 20) -> list[str]:
        """What people and drills did to a workload, by kind, newest first; what the product says itself is left out."""
        with self.store.connect() as connection:
            kinds = [type(one.event).__name__ for one in recorded(connection, Target("default", workload))]
        return [kind for kind in kinds if kind not in ("Declared", "StageChanged", "StageWarned")][:count]


@contextlib.contextmanager
def place(home: Path, vendor: VendorProcess) -> Iterator[Place]:
    """An installation with every workload declared."""
    apis = {"sim": ("openai", f"{vendor.url}/v1"), "ant": ("anthropic", vendor.url)}
    apis |= {"oip": ("open-inference", vendor.url), "mlf": ("mlflow", vendor.url)}
    with installed(home, apis) as running, environment(home), running.store() as store:
        _tell_ports(home, running)
        found = Place(home, running, store)
        _declare(found)
        yield found


def _declare(place: Place) -> None:
    """Put every workload in force, with a key for each, in every gateway."""
    act, catalogue, target = Act("ada@example.org", 1), controls(), partial(Target, "default")
    for workload, manifest in WORKLOADS.items():
        text = json.dumps({"id": workload, "owner": "Ada", **manifest})  # JSON is YAML
        apply(place.store, parse(text, catalogue), act)
        place.keys[workload] = issue(place.store, target(workload), [one.value for one in Operation], act).key
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(contextlib.closing(place.running.connect())) for _ in range(12)]
        for key in place.keys.values():
            until(partial(_known, connections, key))


def _known(connections: list[HTTPConnection], key: str) -> bool:
    return all(models_of(one, key).status == 200 for one in connections)


def _tell_ports(home: Path, running: Installed) -> None:
    """Write into the settings where it is served: the fixture said so to its processes alone."""
    file = home / "prodworthy.toml"
    ports = f"[control]\nport = {running.served.control}\n[gateway]\nport = {running.served.port}\n"
    file.write_text(file.read_text().replace("[gateway]\n", ports, 1))
