"""Keys issued, rotated, revoked and listed. A key is shown once, when it is made; the record holds its digest alone.

A key's class says whose traffic it opens: `test` (synthetic traffic; always works), `live` (real users; opens what the
workload's stage opens) or `drill` (a drill at the front door; lives an hour at most).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict, Unpack

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from prodworthy.operations.acts import Act, KeyIssued, KeyRevoked, KeyRotated, LiveKeyIssued, Target
from prodworthy.operations.event_log import record
from prodworthy.operations.keys.errors import KeyNotInForce, KeyTermsRefused, UnknownKey
from prodworthy.operations.keys.form import compose, digest_of, draw
from prodworthy.operations.roster.lookup import hold, require_workload
from prodworthy.operations.roster.standings import standing_of
from prodworthy.policy.core.evidence import CLASSES, DRILL, LIVE, TEST
from prodworthy.policy.core.exchange import Operation
from prodworthy.policy.core.stages import EXPERIMENT
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import workload_key
from prodworthy.record.store.watch import bump

LONGEST_OVERLAP = 30 * 86_400  # seconds that an old key may outlive its rotation
LONGEST_DRILL = 3_600  # seconds that a key for drills may live
MOST_GAPS = 5  # that a note on a key names
_SECOND = 1_000_000_000


class Issued(msgspec.Struct, frozen=True):
    """A new key: its id, and the key itself, which exists nowhere else and cannot be shown again.

    `note` says what whoever holds it must know: that it opens nothing yet, and why.
    """

    id: str
    key: str
    scopes: tuple[str, ...]
    expires_at: int | None = None
    traffic: str = TEST
    note: str = ""

    def __repr__(self) -> str:
        """Without the key, so that no log or traceback can hold it."""
        said = f"scopes={self.scopes!r}, expires_at={self.expires_at!r}, traffic={self.traffic!r}"
        return f"Issued(id={self.id!r}, key=…, {said})"


class Listed(msgspec.Struct, frozen=True):
    """A key as lists show it. Times are Unix nanoseconds."""

    id: str
    scopes: tuple[str, ...]
    issued_at: int
    issued_by: str
    expires_at: int | None
    revoked_at: int | None
    traffic: str = TEST

    def in_force(self, at: int) -> bool:
        """Whether the key opens anything at this time."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class Terms(TypedDict, total=False):
    """What may be said of a key besides its scopes: until when (Unix nanoseconds; None: no end), and whose traffic."""

    expires_at: int | None
    traffic: str


def issue(store: Store, target: Target, scopes: Iterable[str], act: Act, **terms: Unpack[Terms]) -> Issued:
    """Make a key for a workload, for the named operations; see `Terms` for the rest. A key for drills lives an hour.

    Raises UnknownWorkload, and KeyTermsRefused for an unknown or absent scope, an unknown class of traffic, or an
    expiry that is past, or too far away for a drill.
    """
    granted = _granted(scopes)
    traffic = _class(terms.get("traffic", TEST))
    expires_at = _expiry(terms.get("expires_at"), traffic, act)
    with store.begin() as connection:
        require_workload(connection, target)
        issued = _insert(connection, target, Issued("", "", granted, expires_at, traffic), act)
        record(connection, target, act, KeyIssued(issued.id, granted, expires_at))
        if traffic == LIVE:
            record(connection, target, act, LiveKeyIssued(issued.id))
        bump(connection)
    return issued


def rotate(store: Store, target: Target, key: str, act: Act, overlap: float = 3600.0) -> Issued:
    """Make a key with the same scopes and class; the old one (`key`, an id) stays valid for `overlap` seconds.

    A key with an expiry is replaced by one that lives as long from now as the old was meant to live.
    Raises UnknownKey, KeyNotInForce, and KeyTermsRefused for an overlap outside 0 to 30 days.
    """
    if not 0 <= overlap <= LONGEST_OVERLAP:
        raise KeyTermsRefused(f"The overlap must be 0 to {LONGEST_OVERLAP} seconds. Give one in that range.")
    with store.begin() as connection:
        hold(connection)
        old = _find(connection, target, key)
        if not old.in_force(act.at):
            raise KeyNotInForce(f"Key {key} was revoked or has expired. Issue a new one.")
        until = act.at + int(overlap * _SECOND)
        expires_at = None
        if old.expires_at is not None:
            until = min(until, old.expires_at)
            expires_at = act.at + old.expires_at - old.issued_at
        connection.execute(update(workload_key).where(workload_key.c.id == key).values(expires_at=until))
        issued = _insert(connection, target, Issued("", "", old.scopes, expires_at, old.traffic), act)
        record(connection, target, act, KeyRotated(key, issued.id, until))
        if old.traffic == LIVE:
            record(connection, target, act, LiveKeyIssued(issued.id))
        bump(connection)
    return issued


