"""A report as the row that gateways, the roster and its page read: stage, scope, and what people are told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from prodworthy.assurance.audit.assessing import NOT_APPLICABLE, PROVEN, WAIVED, Assessment
from prodworthy.assurance.audit.ladder import PILOT, Need
from prodworthy.assurance.audit.reporting import Report
from prodworthy.assurance.audit.view import view
from prodworthy.assurance.stages.keeping import Row
from prodworthy.policy.core.evidence import Evidence
from prodworthy.policy.standard.standard import Standard

MOST_GAPS = 20


def standing_row(report: Report, standard: Standard, known: Evidence, before: Mapping[str, Any]) -> Row:
    """The row of one workload. `before` is the scope that was in force, for what the manifest does not bound."""
    stage, frozen = stage_in_force(report), report.freeze.frozen
    claims = view(known, report.at).claims
    names = {one.id: one.name for one in standard.document.stage}
    return {
        "tenant": report.tenant,
        "workload": report.workload,
        "stage": names[stage],
        "frozen": int(frozen and stage == PILOT),
        "scope": _json(scope(claims, before) if stage == PILOT and claims else UNBOUNDED),
        "summary": _json(_summary(report, names, claims)),
        "report": _json(report.plain()),
        "assessed_at": report.at,
        "size": report.ledger_size,
    }


def stage_in_force(report: Report) -> str:
    """The stage once what is due has been recorded; an override stands above it."""
    standing = report.standing
    if standing.override is None and standing.movement is not None and standing.movement.kind == "StageChanged":
        return str(standing.movement.fields["after"])
    return standing.stage


UNBOUNDED: dict[str, Any] = {"users": None, "rate": None, "tools": None, "classes": None}


def scope(claims: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The caps of a Pilot: as declared; where none is declared, the one that was in force before stays."""
    declared = {
        "users": claims["users"]["maximum"] or None,
        "rate": claims["limits"]["rate"],
        "tools": claims["tools"],
        "classes": claims["data"]["classes"] or None,
    }
    return {name: before.get(name) if value is None else value for name, value in declared.items()}


def _summary(report: Report, names: Mapping[str, str], claims: Mapping[str, Any]) -> dict[str, Any]:
    standing, held = report.standing, report.held_by
    override = standing.override
    times = [at for one in report.controls for at in _times(one)]
    return {
        "earned": names[report.earned],
        "claimed": claims.get("stage_claimed", ""),
        "question": held.number if held is not None else 0,
        "held_by": held.why if held is not None else "",
        "domains": {one.domain: one.tenths for one in report.domains},
        "not_ready": [one.domain for one in report.domains if not one.ready],
        "proven": sum(one.state == PROVEN for one in report.controls),
        "waived": sum(one.state == WAIVED for one in report.controls),
        "not_applicable": sum(one.state == NOT_APPLICABLE for one in report.controls),
        "open": sum(one.state not in (PROVEN, WAIVED, NOT_APPLICABLE) for one in report.controls),
        "gaps": [_gap(one) for one in report.next[:MOST_GAPS]],
        "frozen": report.freeze.why,
        "freeze": [_gap(one) for one in report.freeze.gaps] if report.freeze.frozen else [],
        "contradictions": [one.text for one in report.contradictions],
        "override": None
        if override is None
        else {"stage": names[override.stage], "until": override.until, "reason": override.reason},
        "falls_to": names.get(standing.falls_to, ""),
        "falls_at": standing.falls_at,
        "freshest": max(times, default=0),
        "oldest": min(times, default=0),
    }


def _gap(need: Need) -> dict[str, str]:
    return {"criterion": need.criterion, "text": need.text, "next": need.step}


def _times(one: Assessment) -> list[int]:
    """When the evidence that counts for a control was made: the end of the traffic, the drill, the statement."""
    seen = one.evidence
    found = [seen.enforced.last] if seen.enforced is not None else []
    found += [seen.exercised.at] if seen.exercised is not None else []
    return [*found, seen.attested.at] if seen.attested is not None else found


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
