"""The assessments as OSCAL assessment-results (NIST OSCAL 1.1.3, JSON): one result for each workload.

Only `proven` is satisfied. An observation names the leaves of the ledger that it rests on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from prodworthy.assurance.audit.assessing import PROVEN, Assessment
from prodworthy.assurance.audit.reports.drawn import Drawn, Workload, leaves_text, time_text

OSCAL = "1.1.3"
NAMESPACE = "https://prodworthy.example/ns/oscal"
_METHODS = {"TEST": ("enforced", "exercised"), "INTERVIEW": ("attested",)}


def oscal_json(drawn: Drawn) -> Iterator[bytes]:
    """The whole document."""
    about, plan = drawn.about, drawn.uuid("plan")
    publication = drawn.standard.publication
    resource = {
        "uuid": plan,
        "title": f"{publication.name} {publication.version}",
        "description": "The standard that was judged by, with what it requires of each tier; it is the plan.",
        "props": [_prop("sha256", drawn.standard.digest)],
    }
    plain = {
        "uuid": drawn.uuid("assessment-results"),
        "metadata": {
            "title": "Assessment of AI workloads from sealed evidence",
            "last-modified": time_text(about.made_at),
            "version": about.version,
            "oscal-version": OSCAL,
            "props": [_prop("ledger", about.origin), _prop("ledger-size", str(about.size))],
        },
        "import-ap": {"href": f"#{plan}"},
        "results": [_result(drawn, workload) for workload in drawn.workloads],
        "back-matter": {"resources": [resource]},
    }
    yield json.dumps({"assessment-results": plain}, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _result(drawn: Drawn, workload: Workload) -> dict[str, Any]:
    report, names = workload.report, {one.id: one.name for one in drawn.standard.document.stage}
    first = min((one.at for one in workload.evidence.operations), default=report.at)
    observed = [_observation(drawn, workload, one) for one in report.controls]
    return {
        "uuid": drawn.uuid("result", workload.name),
        "title": workload.name,
        "description": f"What the evidence says of {workload.name} at {time_text(report.at)}.",
        "start": time_text(drawn.about.since or first),
        "end": time_text(report.at),
        "props": [
            _prop("stage-earned", names.get(report.earned, report.earned)),
            _prop("stage-in-force", names.get(report.standing.stage, report.standing.stage)),
        ],
        "reviewed-controls": {
            "control-selections": [{"include-controls": [{"control-id": one.criterion} for one in report.controls]}]
        },
        "observations": observed,
        "findings": [
            _finding(drawn, workload, one, observation["uuid"])
            for one, observation in zip(report.controls, observed, strict=True)
        ],
    }


def _observation(drawn: Drawn, workload: Workload, one: Assessment) -> dict[str, Any]:
    seen = {"enforced": one.evidence.enforced, "exercised": one.evidence.exercised, "attested": one.evidence.attested}
    methods = [name for name, grades in _METHODS.items() if any(seen[grade] is not None for grade in grades)]
    return {
        "uuid": drawn.uuid("observation", workload.name, one.criterion),
        "title": f"{one.criterion} {one.title}",
        "description": f"Method: {one.method}. Frame: {one.frame}. Window: {one.window} days.",
        "methods": methods or ["EXAMINE"],
        "props": [_prop("leaves", leaves_text(one.leaves))] if one.leaves else [_prop("leaves", "none")],
        "collected": time_text(workload.report.at),
    }


def _finding(drawn: Drawn, workload: Workload, one: Assessment, observation: str) -> dict[str, Any]:
    status: dict[str, Any] = {"state": "satisfied" if one.state == PROVEN else "not-satisfied"}
    if one.state != PROVEN:
        status["remarks"] = f"{one.state}: {one.gap}" if one.gap else one.state
    return {
        "uuid": drawn.uuid("finding", workload.name, one.criterion),
        "title": f"{one.criterion} {one.title}",
        "description": f"State: {one.state}; level {one.level} of 5. {one.gap}".rstrip(),
        "props": [_prop("state", one.state), _prop("level", str(one.level))],
        "target": {"type": "objective-id", "target-id": one.criterion, "status": status},
        "related-observations": [{"observation-uuid": observation}],
    }


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": value or "none"}
