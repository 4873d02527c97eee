"""An installation as a pack sees it: a ledger in a folder, chains of statements, and events with their salts."""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from prodworthy.assurance.audit.pack.form import NamesFor
from prodworthy.assurance.audit.verifying.opened import Trust
from prodworthy.assurance.packing.chains import Place
from prodworthy.assurance.packing.making import Drawing, Judges, PackMaker, Wanted, no_reports
from prodworthy.assurance.packing.writing import Opening
from prodworthy.interfaces.standards import MAPPINGS, PACKAGE, load_standard, standard_files
from prodworthy.policy.core.evidence import LIVE, Figures, Tally
from prodworthy.record.ledger.checkpoint import parse_checkpoint
from prodworthy.record.ledger.dsse import seal
from prodworthy.record.ledger.keys import Kind, SigningKey, generate_key
from prodworthy.record.ledger.log import open_writer
from prodworthy.record.ledger.note import parse_note
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.ledger.storage import FolderStorage
from prodworthy.record.ledger.trust import Peer, TrustPolicy
from prodworthy.record.sealing.commitment import commit, opened_by_default, opening
from prodworthy.record.sealing.forms import Form, Link, OperationForm, PackForm, SegmentForm, TrafficForm, payload
from tests.assurance.audit.building import ANA, CLAIMS, DAY, NOW

ORIGIN = "ledger.example/one"
DESK: Place = ("default", "desk")
OTHER: Place = ("default", "other")
SECOND = 10**9


def key(name: str, seed: int) -> SigningKey:
    """A log's or a statement's key, the same for the same seed."""
    return generate_key(name, Kind.ED25519, bytes([seed]) * 32)


class Installation:
    """Seals what happens at once, each in the chain of its workload; `moment` is the time of the next statement."""

    def __init__(self, folder: Path, log: SigningKey | None = None, statements: SigningKey | None = None) -> None:
        self.folder = folder
        self.log = log or key(ORIGIN, 1)
        self.statements = statements or key("statements.example", 2)
        self.moment = NOW - 60 * DAY
        self.chains: dict[Place, tuple[int, int]] = {}
        self.leaves: list[bytes] = []
        self.events: dict[int, dict[str, Any]] = {}
        self.forgotten: set[int] = set()
        self.before_closing: list[Place] = []
        self.names = False

    def _link(self, place: Place) -> Link:
        number, previous = self.chains.get(place, (-1, -1))
        self.chains[place] = number + 1, len(self.leaves)
        return Link(*place, number + 1, previous, self.moment)

    def sealed(self, form: Form) -> int:
        """The leaf of a statement."""
        self.leaves.append(seal(PAYLOAD_TYPE, payload(form), [self.statements]).data())
        self.moment += SECOND
        return len(self.leaves) - 1

    def did(self, place: Place, kind: str, person: str = ANA, **fields: Any) -> int:
        """An operation event; its number."""
        event = len(self.events) + 1
        self.events[event] = {"actor": f"person {person}"} | fields
        digests = commit(_salt(event), self.events[event])
        self.sealed(OperationForm(self._link(place), event, kind, self.moment, person, digests))
        return event

    def traffic(self, place: Place, exchanges: int = 100, **figures: Any) -> int:
        """Exchanges that were answered just now; the leaf."""
        from prodworthy.assurance.audit.view import day_name

        number = len(self.leaves)
        segment = SegmentForm(number, "gw-1", 10 * number, 10 * number + 9, 10, sha256(b"%d" % number).hexdigest())
        one = Figures(
            exchanges, exchanges, {"answered": exchanges}, {"desk@1": exchanges}, first=self.moment, last=self.moment
        )
        days = {day_name(self.moment): {LIVE: replace(one, **figures)}}
        return self.sealed(TrafficForm(self._link(place), (segment,), days))

    def publish(self) -> None:
        with open_writer(self.folder, ORIGIN, [self.log]) as writer:
            writer.append(self.leaves[writer.size :])
            writer.publish()

    # --- what a pack is made of
    def newest(self) -> tuple[bytes, Reader]:
        self.publish()
        storage = FolderStorage(self.folder)
        note = storage.read("checkpoint")
        return note, Reader(storage, parse_checkpoint(parse_note(note).text))

    def last_leaves(self, size: int) -> Mapping[Place, int]:
        return {place: leaf for place, (_, leaf) in self.chains.items()}

    def openings(self, forms: list[OperationForm]) -> Mapping[int, Opening]:
        found = {}
        for form in forms:
            fields = self.events[form.event]
            names = fields if self.names else opened_by_default(form.kind, fields)
            if form.event not in self.forgotten:
                found[form.event] = opening(form.event, _salt(form.event), fields, names)
        return found

    def close(self, manifest: str, places: Sequence[Place]) -> Mapping[Place, int]:
        for place in self.before_closing:
            self.traffic(place)
        leaves = {place: self.sealed(PackForm(self._link(place), manifest)) for place in places}
        self.publish()
        return leaves

    # --- a pack
    def pack(
        self,
        *places: Place,
        since: int = 0,
        at: int = NOW,
        drawing: Drawing = no_reports,
        names_for: NamesFor | None = None,
    ) -> bytes:
        file = io.BytesIO()
        wanted = Wanted(places or (DESK,), since, at, NOW, ANA, "0.1.0", names_for)
        PackMaker(self, self.statements, judges(), drawing).make(file, wanted)
        return file.getvalue()

    def policy(self) -> TrustPolicy:
        return TrustPolicy(logs=(Peer(self.log.verifier),), statement_keys=(self.statements.verifier,))

    def trust(self, held: bytes = b"") -> Trust:
        return Trust(self.policy(), (load_standard(),), held)


def worked(folder: Path) -> Installation:
    """Two workloads with some history, and another that no pack is about."""
    one = Installation(folder)
    one.did(("", ""), "Installed", version="1", controls={"PSF-1.1": "m"})
    for place in (DESK, OTHER, ("acme", "desk")):
        one.did(place, "Declared", version=1, digest="d", claims=CLAIMS)
    for _ in range(6):
        tally = {"PSF-1.1": Tally({"allow": 90, "block": 10}, {}, 90, 0)}
        one.traffic(DESK, controls=tally, models={"vendor/model": 100})
        one.traffic(OTHER)
        one.traffic(("acme", "desk"))
        one.moment += 6 * DAY
    fields: dict[str, Any] = {"drill": "d", "run": "r", "criteria": ["PSF-6.1"], "outcome": "passed", "digest": "x"}
    one.did(DESK, "Drilled", ANA, **fields, duration=2_000_000, bound=300_000_000)
    one.did(DESK, "Attested", subject="PSF-6.2", statement="s", until=NOW + 100 * DAY)
    one.did(DESK, "Killed", how="database", reason="Ana said so", already=False)
    one.publish()
    return one


@functools.cache
def judges() -> Judges:
    from importlib import resources

    folder = resources.files(PACKAGE) / MAPPINGS
    texts = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")}
    return Judges(load_standard(), standard_files()[0], texts)


def _salt(event: int) -> bytes:
    return sha256(b"salt %d" % event).digest()
