"""Tells whoever is on call what becomes of a workload's stage, before it happens, by the route of its manifest.

A webhook gets one JSON document, from this machine, without following it elsewhere. Mail is not sent by this version:
what it would have said is in the log, in the record and on the roster. What could not be told is said in the log; it
stops nothing, and all that is told at a time is told within ten seconds.
"""

from __future__ import annotations

import http.client
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from prodworthy.assurance.audit.reporting import Report
from prodworthy.operations.roster.roster import newest_versions
from prodworthy.record.store.database import Store

SECONDS = 5.0
"""How long a webhook may be silent."""

ALL_SECONDS = 10.0
"""How long all that is told at a time may take: the evidence waits for it."""

AT_ONCE = 16
"""Webhooks that are asked at the same time."""

_log = logging.getLogger("prodworthy.evidence")


class News(msgspec.Struct, frozen=True):
    """What is told: which workload, what happened, and the event that says it on the ledger."""

    workload: str
    kind: str
    text: str
    event: dict[str, object]


def tell(store: Store, reports: Iterable[Report], seconds: float = ALL_SECONDS) -> int:
    """Tell what moved, to whom the manifests name; how many took it within so many seconds. Raises StoreFault."""
    moved = {(one.tenant, one.workload): one for one in reports if one.standing.movement is not None}
    return _Round(list(_news(store, moved))).told(seconds) if moved else 0


def _news(store: Store, moved: dict[tuple[str, str], Report]) -> Iterator[tuple[str, News]]:
    """The addresses that are to be told, and what. A manifest that cannot be read names nobody."""
    with store.connect() as connection:
        versions = [
            one for one in newest_versions(connection, None) if (one.target.tenant, one.target.workload) in moved
        ]
    for version in versions:
        movement = moved[version.target.tenant, version.target.workload].standing.movement
        try:
            on_call = version.manifest().on_call
        except msgspec.DecodeError:
            continue
        if movement is None or on_call is None or not on_call.route.startswith("webhook:"):
            continue
        because = "; ".join(str(one) for one in movement.fields["reasons"])
        news = News(str(version.target), movement.kind, because, dict(movement.fields))
        yield on_call.route.removeprefix("webhook:"), news


class _Round:
    """Threads that tell one address after the other until none is left, or the time is over."""

    def __init__(self, left: list[tuple[str, News]]) -> None:
        self._left = left
        self._names = [news.workload for _, news in left]
        self._ended: dict[str, str] = {}
        self._over = False

    def told(self, seconds: float) -> int:
        """How many took it; who did not is named in the log, with the reason."""
        deadline = time.monotonic() + seconds
        threads = [threading.Thread(target=self._work, daemon=True) for _ in self._left[:AT_ONCE]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._over = True
        ended = dict(self._ended)
        for name in self._names:
            why = ended.get(name, "it takes too long")
            if why:
                _log.warning("%s: nobody could be told: %s", name, why)
        return sum(not why for why in ended.values())

    def _work(self) -> None:
        while not self._over:
            try:
                url, news = self._left.pop()
            except IndexError:
                return
            self._ended[news.workload] = _post(url, news)


class _Here(urllib.request.HTTPRedirectHandler):
    """Whoever sends elsewhere has not taken it, and chooses no other address for this machine to ask."""

    def redirect_request(self, *asked: Any) -> None:
        """None: the answer stays what it is."""


_OPENER = urllib.request.build_opener(_Here)


def _post(url: str, news: News) -> str:
    """Send one document; "" where it was taken, else why not. The address may be a secret, and is not told."""
    headers = {"content-type": "application/json", "user-agent": "prodworthy"}
    try:
        request = urllib.request.Request(url, msgspec.json.encode(news), headers, method="POST")  # noqa: S310 - http(s) only
        _OPENER.open(request, timeout=SECONDS).close()  # any status but 2xx is an HTTPError
        return ""
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return f"status {refusal.code}"
    except (OSError, http.client.HTTPException, ValueError) as fault:
        return type(fault).__name__
