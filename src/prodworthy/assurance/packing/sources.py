"""What a pack is made of and asked to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from prodworthy.assurance.audit.pack.form import NamesFor
from prodworthy.assurance.packing.chains import Place
from prodworthy.assurance.packing.showing import Opening
from prodworthy.policy.standard.standard import Standard
from prodworthy.record.ledger.reading import Reader
from prodworthy.record.sealing.forms import OperationForm

INSTALLATION: Place = ("", "")


class Sources(Protocol):
    """What a pack is made of."""

    def newest(self) -> tuple[bytes, Reader]:
        """The published checkpoint, signed, and a reader of the ledger as it states it."""
        ...

    def last_leaves(self, size: int) -> Mapping[Place, int]:
        """The last statement of each chain, once all of the first `size` leaves are among those that are known."""
        ...

    def openings(self, forms: list[OperationForm]) -> Mapping[int, Opening]:
        """The openings of these events by number; one that cannot be opened any more is not among them."""
        ...

    def close(self, manifest: str, places: Sequence[Place]) -> Mapping[Place, int]:
        """Have a statement of the manifest (SHA-256, hex) sealed and published in each chain; their leaves."""
        ...

    def stamp(self, text: bytes) -> bytes | None:
        """A time stamp (RFC 3161) of the text of the last checkpoint; None where no authority is asked."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pack is asked to hold: workloads, and what was sealed from `since` (0: the first) until `at` (Unix ns).

    `held` are sizes of checkpoints that whoever gets the pack may hold.
    """

    places: tuple[Place, ...]
    since: int
    at: int
    made_at: int
    made_by: str
    version: str
    names_for: NamesFor | None = None
    held: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Judges:
    """The standard that is judged by, and the text of its files: the main one, and mappings by name of their file."""

    standard: Standard
    main: str
    mappings: Mapping[str, str]
