"""The roster as people read it: who owns what, what its traffic is now, what is off, and traffic that nobody declared.

The stage is what was last assessed from evidence; what the manifest claims stands beside it, and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from prodworthy.operations.acts import Target
from prodworthy.operations.killswitch.flag_text import read_flag_text
from prodworthy.operations.roster.refusals import Refused, standing_refusals
from prodworthy.operations.roster.roster import Version, newest_versions
from prodworthy.operations.roster.standings import standings
from prodworthy.policy.core.manifest import Manifest
from prodworthy.policy.core.stages import NEVER_ASSESSED, Assessed
from prodworthy.record.faults import FlagsUnreadable
from prodworthy.record.journal.read import Selection, rates
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags, raised
from prodworthy.record.store.tables import killed, stray

MOST_STRAYS = 1000


class Off(msgspec.Struct, frozen=True):
    """Switched off: `how` is `database` or `file`; `by` is empty and `at` None where a file does not say."""

    how: str
    reason: str
    by: str = ""
    at: int | None = None


class Declared(msgspec.Struct, frozen=True):
    """A workload on the roster. `rate` is exchanges per second over the last 60 seconds.

    `manifest` is None, and `fault` says why, if another version of the types wrote it.
    """

    target: Target
    version: int
    applied_at: int
    applied_by: str
    manifest: Manifest | None
    rate: float = 0.0
    off: Off | None = None
    refused: Refused | None = None
    fault: str = ""
    standing: Assessed = NEVER_ASSESSED


class Stray(msgspec.Struct, frozen=True):
    """Traffic that nobody declared; `tenant` and `workload` are empty where nobody could be made accountable."""

    tenant: str
    workload: str
    reason: str
    fingerprint: str
    model: str
    protocol: str
    count: int
    first_at: int
    last_at: int


class Listing(msgspec.Struct, frozen=True):
    """The roster: declared workloads, shadow AI (newest first), and first applies that were refused.

    `flags_known` is False if the directory of flag files could not be read: a workload may then be off unseen.
    """

    declared: tuple[Declared, ...]
    strays: tuple[Stray, ...]
    never_applied: tuple[Refused, ...]
    flags_known: bool = True


def listing(store: Store, flags: Flags, now: int, tenant: str | None = None) -> Listing:
    """The roster at `now` (Unix nanoseconds), of one tenant or of all.

    One tenant does not see traffic without a tenant. Raises StoreUnavailable.
    """
    try:
        files, flags_known = flags.read(), True
    except FlagsUnreadable:
        files, flags_known = {}, False
    with store.connect() as connection:
        refused = {refusal.target: refusal for refusal in standing_refusals(connection, tenant)}
        live, off = rates(connection, now, Selection(tenant)), _off(connection)
        stand = standings(connection, tenant)
        declared = tuple(
            _declared(
                version,
                rate=live.get((version.target.tenant, version.target.workload), 0.0),
                off=off.get(version.target) or _off_by_file(files, version.target),
                refused=refused.get(version.target),
                standing=stand.get(version.target, NEVER_ASSESSED),
            )
            for version in newest_versions(connection, tenant)
        )
        known = {row.target for row in declared}
        never = tuple(refusal for target, refusal in refused.items() if target not in known)
        return Listing(declared, _strays(connection, tenant), never, flags_known)


def _declared(version: Version, **now: Any) -> Declared:
    """The row of a version, with what is the case now."""
    manifest, fault = None, ""
    try:
        manifest = version.manifest()
    except msgspec.DecodeError as error:
        fault = f"The stored manifest cannot be read: {error}. Apply it again."
    return Declared(
        target=version.target,
        version=version.version,
        applied_at=version.applied_at,
        applied_by=version.applied_by,
        manifest=manifest,
        fault=fault,
        **now,
    )


def _off(connection: Connection) -> dict[Target, Off]:
    return {
        Target(row.tenant, row.workload): Off("database", row.reason, row.killed_by, row.killed_at)
        for row in connection.execute(select(killed))
    }


def _off_by_file(files: Mapping[str, str], target: Target) -> Off | None:
    text = raised(files, target.tenant, target.workload)
    if text is None:
        return None
    said = read_flag_text(text)
    return Off("file", said.reason, said.actor, said.at)


def _strays(connection: Connection, tenant: str | None) -> tuple[Stray, ...]:
    query = select(stray).order_by(stray.c.last_at.desc()).limit(MOST_STRAYS)
    if tenant is not None:
        query = query.where(stray.c.tenant == tenant)
    return tuple(Stray(**row) for row in connection.execute(query).mappings())
