"""The pages as an ASGI application: the roster, a workload, one of its controls, a leaf of the ledger.

Whoever may read them is decided before: this listens on a socket that only the gateways can open.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from prodworthy.interfaces.console.grouping import MOST_CONCERNS, concerns, groups
from prodworthy.interfaces.console.leaves import LeafFault, Leaves
from prodworthy.interfaces.console.rendering import asset, render
from prodworthy.interfaces.console.rows import report_of, roster, row_of
from prodworthy.operations.acts import Target
from prodworthy.policy.standard.standard import NotInStandard, Standard
from prodworthy.record.faults import RecordFault
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
LONGEST_NUMBER = 18
"""Digits of the number of a leaf."""

LONGEST_FAULT = 400
"""Characters of a fault that a page shows."""

_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}


class Parts(msgspec.Struct, frozen=True):
    """What the pages are made from; `clock` gives Unix nanoseconds."""

    store: Store
    flags: Flags
    standard: Standard
    leaves: Leaves
    clock: Callable[[], int] = time.time_ns


class Console:
    """Makes pages. What it needs of the database is read in a thread."""

    def __init__(self, parts: Parts) -> None:
        """Nothing is read yet."""
        self._parts = parts

    async def roster(self, request: Request) -> Response:
        """All workloads."""
        return await run_in_threadpool(self._roster)

    async def workload(self, request: Request) -> Response:
        """One workload with its forty controls."""
        return await run_in_threadpool(self._workload, _target(request))

    async def control(self, request: Request) -> Response:
        """One control, and the evidence behind it."""
        return await run_in_threadpool(self._control, _target(request), request.path_params["criterion"])

    async def leaf(self, request: Request) -> Response:
        """One leaf of the ledger."""
        return await run_in_threadpool(self._leaf, request.path_params["number"])

    async def file(self, request: Request) -> Response:
        """A style sheet or a picture."""
        name = request.path_params["name"]
        content = asset(name)
        if content is None:
            return _missing("There is no such file.")
        kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
        return Response(content, headers=_HEADERS | {"cache-control": "max-age=3600"}, media_type=kind)

    def _roster(self) -> Response:
        parts, now = self._parts, self._parts.clock()
        found = roster(parts.store, parts.flags, now)
        return _page(
            "roster.html",
            now=now,
            roster=found,
            groups=groups(found.rows, [one.name for one in parts.standard.document.stage]),
            concerns=concerns(found.rows),
            most=MOST_CONCERNS,
            domains=parts.standard.domains,
        )

    def _workload(self, target: Target) -> Response:
        parts, now = self._parts, self._parts.clock()
        row = row_of(parts.store, parts.flags, target, now)
        if row is None:
            return _missing("There is no such workload on the roster.")
        report = report_of(parts.store, target)
        names = {one.id: one.name for one in parts.standard.document.stage}
        return _page("workload.html", now=now, row=row, report=report, names=names)

    def _control(self, target: Target, name: str) -> Response:
        parts = self._parts
        try:
            criterion = parts.standard.criterion(name)
        except NotInStandard:
            return _missing("The standard has no such criterion.")
        report = report_of(parts.store, target)
        one = next((each for each in report["controls"] if each["criterion"] == name), None) if report else None
        if one is None:
            return _missing("This workload is not on the roster, or its control was not judged yet.")
        return _page(
            "control.html",
            now=parts.clock(),
            target=target,
            report=report,
            one=one,
            criterion=criterion,
            standard=parts.standard,
        )

    def _leaf(self, number: str) -> Response:
        plain = number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
        found = self._parts.leaves.leaf(int(number)) if plain else None
        if found is None:
            return _missing("The newest checkpoint of the ledger covers no such leaf.")
        return _page("leaf.html", now=self._parts.clock(), leaf=found)


def create_console(parts: Parts) -> Starlette:
    """The application."""
    console = Console(parts)
    routes = [
        Route("/", console.roster),
        Route("/roster/assets/{name}", console.file),
        Route("/roster/leaf/{number}", console.leaf),
        Route("/roster/{tenant}/{workload}", console.workload),
        Route("/roster/{tenant}/{workload}/{criterion}", console.control),
    ]
    handlers: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
        404: _no_page,
        LeafFault: _no_ledger,
        RecordFault: _no_record,
        Exception: _broken,
    }
    return Starlette(routes=routes, exception_handlers=handlers)


def _target(request: Request) -> Target:
    return Target(request.path_params["tenant"], request.path_params["workload"])


def _page(name: str, status: int = 200, **values: Any) -> Response:
    return Response(render(name, **values), status, _HEADERS, "text/html; charset=utf-8")


def _problem(status: int, title: str, text: str) -> Response:
    return _page("problem.html", status, now=time.time_ns(), title=title, text=text)


def _missing(text: str) -> Response:
    return _problem(404, "Not found", text)


async def _no_page(request: Request, fault: Exception) -> Response:
    return _missing("There is no such page.")


async def _no_ledger(request: Request, fault: Exception) -> Response:
    hint = "Traffic goes on, and what happens waits to be sealed. On a terminal: prodworthy ledger status."
    return _problem(503, "The ledger cannot be read", f"{str(fault)[:LONGEST_FAULT]}. {hint}")


async def _no_record(request: Request, fault: Exception) -> Response:
    text = "The database cannot be read at the moment. Traffic goes on, and what happens is kept in the spool."
    return _problem(503, "The record is away", text)


async def _broken(request: Request, fault: Exception) -> Response:
    return _problem(500, "This page cannot be made", "Why stands in the log of the control process. Traffic goes on.")
