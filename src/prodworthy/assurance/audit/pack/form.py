"""What a pack holds: its manifest, and the names of its files.

- `chains/NNNNN/BBBBBBBB.entries`: the statements of a workload in order, as an entry bundle (C2SP tlog-tiles);
  `.indexes.json`: the place of each in the ledger; `.openings.json`: what of its operation events is shown. Chain 00000
  is that of the installation itself.
- `ledger/checkpoint`, `ledger/tile/...`: a head of the ledger, and the tiles that lead from the statements to it.
- `reports/`: assessments, and what people read. `standard/`: the standard's files.
- `manifest.json` names all of these. It is a statement in the ledger: `closing/NNNNN.entries` holds, for each chain,
  what came after the statements above until the statement of the manifest, `.proofs.json` their inclusion under
  `closing/checkpoint`, and `closing/consistency.json` shows that this continues `ledger/checkpoint`.
- `seal.json` names the manifest and what closes it, signed by a statement key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.zipped import MANIFEST, MOST_FILES, SEAL
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.record.ledger.canonical import canonical_json, parse_canonical
from prodworthy.record.ledger.checkpoint import Head
from prodworthy.record.ledger.dsse import Envelope
from prodworthy.record.ledger.faults import Malformed
from prodworthy.record.ledger.statement import SHA256_HEX
from prodworthy.record.sealing.numbers import read, written

FORMAT = 1
SEAL_TYPE = "application/vnd.prodworthy.pack-seal+json"
LEDGER = "ledger/"
CHECKPOINT, CLOSING_CHECKPOINT, CONSISTENCY = "ledger/checkpoint", "closing/checkpoint", "closing/consistency.json"
REPORTS = "reports/"
TIMESTAMP = "closing/timestamp.tsr"
STANDARD, MAPPINGS = "standard/psf-1.1.toml", "standard/mappings/"
BUNDLE = 256
"""Statements in one file, at most."""
MOST_CHAINS = 10_000
LARGEST_MANIFEST = 16 << 20
LARGEST_SEAL = 4 << 20
LARGEST_JSON = 16 << 20
"""Bytes of any other JSON of a pack that is read as a whole."""
_HEX = re.compile(r"[0-9a-f]{64}\Z")
_PERSON = re.compile(r"[0-9a-f]{32}\Z")

Files = Mapping[str, tuple[str, int]]
"""SHA-256 (hex) and bytes by name."""


def chain_file(chain: int, bundle: int, kind: str) -> str:
    """The name of one file of a chain; `kind` is `entries`, `indexes.json` or `openings.json`."""
    return f"chains/{chain:05d}/{bundle:08d}.{kind}"


def closing_file(chain: int, kind: str) -> str:
    """The name of what closes a chain; `kind` is `entries` or `proofs.json`."""
    return f"closing/{chain:05d}.{kind}"


def assessment_file(chain: int) -> str:
    """The name of the report on a workload, in canonical JSON."""
    return f"reports/assessments/{chain:05d}.json"


@dataclass(frozen=True, slots=True)
class ChainPart:
    """What a pack holds of one chain: all statements from number `first` on, and `earlier` operations before it.

    `statements` counts them all, `bundles` the files that they stand in.
    """

    tenant: str
    workload: str
    first: int
    earlier: int
    statements: int
    bundles: int

    def __str__(self) -> str:
        """`tenant/workload`."""
        return f"{self.tenant}/{self.workload}" if self.workload else "the installation"


@dataclass(frozen=True, slots=True)
class NamesFor:
    """To whom the pack names people, in which role, and the operation event that records it."""

    name: str
    role: str
    event: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a pack is, and every file in it but itself and what closes it.

    `head` is that of the ledger when it was collected. `since` and `at` bound it: statements are those sealed from
    `since` on (0: from the first), and the judge saw what was sealed until `at`. Times are Unix nanoseconds. `made_by`
    is the keyed pseudonym of a person. `standard` is the digest of the standard that was judged by.
    """

    origin: str
    head: Head
    standard: str
    version: str
    made_at: int
    made_by: str
    since: int
    at: int
    names_for: NamesFor | None
    chains: tuple[ChainPart, ...]
    files: Files

    def data(self) -> bytes:
        """The file, in canonical JSON."""
        names = self.names_for
        plain = {name: getattr(self, name) for name in _PLAIN} | {
            "format": FORMAT,
            "head": {"size": self.head.size, "root": self.head.root.hex()},
            "names_for": None if names is None else {name: getattr(names, name) for name in NamesFor.__slots__},
            "chains": [{name: getattr(one, name) for name in ChainPart.__slots__} for one in self.chains],
            "files": {name: list(said) for name, said in self.files.items()},
        }
        return canonical_json(written(plain))


_PLAIN = ("origin", "standard", "version", "made_at", "made_by", "since", "at")
_NAMES = {*_PLAIN, "format", "head", "names_for", "chains", "files"}


