"""An installation as a pack sees it: a ledger in a folder, chains of statements, and events with their salts."""

from __future__ import annotations

import copy
import functools
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from bench.mutating import resealed
from prodworthy.assurance.audit.pack.form import NamesFor
from prodworthy.assurance.audit.pack.zipped import MANIFEST
from prodworthy.assurance.audit.verifying.opened import Trust
from prodworthy.assurance.audit.view import day_name
from prodworthy.assurance.packing.chains import Place, Statements
from prodworthy.assurance.packing.making import PackMaker, Print, no_print
from prodworthy.assurance.packing.showing import Opening
from prodworthy.assurance.packing.sources import Judges, Wanted
from prodworthy.interfaces.standards import MAPPINGS, PACKAGE, load_standard, standard_files
from prodworthy.policy.core.evidence import LIVE, Figures, Tally
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.ledger.checkpoint import Checkpoint, parse_checkpoint
from prodworthy.record.ledger.dsse import seal
from prodworthy.record.ledger.encoding import to_base64
from prodworthy.record.ledger.faults import Missing
from prodworthy.record.ledger.growing import Edge, grow
from prodworthy.record.ledger.keys import Kind, SigningKey, generate_key
from prodworthy.record.ledger.merkle import CompactRange, leaf_hash
from prodworthy.record.ledger.note import parse_note, sign_note
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.ledger.storage import FolderStorage
from prodworthy.record.ledger.tiles import encode_bundle
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


class Files:
    """The files of a ledger, in memory."""

    def __init__(self) -> None:
        self.found: dict[str, bytes] = {}

    def put(self, path: str, data: bytes) -> None:
        self.found[path] = data

    def read(self, path: str) -> bytes:
        if path not in self.found:
            raise Missing(f"there is no {path}")
        return self.found[path]


class FilesOnDisk(Files):
    """The same in a folder, for many of them; nothing is synced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._storage = FolderStorage(folder)

    def put(self, path: str, data: bytes) -> None:
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def read(self, path: str) -> bytes:
        return self._storage.read(path)


class Installation:
    """Seals what happens at once, each in the chain of its workload; `moment` is the time of the next statement."""

    def __init__(
        self, files: Files | None = None, log: SigningKey | None = None, statements: SigningKey | None = None
    ) -> None:
        self.files = files or Files()
        self.edge = Edge()
        self.tree = CompactRange()
        self.size = 0
        self.log = log or key(ORIGIN, 1)
        self.statements = statements or key("statements.example", 2)
        self.moment = NOW - 60 * DAY
        self.chains: dict[Place, tuple[int, int]] = {}
        self.waiting: list[bytes] = []
        self.events: dict[int, dict[str, Any]] = {}
        self.forgotten: set[int] = set()
        self.before_closing: list[Place] = []
        self.names = False
        self.packed: list[Place] = []
        self.stamps: Callable[[bytes], bytes] | None = None

    def _link(self, place: Place) -> Link:
        number, previous = self.chains.get(place, (-1, -1))
        self.chains[place] = number + 1, self.size
        return Link(*place, number + 1, previous, self.moment)

    def sealed(self, form: Form) -> int:
        """The leaf of a statement."""
        self.waiting.append(seal(PAYLOAD_TYPE, payload(form), [self.statements]).data())
        self.moment += SECOND
        self.size += 1
        if len(self.waiting) >= 4096:
            self.publish()
        return self.size - 1

    def did(self, place: Place, kind: str, person: str = ANA, **fields: Any) -> int:
        """An operation event; its number."""
        event = len(self.events) + 1
        self.events[event] = {"actor": f"person {person}"} | fields
        digests = commit(_salt(event), self.events[event])
        self.sealed(OperationForm(self._link(place), event, kind, self.moment, person, digests))
        return event

    def traffic(self, place: Place, exchanges: int = 100, **figures: Any) -> int:
        """Exchanges that were answered just now; the leaf."""
        number = self.size
        segment = SegmentForm(number, "gw-1", 10 * number, 10 * number + 9, 10, sha256(b"%d" % number).hexdigest())
        one = Figures(
            exchanges, exchanges, {"answered": exchanges}, {"desk@1": exchanges}, first=self.moment, last=self.moment
        )
        days = {day_name(self.moment): {LIVE: replace(one, **figures)}}
        return self.sealed(TrafficForm(self._link(place), (segment,), days))

    def publish(self) -> None:
        hashes = [leaf_hash(entry) for entry in self.waiting]
        self.edge = grow(self.edge, hashes, self.waiting, self.files.put)
        for leaf in hashes:
            self.tree.append(leaf)
        self.waiting = []
        text = Checkpoint(self.log.name, self.tree.size, self.tree.root()).text()
        self.files.put("checkpoint", sign_note(text, [self.log]).data())

    def copy(self) -> Installation:
        """An independent installation with the same history."""
        return copy.deepcopy(self)

    # --- what a pack is made of
    def newest(self) -> tuple[bytes, Reader]:
        self.publish()
        note = self.files.read("checkpoint")
        return note, Reader(self.files, parse_checkpoint(parse_note(note).text))

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

    def stamp(self, text: bytes) -> bytes | None:
        return self.stamps(text) if self.stamps else None

    # --- a pack
    def pack(
        self,
        *places: Place,
        since: int = 0,
        at: int = NOW,
        printing: Print = no_print,
        names_for: NamesFor | None = None,
        held: tuple[int, ...] = (),
    ) -> bytes:
        file = io.BytesIO()
        self.write(file, *places, wanted=Wanted((), since, at, NOW, ANA, "0.1.0", names_for, held), printing=printing)
        return file.getvalue()

    def write(self, file: BinaryIO, *places: Place, wanted: Wanted | None = None, printing: Print = no_print) -> None:
        self.packed = sorted(places or (DESK,))
        asked = replace(wanted or Wanted((), 0, NOW, NOW, ANA, "0.1.0"), places=places or (DESK,))
        PackMaker(self, self.statements, judges(), printing).make(file, asked)

    def closed(self, contents: dict[str, bytes], old: int, after: int | None = None) -> bytes:
        """Contents as a pack, made at size `old`, whose manifest, whatever it says, this installation truly seals."""
        closed = sorted({name[:13] for name in contents if name.startswith("closing/0")})
        places = [(("", ""), *self.packed)[int(name[8:])] for name in closed]
        leaves = self.close(sha256(contents[MANIFEST]).hexdigest(), places)
        contents["closing/checkpoint"], reader = self.newest()
        size, statements, first = reader.checkpoint.size, Statements(reader), old if after is None else after
        hashes = [to_base64(value) for value in reader.consistency_proof(old)]
        contents["closing/consistency.json"] = canonical_json({"old": old, "new": size, "hashes": hashes})
        for name, place in zip(closed, places, strict=True):
            found = [one for one in statements.back(leaves[place], place) if one.index >= first][::-1]
            proofs = [(one.index, [to_base64(value) for value in reader.inclusion_proof(one.index)]) for one in found]
            contents[f"{name}.entries"] = encode_bundle([one.entry for one in found])
            contents[f"{name}.proofs.json"] = canonical_json([{"index": at, "hashes": path} for at, path in proofs])
        return resealed(contents, self.statements)

    def policy(self) -> TrustPolicy:
        return TrustPolicy(logs=(Peer(self.log.verifier),), statement_keys=(self.statements.verifier,))

    def trust(self, held: bytes = b"") -> Trust:
        return Trust(self.policy(), (load_standard(),), held)


def worked(one: Installation | None = None) -> Installation:
    """Two workloads with some history, and another that no pack is about."""
    one = one or Installation()
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
