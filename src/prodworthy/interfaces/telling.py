"""Tells whoever is on call what becomes of a workload's stage, before it happens, by the route of its manifest.

A webhook gets one JSON document. Mail is not sent by this version: what it would have said is in the log, in the
record and on the roster. What could not be told is said in the log; it stops nothing.
"""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from collections.abc import Iterable

import msgspec

from prodworthy.assurance.audit.reporting import Report
from prodworthy.operations.roster.roster import newest_versions
from prodworthy.record.store.database import Store

SECONDS = 5.0
"""How long a webhook may take."""

_log = logging.getLogger("prodworthy.evidence")


class News(msgspec.Struct, frozen=True):
    """What is told: which workload, what happened, and the event that says it on the ledger."""

    workload: str
    kind: str
    text: str
    event: dict[str, object]


def tell(store: Store, reports: Iterable[Report]) -> int:
    """Tell what moved, to whom the manifests name; how many were told. Raises StoreFault."""
    moved = {(one.tenant, one.workload): one for one in reports if one.standing.movement is not None}
    if not moved:
        return 0
    told = 0
    with store.connect() as connection:
        versions = [
            one for one in newest_versions(connection, None) if (one.target.tenant, one.target.workload) in moved
        ]
    for version in versions:
        report = moved[version.target.tenant, version.target.workload]
        movement = report.standing.movement
        try:
            on_call = version.manifest().on_call
        except msgspec.DecodeError:
            continue
        if movement is None or on_call is None or not on_call.route.startswith("webhook:"):
            continue
        because = "; ".join(str(one) for one in movement.fields["reasons"])
        news = News(str(version.target), movement.kind, because, dict(movement.fields))
        told += _post(on_call.route.removeprefix("webhook:"), news)
    return told


def _post(url: str, news: News) -> bool:
    """Send one document; whether it was taken."""
    headers = {"content-type": "application/json", "user-agent": "prodworthy"}
    request = urllib.request.Request(url, msgspec.json.encode(news), headers, method="POST")  # noqa: S310 - http(s) only
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - the manifest's form allows no other
            return bool(200 <= answer.status < 300)
    except (OSError, urllib.error.URLError, ValueError) as fault:
        _log.warning("%s: nobody could be told: %s", news.workload, type(fault).__name__)
        return False