def parse_manifest(data: bytes) -> Manifest:
    """Read a manifest. Raises PackFault for anything that `Manifest.data` would not have written."""
    try:
        found = read(parse_canonical(data, LARGEST_MANIFEST))
    except (Malformed, EvidenceFault) as fault:
        raise PackFault(f"the manifest cannot be read: {fault}") from fault
    plain = fields(found, _NAMES, "the manifest")
    if plain["format"] != FORMAT:
        raise PackFault("this pack has another format: verify it with the version of Prodworthy that made it, or newer")
    head = fields(plain["head"], {"size", "root"}, "the head")
    chains = items(plain["chains"], 1, MOST_CHAINS, "the chains")
    manifest = Manifest(
        origin=text(plain["origin"], 255),
        head=Head(whole(head["size"]), bytes.fromhex(_hex(head["root"]))),
        standard=_hex(plain["standard"]),
        version=text(plain["version"], 40),
        made_at=whole(plain["made_at"]),
        made_by=_person(plain["made_by"]),
        since=whole(plain["since"]),
        at=whole(plain["at"]),
        names_for=_names_for(plain["names_for"]),
        chains=tuple(map(_chain, chains)),
        files=parse_files(plain["files"]),
    )
    places = [(one.tenant, one.workload) for one in manifest.chains]
    if places[0] != ("", "") or places != sorted(set(places)):
        raise PackFault("the chains of a pack stand in order, each once, that of the installation first")
    return manifest


def seal_payload(files: Files) -> bytes:
    """What the seal's signature is on."""
    return canonical_json({"files": {name: list(said) for name, said in files.items()}})


def parse_seal(envelope: Envelope) -> Files:
    """The files that a seal names. Raises PackFault."""
    try:
        found = parse_canonical(envelope.payload, LARGEST_SEAL)
    except Malformed as fault:
        raise PackFault(f"the seal cannot be read: {fault}") from fault
    return parse_files(fields(found, {"files"}, "the seal")["files"])


def parse_files(plain: object) -> Files:
    """Files by name. Raises PackFault."""
    if not isinstance(plain, dict) or len(plain) > MOST_FILES:
        raise PackFault("the list of files is a mapping")
    found = {}
    for name, said in plain.items():
        digest, size = items(said, 2, 2, f"what is said of {name}")
        found[name] = (_hex(digest), whole(size))
    return found


def outside(names: Mapping[str, Any]) -> set[str]:
    """The files of an archive that its manifest cannot name: itself, what closes it, and the seal."""
    return {name for name in names if name in (MANIFEST, SEAL) or name.startswith("closing/")}


def fields(plain: object, names: set[str], what: str) -> dict[str, Any]:
    """A mapping with exactly these names. Raises PackFault."""
    if not isinstance(plain, dict) or plain.keys() != names:
        raise PackFault(f"{what} must be a mapping with exactly {', '.join(sorted(names))}")
    return plain


def items(plain: object, least: int, most: int, what: str) -> list[Any]:
    """A list of so many. Raises PackFault."""
    if not isinstance(plain, list) or not least <= len(plain) <= most:
        raise PackFault(f"{what} must be a list of {least} to {most:,}")
    return plain


def whole(plain: object) -> int:
    """A number that is whole and not negative. Raises PackFault."""
    if type(plain) is not int or plain < 0:
        raise PackFault("a number must be whole and not negative")
    return plain


def text(plain: object, most: int) -> str:
    """Text of at most `most` characters. Raises PackFault."""
    if not isinstance(plain, str) or len(plain) > most:
        raise PackFault(f"a name must be text of at most {most} characters")
    return plain


def _hex(plain: object) -> str:
    if not isinstance(plain, str) or len(plain) != SHA256_HEX or not _HEX.match(plain):
        raise PackFault("a digest must be 64 hex digits in lower case")
    return plain


def _person(plain: object) -> str:
    if not isinstance(plain, str) or not _PERSON.match(plain):
        raise PackFault("a person is a pseudonym of 32 hex digits")
    return plain


def _chain(plain: object) -> ChainPart:
    said = fields(plain, set(ChainPart.__slots__), "a chain")
    first, earlier, statements, bundles = (whole(said[name]) for name in ("first", "earlier", "statements", "bundles"))
    if earlier > statements or (earlier and not first) or (bundles == 0) != (statements == 0):
        raise PackFault("what is said of a chain contradicts itself")
    return ChainPart(text(said["tenant"], 63), text(said["workload"], 63), first, earlier, statements, bundles)


def _names_for(plain: object) -> NamesFor | None:
    if plain is None:
        return None
    said = fields(plain, set(NamesFor.__slots__), "to whom people are named")
    return NamesFor(text(said["name"], 300), text(said["role"], 300), whole(said["event"]))
