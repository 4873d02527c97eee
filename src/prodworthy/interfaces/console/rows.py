"""What the pages show of workloads, from the roster and from what was last judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from prodworthy.operations.acts import Target
from prodworthy.operations.roster.listing import Declared, Stray, listing
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.tables import standing


class Override(msgspec.Struct, frozen=True):
    """An emergency, as the summary of an assessment has it."""

    reason: str = ""


class Summary(msgspec.Struct, frozen=True):
    """What a standing row says in short; see `assurance/stages/standing_row.py`."""

    claimed: str = ""
    question: int = 0
    held_by: str = ""
    domains: dict[str, int] = {}
    not_ready: frozenset[str] = frozenset()
    open: int = 0
    frozen: str = ""
    contradictions: tuple[str, ...] = ()
    override: Override | None = None
    falls_to: str = ""
    falls_at: int = 0
    freshest: int = 0
    oldest: int = 0


class Judged(msgspec.Struct, frozen=True):
    """Where a workload stands; before the first assessment in Experiment, judged at 0."""

    stage: str = "Experiment"
    frozen: bool = False
    at: int = 0
    summary: Summary = Summary()


class Row(msgspec.Struct, frozen=True):
    """One workload on the roster page. `domains` are levels in tenths by id; times are Unix nanoseconds, 0 for none.

    `rate` is exchanges per second over the last 60 s. `kill` is ready, off, or unknown while the flag files cannot be
    read; `reason` says why it is off. `judged` is 0 before the first assessment.
    """

    target: Target
    name: str
    kind: str
    tier: str
    owner: str
    on_call: str
    stage: str
    claimed: str
    question: int
    held_by: str
    domains: Mapping[str, int]
    not_ready: frozenset[str]
    open: int
    frozen: str
    contradictions: tuple[str, ...]
    override: str
    falls_to: str
    falls_at: int
    freshest: int
    oldest: int
    rate: float
    kill: str
    reason: str
    judged: int


class Roster(msgspec.Struct, frozen=True):
    """All workloads, and traffic that nobody declared (newest first)."""

    rows: tuple[Row, ...]
    strays: tuple[Stray, ...]
    flags_known: bool


def roster(store: Store, flags: Flags, now: int) -> Roster:
    """Every workload on the roster, by tenant and name. Raises StoreFault."""
    found, judged = listing(store, flags, now), _judged(store)
    rows = tuple(_row(one, judged.get(one.target, Judged()), found.flags_known) for one in found.declared)
    return Roster(rows, found.strays, found.flags_known)


def row_of(store: Store, flags: Flags, target: Target, now: int) -> Row | None:
    """One workload, None if it is not on the roster. Raises StoreFault."""
    found = listing(store, flags, now, target.tenant)
    declared = next((one for one in found.declared if one.target == target), None)
    if declared is None:
        return None
    return _row(declared, _judged(store, target).get(target, Judged()), found.flags_known)


def _judged(store: Store, target: Target | None = None) -> dict[Target, Judged]:
    table = standing.c
    query = select(table.tenant, table.workload, table.stage, table.frozen, table.summary, table.assessed_at)
    if target is not None:
        query = query.where(table.tenant == target.tenant, table.workload == target.workload)
    with store.connect() as connection:
        return {
            Target(one.tenant, one.workload): Judged(
                one.stage, bool(one.frozen), one.assessed_at, _summary(one.summary)
            )
            for one in connection.execute(query)
        }


def _summary(text: str) -> Summary:
    """What a row says; one that another version wrote says nothing, and the next assessment writes it anew."""
    try:
        return msgspec.json.decode(text, type=Summary)
    except msgspec.DecodeError:
        return Summary(held_by="its last assessment cannot be read")


def _row(declared: Declared, judged: Judged, flags_known: bool) -> Row:
    manifest, summary = declared.manifest, judged.summary
    return Row(
        target=declared.target,
        name=manifest.name if manifest else "",
        kind=manifest.kind.value if manifest else "?",
        tier=manifest.risk_tier.value if manifest else "?",
        owner=manifest.owner if manifest else "?",
        on_call=manifest.on_call.who if manifest and manifest.on_call else "",
        rate=declared.rate,
        kill="off" if declared.off else "ready" if flags_known else "unknown",
        reason=declared.off.reason if declared.off else "",
        stage=judged.stage,
        judged=judged.at,
        claimed=summary.claimed,
        question=summary.question,
        held_by=summary.held_by,
        domains=summary.domains,
        not_ready=summary.not_ready,
        open=summary.open,
        frozen=summary.frozen if judged.frozen else "",
        contradictions=summary.contradictions,
        override=summary.override.reason if summary.override else "",
        falls_to=summary.falls_to,
        falls_at=summary.falls_at,
        freshest=summary.freshest,
        oldest=summary.oldest,
    )


def report_of(store: Store, target: Target) -> dict[str, Any] | None:
    """The last report on a workload, as its JSON form; None before the first. Raises StoreFault."""
    table = standing.c
    query = select(table.report).where(table.tenant == target.tenant, table.workload == target.workload)
    with store.connect() as connection:
        text = connection.execute(query).scalar_one_or_none()
    return json.loads(text) if text is not None else None