def revoke(store: Store, target: Target, key: str, act: Act) -> None:
    """Take a key (an id) out of force at once. Revoking it again changes nothing. Raises UnknownKey."""
    with store.begin() as connection:
        hold(connection)
        if _find(connection, target, key).revoked_at is None:
            connection.execute(update(workload_key).where(workload_key.c.id == key).values(revoked_at=act.at))
            record(connection, target, act, KeyRevoked(key))
            bump(connection)


def listed(store: Store, target: Target) -> tuple[Listed, ...]:
    """A workload's keys, oldest first, those out of force among them. Raises UnknownWorkload."""
    with store.connect() as connection:
        require_workload(connection, target)
        query = select(workload_key).where(*_of(target)).order_by(workload_key.c.issued_at, workload_key.c.id)
        return tuple(_listed(row) for row in connection.execute(query))


def _insert(connection: Connection, target: Target, wanted: Issued, act: Act) -> Issued:
    """Draw a key on the terms of `wanted`."""
    name, secret = draw()
    row = {
        "id": name,
        "tenant": target.tenant,
        "workload": target.workload,
        "digest": digest_of(secret),
        "scopes": " ".join(wanted.scopes),
        "traffic": wanted.traffic,
        "issued_at": act.at,
        "issued_by": act.actor,
        "expires_at": wanted.expires_at,
    }
    connection.execute(insert(workload_key).values(row))
    note = _note(connection, target) if wanted.traffic == LIVE else ""
    return msgspec.structs.replace(wanted, id=name, key=compose(name, secret), note=note)


def _note(connection: Connection, target: Target) -> str:
    """What a live key of a workload in Experiment lacks."""
    found = standing_of(connection, target)
    if found.stage != EXPERIMENT:
        return ""
    missing = "; ".join(map(str, found.gaps[:MOST_GAPS])) or found.held_by
    said = f"It opens nothing until the workload's stage is Pilot; now it is {EXPERIMENT}."
    return f"{said} Missing: {missing}" if missing else said


def _find(connection: Connection, target: Target, key: str) -> Listed:
    """The key, if it is this workload's. Another tenant's key is as unknown as none."""
    row = connection.execute(select(workload_key).where(workload_key.c.id == key, *_of(target))).first()
    if row is None:
        raise UnknownKey(f"Workload {target} has no key of this id. List its keys to see their ids.")
    return _listed(row)


def _of(target: Target) -> tuple[ColumnElement[bool], ...]:
    return workload_key.c.tenant == target.tenant, workload_key.c.workload == target.workload


def _listed(row: Row[Any]) -> Listed:
    scopes = tuple(row.scopes.split())
    return Listed(row.id, scopes, row.issued_at, row.issued_by, row.expires_at, row.revoked_at, row.traffic)


def _class(traffic: str) -> str:
    if traffic not in CLASSES:
        raise KeyTermsRefused(f"Unknown class of traffic: {traffic[:40]}. Name one of: {', '.join(CLASSES)}.")
    return traffic


def _expiry(expires_at: int | None, traffic: str, act: Act) -> int | None:
    """Until when the key is in force, None for until it is revoked."""
    if expires_at is not None and expires_at <= act.at:
        raise KeyTermsRefused("The expiry is not in the future. Give a later time, or none.")
    if traffic != DRILL:
        return expires_at
    latest = act.at + LONGEST_DRILL * _SECOND
    if expires_at is not None and expires_at > latest:
        raise KeyTermsRefused(
            f"A key for drills lives at most {LONGEST_DRILL} seconds. Give an earlier expiry, or none."
        )
    return expires_at or latest


def _granted(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes in order, each a known operation, at least one."""
    asked = sorted(set(scopes))
    known = {operation.value for operation in Operation}
    unknown = [scope[:40] for scope in asked if scope not in known]
    if unknown or not asked:
        said = f"Unknown scope: {', '.join(unknown[:5])}." if unknown else "A key needs at least one scope."
        raise KeyTermsRefused(f"{said} Name some of: {', '.join(sorted(known))}.")
    return tuple(asked)
