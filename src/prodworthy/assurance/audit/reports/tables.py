"""Controls and roster as tables (CSV, RFC 4180) and the roster as JSON. No person stands in either."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from prodworthy.assurance.audit.reports.drawn import Drawn, Workload, leaves_text, time_text
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.sealing.numbers import written

CONTROLS = (
    "workload",
    "criterion",
    "title",
    "domain",
    "state",
    "level",
    "required",
    "met",
    "mode",
    "gap",
    "next_step",
    "waived_until",
    "method",
    "frame",
    "window_days",
    "standard",
    "control_sha256",
    "leaves",
)
ROSTER = (
    "workload",
    "stage_earned",
    "stage_in_force",
    "stage_claimed",
    "kind",
    "tier",
    "autonomy",
    "owner_named",
    "technical_owner_named",
    "on_call_named",
    "data_classes",
    "personal_data",
    "tools",
    "models",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def controls_csv(drawn: Drawn) -> Iterator[bytes]:
    """One line for each control of each workload."""
    yield _lines([CONTROLS])
    for workload in drawn.workloads:
        yield _lines(_controls(workload))


def roster_csv(drawn: Drawn) -> Iterator[bytes]:
    """One line for each workload."""
    rows = [roster_entry(drawn, workload) for workload in drawn.workloads]
    yield _lines([ROSTER, *([_cell(row[name]) for name in ROSTER] for row in rows)])


def roster_json(drawn: Drawn) -> Iterator[bytes]:
    """The same as JSON, with all that is declared."""
    rows = [
        roster_entry(drawn, workload) | {"declared": written(dict(workload.claims))} for workload in drawn.workloads
    ]
    yield canonical_json({"at": time_text(drawn.about.at), "workloads": rows})


def roster_entry(drawn: Drawn, workload: Workload) -> dict[str, Any]:
    """A workload as the roster has it."""
    claims, names = workload.claims, {one.id: one.name for one in drawn.standard.document.stage}
    data, report = claims.get("data", {}), workload.report
    return {
        "workload": workload.name,
        "stage_earned": names.get(report.earned, report.earned),
        "stage_in_force": names.get(report.standing.stage, report.standing.stage),
        "stage_claimed": claims.get("stage_claimed", ""),
        "kind": claims.get("kind", ""),
        "tier": claims.get("tier", ""),
        "autonomy": claims.get("autonomy", ""),
        "owner_named": claims.get("owner", False),
        "technical_owner_named": claims.get("technical_owner", False),
        "on_call_named": claims.get("on_call", False),
        "data_classes": data.get("classes", []),
        "personal_data": data.get("personal", False),
        "tools": claims.get("tools", []),
        "models": ["/".join(one[:2]) for one in claims.get("models", [])],
    }


def _controls(workload: Workload) -> Iterable[list[str]]:
    for one in workload.report.controls:
        yield [
            workload.name,
            one.criterion,
            one.title,
            one.domain,
            one.state,
            str(one.level),
            "; ".join(one.required),
            "; ".join(one.met),
            one.mode,
            one.gap,
            one.step,
            time_text(one.waiver.until) if one.waiver is not None else "",
            one.method,
            one.frame,
            str(one.window),
            one.standard,
            one.control_digest,
            leaves_text(one.leaves),
        ]


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    """Lines of CSV; what a spreadsheet would take for a formula stands behind an apostrophe."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\r\n")
    for row in rows:
        table.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row])
    return file.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)
