"""One run of a drill: where, on which terms, with which key, and what has to be undone whatever happens."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from prodworthy.assurance.drills.door import Door
from prodworthy.operations.acts import Act, Target
from prodworthy.policy.core.manifest import Manifest
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags

Files = Callable[[], Iterator[tuple[str, Iterable[bytes]]]]
"""Every file that the installation writes: where it is, and what is in it, in pieces. Reading may raise OSError."""

SPOOL = "spool/"
"""How the places of spool files begin."""


class Page(msgspec.Struct, frozen=True):
    """Something that a process of the installation shows to anybody who asks."""

    host: str
    port: int
    path: str

    def __str__(self) -> str:
        """Its address."""
        return f"http://{self.host}:{self.port}{self.path}"


class Installation(msgspec.Struct, frozen=True):
    """Where drills run: the store, the kill flags, the front door (host, port), and where else data could lie.

    `apis`: what each configured vendor speaks, by its name.
    """

    store: Store
    flags: Flags
    door: tuple[str, int]
    apis: Mapping[str, str]
    files: Files
    pages: tuple[Page, ...] = ()


class Terms(msgspec.Struct, frozen=True):
    """What may be chosen for a run: `bound` in seconds (0: the drill's own), requests per second, streams held open.

    `stop_live_traffic`: real users may notice. `protocol`: how the journal names it, "" for what the workload's last
    exchange spoke.
    """

    bound: Annotated[float, Meta(ge=0, le=86_400)] = 0.0
    rate: Annotated[int, Meta(ge=1, le=100)] = 10
    streams: Annotated[int, Meta(ge=0, le=64)] = 4
    stop_live_traffic: bool = False
    protocol: str = ""


class Run:
    """What a drill works with, and what it leaves: observations, a duration, and things to undo."""

    def __init__(self, where: Installation, target: Target, actor: str, terms: Terms) -> None:
        """Nothing has happened yet."""
        self.where, self.target, self.terms = where, target, terms
        self.id = secrets.token_hex(8)
        self.began = time.time_ns()
        self.say: Callable[[str], None] = lambda words: None
        self.observations: dict[str, int] = {}
        self.duration = 0
        self.manifest: Manifest
        self.door: Door
        self._actor = actor
        self._undo: list[tuple[str, Callable[[], object]]] = []

    def act(self) -> Act:
        """The person who runs the drill, acting now."""
        return Act(self._actor, time.time_ns())

    def observe(self, **counts: int) -> None:
        """Put whole numbers on record, by name; a later one of the same name counts."""
        self.observations |= counts

    def afterwards(self, what: str, undo: Callable[[], object]) -> None:
        """Have this undone at the end, whatever happens; the last one first. To be said before it is done."""
        self._undo.append((what, undo))

    def undoing(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """What is to be undone, each once, the last one first."""
        while self._undo:
            yield self._undo.pop()
