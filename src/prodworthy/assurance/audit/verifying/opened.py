"""A pack as the steps see it: its archive, what is trusted, and what earlier steps have established."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from prodworthy.assurance.audit.pack.archive import Archive
from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.folding import Sums
from prodworthy.assurance.audit.pack.form import Files, Manifest
from prodworthy.assurance.audit.reports.drawn import Workload
from prodworthy.assurance.audit.verifying.verdicts import Telling, quiet
from prodworthy.policy.standard.standard import Standard
from prodworthy.record.ledger.checkpoint import Checkpoint
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.ledger.trust import TrustPolicy
from prodworthy.record.sealing.forms import Form

Stamps = Callable[[bytes, bytes, Sequence[bytes]], datetime]
"""Takes a time stamp, what was stamped, and roots in DER; gives the time. Raises Malformed, NotSigned."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement, and the leaf of the ledger that it is."""

    index: int
    form: Form


@dataclass(slots=True)
class Walk:
    """What a walk found: statements and openings that were looked at, the first fault of each step, and the last
    statement of each chain.
    """

    statements: int = 0
    openings: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    ends: list[Placed | None] = field(default_factory=list)

    def fault(self, step: str, where: str, said: Exception | str) -> None:
        """Keep the first fault of a step."""
        self.faults.setdefault(step, f"{where}: {said}")


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verifier brings along, nothing of which comes from the pack.

    `held` is a signed checkpoint that was kept earlier, b"" for none. `standards` are those that the verifier knows.
    `stamps` verifies a time stamp, None where it cannot be done.
    """

    policy: TrustPolicy
    standards: tuple[Standard, ...]
    held: bytes = b""
    stamps: Stamps | None = None
    tell: Telling = quiet


@dataclass(slots=True)
class Opened:
    """A pack that is being verified. A step fills in what it has established; later ones read it."""

    archive: Archive
    trust: Trust
    sealed: Files = field(default_factory=dict)
    manifest: Manifest | None = None
    head: Checkpoint | None = None
    closing: Checkpoint | None = None
    reader: Reader | None = None
    sums: list[Sums] = field(default_factory=list)
    walk: Walk | None = None
    judged: tuple[Workload, ...] | None = None

    def files(self) -> Files:
        """Every file that the seal or the manifest names."""
        return {**(self.manifest.files if self.manifest else {}), **self.sealed}

    def read(self, name: str, most: int) -> bytes:
        """A file of at most `most` bytes, as the seal or the manifest has it. Raises PackFault."""
        data = self.archive.read(name, most)
        if not hmac.compare_digest(sha256(data).hexdigest(), self.files().get(name, ("", 0))[0]):
            raise PackFault(f"{name} is not what the pack's manifest says")
        return data

    def known(self) -> tuple[Manifest, Checkpoint, Checkpoint, Reader]:
        """Manifest, head, the checkpoint that closes the pack, and the tiles: after the steps that establish them."""
        assert self.manifest is not None
        assert self.head is not None
        assert self.closing is not None
        assert self.reader is not None
        return self.manifest, self.head, self.closing, self.reader


def digest_of(pieces: Iterator[bytes]) -> str:
    """SHA-256 over all pieces, in hexadecimal."""
    whole = sha256()
    for piece in pieces:
        whole.update(piece)
    return whole.hexdigest()
