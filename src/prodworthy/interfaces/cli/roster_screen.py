"""The roster and a workload's record, as a terminal shows them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from prodworthy.interfaces.cli import screen
from prodworthy.interfaces.cli.journal_screen import figures_of

PILOT = "Pilot"
MOST_GAPS = 10

if TYPE_CHECKING:
    from prodworthy.interfaces.workload_record import WorkloadRecord
    from prodworthy.operations.roster.listing import Declared, Listing
    from prodworthy.policy.core.manifest import Manifest


def print_roster(found: Listing) -> None:
    """Workloads, what is wrong with any of them, and strays."""
    if found.declared:
        columns = ("WORKLOAD", "STAGE", "KIND", "TIER", "OWNER", "ON CALL", "VERSION", "RATE", "KILL", "HELD BY")
        now = time.time_ns()
        screen.table(columns, (_row(row, now) for row in found.declared))
    else:
        screen.line("No workload is declared yet. Write workload.yaml, then: prodworthy apply workload.yaml")
    for row in found.declared:
        for wrong in _wrong(row):
            screen.line(f"  ! {row.target}: {wrong}")
    for refused in found.never_applied:
        screen.line(f"  ! {refused.target} was never applied; its manifest was refused: {refused.faults[0]}")
    if not found.flags_known:
        screen.line("  ! the kill files cannot be read: a workload may be off unseen; check the folder's permissions")
    if found.strays:
        screen.line("")
        screen.line("Traffic that nobody declared")
        header = ("WORKLOAD", "WHY", "KEY", "MODEL", "COUNT", "LAST")
        screen.table(
            header,
            (
                (s.workload or "-", s.reason, s.fingerprint or "-", s.model or "-", str(s.count), screen.age(s.last_at))
                for s in found.strays
            ),
        )


def print_record(found: WorkloadRecord, now: int) -> None:
    """One workload: what it declares, what is wrong, its keys, its traffic, its last changes."""
    row = found.workload
    screen.line(f"{row.target} version {row.version}")
    screen.pairs(_standing(row, now), indent="  ")
    if row.manifest is not None:
        screen.pairs(record_of(row.manifest), indent="  ")
    in_force = sum(key.in_force(now) for key in found.keys)
    screen.pairs([("keys in force", str(in_force)), *figures_of(found.figures)], indent="  ")
    screen.pairs([("kill switch", _switch(row))], indent="  ")
    for wrong in _wrong(row):
        screen.line(f"  ! {wrong}")
    screen.line("  last changes")
    for change in found.changes:
        why = getattr(change.event, "reason", "")
        said = f"    {screen.moment(change.at)}  {type(change.event).__name__}  {change.actor}"
        screen.line(f"{said}  {why}" if why else said)


def _wrong(row: Declared) -> Iterator[str]:
    if row.refused is not None:
        text = f"the last apply ({screen.age(row.refused.at)}, {row.refused.actor}) was refused: "
        yield f"{text}{row.refused.faults[0]}; version {row.version} stays in force"
    if row.fault:
        yield row.fault


def _stage(row: Declared, now: int) -> str:
    """The stage as assessed, and what there is to say of it."""
    found, claimed = row.standing, row.manifest.stage_claimed.strip() if row.manifest else ""
    said = [found.stage]
    if found.overridden(now) and found.override is not None:
        said.append(f"override until {screen.moment(found.override.until)}")
    if found.freezes(now):
        said.append("frozen")
    if claimed and claimed.casefold() != found.stage.casefold():
        said.append(f"claimed {claimed}")
    return ", ".join(said)


def _standing(row: Declared, now: int) -> Iterator[tuple[str, str]]:
    """Where the workload stands, what holds it there, and what would move it."""
    found = row.standing
    yield "stage", _stage(row, now)
    yield "held by", found.held_by
    if found.overridden(now) and found.override is not None:
        yield "override", found.override.reason
    for name, gaps in (("gap", found.gaps), ("frozen by", found.freeze if found.freezes(now) else ())):
        for gap in gaps[:MOST_GAPS]:
            yield name, str(gap)
    for cap in ("users", "rate", "tools", "classes"):
        value = getattr(found.scope, cap)
        if value is not None and found.stage == PILOT:
            yield f"cap on {cap}", _cap(cap, value)


def _cap(name: str, value: Any) -> str:
    if name == "rate":
        return f"{value[0]} requests per {value[1] / 1_000:g} s"
    return str(value) if isinstance(value, int) else ", ".join(value) or "none"


def _switch(row: Declared) -> str:
    return f"OFF ({row.off.how}): {row.off.reason}" if row.off else "ready"


def _row(row: Declared, now: int) -> tuple[str, ...]:
    name = row.target.workload if row.target.tenant == "default" else str(row.target)
    stage, rate, kill, held = _stage(row, now), f"{row.rate:.2f}/s", _switch(row), row.standing.held_by
    if row.manifest is None:
        return name, stage, "?", "?", "?", "?", str(row.version), rate, kill, held
    who = row.manifest
    on_call = who.on_call.who if who.on_call else "nobody"
    return name, stage, who.kind, who.risk_tier, who.owner, on_call, str(row.version), rate, kill, held


def record_of(manifest: Manifest) -> list[tuple[str, str]]:
    """The record of a workload, name by name; what is blank is left out when printed."""
    on_call = manifest.on_call
    return [
        ("name", manifest.name),
        ("kind", manifest.kind),
        ("purpose", manifest.purpose.intended),
        ("out of scope", "; ".join(manifest.purpose.out_of_scope)),
        ("owner", manifest.owner),
        ("technical owner", manifest.technical_owner),
        ("on call", f"{on_call.who} ({on_call.route})" if on_call else "nobody"),
        ("environment", manifest.environment),
        ("risk tier", manifest.risk_tier),
        ("autonomy", manifest.autonomy),
        ("models", ", ".join(f"{m.vendor}/{m.model}" for m in manifest.models)),
        ("tools", ", ".join(tool.name for tool in manifest.tools)),
        ("data", ", ".join(manifest.data.classes) + (" (personal)" if manifest.data.personal else "")),
        ("durability", manifest.durability),
        ("retention", f"{manifest.retention.days} days, content: {manifest.retention.content}"),
        ("EU AI Act", " / ".join(filter(None, (manifest.regulation.eu_role, manifest.regulation.eu_class)))),
    ]
