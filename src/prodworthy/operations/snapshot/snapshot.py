"""The compiled snapshot: everything that was decided, as one immutable value that a gateway swaps in whole.

Values only; `load` (beside this module) makes them. A gateway never queries the database on the request path.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from prodworthy.policy.controls.contract import Configured, Point
from prodworthy.policy.core.evidence import TEST
from prodworthy.policy.core.manifest import Manifest, Model
from prodworthy.policy.core.stages import EXPERIMENT, UNBOUNDED, Scope

MOST_USERS = 100_000
"""Distinct end users of a workload under a cap that a gateway keeps in memory; a cap above it counts as this one."""


class Kill(msgspec.Struct, frozen=True):
    """Why, by whom and when (Unix nanoseconds) a workload was switched off."""

    reason: str
    by: str
    at: int


class Workload(msgspec.Struct, frozen=True):
    """One workload as its newest version says, compiled: models by the name that clients send, controls by point.

    `calibrations`: by the fact that a detector measures, what it learned of this workload's own traffic, in JSON that
    only that detector reads. `stage` is where it stands, `scope` what caps it there.
    """

    tenant: str
    id: str
    version: int
    release: str
    manifest: Manifest
    models: Mapping[str, Model]
    controls: Mapping[Point, tuple[Configured, ...]]
    stops_when_unknown: bool
    killed: Kill | None = None
    calibrations: Mapping[str, str] = {}
    stage: str = EXPERIMENT
    scope: Scope = UNBOUNDED


class Key(msgspec.Struct, frozen=True):
    """A workload key: SHA-256 of its secret, the operations it opens, until when (Unix nanoseconds), whose traffic."""

    id: str
    tenant: str
    workload: str
    digest: bytes
    scopes: frozenset[str]
    expires_at: int | None = None
    revoked: bool = False
    traffic: str = TEST

    def in_force(self, at: int) -> bool:
        """Whether the key opens anything at this time (Unix nanoseconds)."""
        return not self.revoked and (self.expires_at is None or at < self.expires_at)


class Snapshot(msgspec.Struct, frozen=True):
    """Everything at one revision. `faults` names workloads whose newest manifest cannot be compiled, and why."""

    revision: int
    workloads: Mapping[tuple[str, str], Workload]
    keys: Mapping[str, Key]
    faults: Mapping[tuple[str, str], str]
