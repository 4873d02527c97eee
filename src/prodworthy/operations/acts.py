"""Who did what to what: the target, the act, and the events that record it.

An event never changes meaning; a new one gets a new name. Times are Unix nanoseconds (UTC).
"""

from __future__ import annotations

import msgspec

from prodworthy.operations.errors import PersonMissing
from prodworthy.operations.roster.faults import Fault

LONGEST_ACTOR = 300  # characters, as the table holds them


class Target(msgspec.Struct, frozen=True, order=True):
    """One workload of one tenant."""

    tenant: str
    workload: str

    def __str__(self) -> str:
        """`tenant/workload`."""
        return f"{self.tenant}/{self.workload}"


class Act(msgspec.Struct, frozen=True):
    """A person acting at a time. Raises PersonMissing if `actor` is blank or over 300 characters."""

    actor: str
    at: int

    def __post_init__(self) -> None:
        """Refuse an act that nobody answers for."""
        if not self.actor.strip() or len(self.actor) > LONGEST_ACTOR:
            raise PersonMissing(f"Say who does this, in 1 to {LONGEST_ACTOR} characters.")


class Applied(msgspec.Struct, frozen=True, tag="Applied"):
    """A manifest came into force. `changed` names the fields that differ from the version before (all, if first)."""

    version: int
    digest: str
    changed: tuple[str, ...] = ()


class ApplyRefused(msgspec.Struct, frozen=True, tag="ApplyRefused"):
    """A manifest was refused; what was in force stays in force."""

    faults: tuple[Fault, ...]


class KeyIssued(msgspec.Struct, frozen=True, tag="KeyIssued"):
    """A key came into force, for these operations, until `expires_at` if that is set."""

    key: str
    scopes: tuple[str, ...]
    expires_at: int | None = None


class KeyRotated(msgspec.Struct, frozen=True, tag="KeyRotated"):
    """`new` replaces `key`, which stays valid until `key_until`."""

    key: str
    new: str
    key_until: int


class KeyRevoked(msgspec.Struct, frozen=True, tag="KeyRevoked"):
    """A key lost its force at once."""

    key: str


class Killed(msgspec.Struct, frozen=True, tag="Killed"):
    """A workload was switched off. `how` is where it is written: `database`, or `file` when the store was away."""

    how: str
    reason: str
    already: bool = False


class Restored(msgspec.Struct, frozen=True, tag="Restored"):
    """A workload was switched on again; `cleared` names what held it off (`database`, `file`)."""

    reason: str
    cleared: tuple[str, ...] = ()


class Calibrated(msgspec.Struct, frozen=True, tag="Calibrated"):
    """The detector of `fact` was calibrated with texts of the workload: how many by role, SHA-256 of what came out."""

    fact: str
    texts: dict[str, int]
    digest: str


class CalibrationRemoved(msgspec.Struct, frozen=True, tag="CalibrationRemoved"):
    """The detector of `fact` measures as it was shipped again."""

    fact: str


class Marked(msgspec.Struct, frozen=True, tag="Marked"):
    """A person looked at an exchange and says what it was: an attack, or benign. The last mark counts."""

    exchange: str
    attack: bool


Switched = Killed | Restored
Tuned = Calibrated | CalibrationRemoved | Marked
Event = Applied | ApplyRefused | KeyIssued | KeyRotated | KeyRevoked | Switched | Tuned
