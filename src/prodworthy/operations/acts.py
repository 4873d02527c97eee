"""Who did what to what: the target, the act, and the events that record it.

An event never changes meaning; a new one gets a new name. Times are Unix nanoseconds (UTC).
"""

from __future__ import annotations

from typing import Any

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


class LiveKeyIssued(msgspec.Struct, frozen=True, tag="LiveKeyIssued"):
    """A key for live traffic, of real users, came into force; its `KeyIssued` or `KeyRotated` says the rest."""

    key: str


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


class Declared(msgspec.Struct, frozen=True, tag="Declared"):
    """What version `version` of a manifest (SHA-256 `digest`) claims, as far as a judge needs it: no person is named.

    `claims` is plain JSON without floats, see `operations/roster/claims.py`.
    """

    version: int
    digest: str
    claims: dict[str, Any]


class Installed(msgspec.Struct, frozen=True, tag="Installed"):
    """This version of the product came into use; by criterion, SHA-256 of the module that holds its control."""

    version: str
    controls: dict[str, str]


class Drilled(msgspec.Struct, frozen=True, tag="Drilled", omit_defaults=True):
    """A drill ran through the front door: what it exercised, and how it ended (passed, failed, incomplete).

    `digest` is SHA-256 of the drill as a value; `duration` and `bound` are microseconds of what it times (0: nothing);
    `observations` are counts and durations by name, whole numbers; `detail` says in words what happened, and why where
    it did not pass.
    """

    drill: str
    run: str
    criteria: tuple[str, ...]
    outcome: str
    digest: str
    detail: str = ""
    duration: int = 0
    bound: int = 0
    observations: dict[str, int] = {}


class Attested(msgspec.Struct, frozen=True, tag="Attested", omit_defaults=True):
    """A person states something of a criterion (or `review`, `page`), for a scope, until a time (Unix nanoseconds).

    `document` is SHA-256 of what the statement rests on, in hexadecimal, if there is a document.
    """

    subject: str
    statement: str
    until: int
    scope: str = ""
    document: str = ""


class NotApplied(msgspec.Struct, frozen=True, tag="NotApplied"):
    """A criterion does not apply to a workload, for a reason, until a time (Unix nanoseconds)."""

    criterion: str
    reason: str
    until: int


class Waived(msgspec.Struct, frozen=True, tag="Waived"):
    """A criterion is not met and that is accepted until a time (Unix ns); `compensating` says what stands in for it."""

    criterion: str
    reason: str
    compensating: str
    until: int


class Overridden(msgspec.Struct, frozen=True, tag="Overridden"):
    """An emergency: the workload runs at `stage` until a time (Unix ns), whatever is proven. Takes effect once a second
    person has seconded it."""

    stage: str
    reason: str
    until: int


class Seconded(msgspec.Struct, frozen=True, tag="Seconded"):
    """Another person stands behind the event of this id as well."""

    event: int


class Withdrawn(msgspec.Struct, frozen=True, tag="Withdrawn"):
    """The event of this id (attested, not applied, waived, overridden) does not count any more."""

    event: int
    reason: str


class NamesOpened(msgspec.Struct, frozen=True, tag="NamesOpened"):
    """An audit pack that names people was made for a person, `to`, in a role; `workloads` are `tenant/workload`."""

    to: str
    role: str
    workloads: tuple[str, ...]


class StageWarned(msgspec.Struct, frozen=True, tag="StageWarned"):
    """Evidence for the stage in force is missing: unless it comes, it falls to `falls_to` at a time (Unix ns)."""

    stage: str
    falls_to: str
    falls_at: int
    reasons: tuple[str, ...]


class StageChanged(msgspec.Struct, frozen=True, tag="StageChanged"):
    """The stage in force changed, for these reasons; `frozen` says that the scope cannot be widened now."""

    before: str
    after: str
    frozen: bool
    reasons: tuple[str, ...]


Switched = Killed | Restored
Tuned = Calibrated | CalibrationRemoved | Marked
Stated = Attested | NotApplied | Waived | Overridden | Seconded | Withdrawn
Judged = Declared | Installed | Drilled | StageWarned | StageChanged
Keyed = KeyIssued | LiveKeyIssued | KeyRotated | KeyRevoked
Event = Applied | ApplyRefused | NamesOpened | Keyed | Switched | Tuned | Stated | Judged
