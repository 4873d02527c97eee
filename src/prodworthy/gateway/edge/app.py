"""From a request's head to an exchange, and answers that need none."""

from __future__ import annotations

import logging
import time
import traceback

import msgspec

from prodworthy.gateway.edge.pages import Pages, is_page
from prodworthy.gateway.edge.request import Request
from prodworthy.gateway.pipeline.admission import admit
from prodworthy.gateway.pipeline.exchange_run import ExchangeRun
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.pipeline.runtime import Inbound, Runtime
from prodworthy.gateway.protocols.protocol import Rendered
from prodworthy.gateway.protocols.routes import Local, Mismatch, Route, match

_log = logging.getLogger("prodworthy.gateway")
_JSON = (b"content-type", b"application/json")


class App:
    """Answers HTTP requests; one per process."""

    def __init__(self, runtime: Runtime, pages: Pages | None = None) -> None:
        """Serve with these parts; without `pages` nothing but exchanges."""
        self._runtime = runtime
        self._pages = pages

    async def serve(self, request: Request) -> None:
        """Answer one request; whatever happens, it is over afterwards."""
        found = match(request.method, request.path)
        try:
            if isinstance(found, Route):
                await self._exchange(found, request)
            elif isinstance(found, Local):
                await self._local(found, request)
            elif self._pages is not None and is_page(request.method, request.path):
                await self._pages.serve(request)
            else:
                await request.whole(_mismatched(found))
        finally:
            request.over()

    async def _exchange(self, route: Route, request: Request) -> None:
        inbound = Inbound(route, request.headers, request.fields, request.body)
        try:
            admitted = admit(self._runtime, inbound, time.time_ns())
        except Refused as refused:
            await request.whole(route.protocol.refuse(refused.refusal, ""))
            return
        run = request.run = ExchangeRun(self._runtime, admitted, inbound, request)
        try:
            try:
                await run.serve()
            finally:
                request.run = None  # a caller that leaves from now on must not interrupt the record
        except Exception as fault:
            _log.error("an exchange of %s failed: %s", admitted.served.workload.release, _place(fault))
            await run.fail()

    async def _local(self, local: Local, request: Request) -> None:
        ready = self._runtime.current.ready
        if local.name == "models":
            await self._models(local, request)
        elif local.name == "ready":
            await request.whole(Rendered(200 if ready else 503, (_JSON,), msgspec.json.encode({"ready": ready})))
        else:
            await request.whole(Rendered(200, (_JSON,), local.body))

    async def _models(self, local: Local, request: Request) -> None:
        """The models of the key's workload, as OpenAI clients list them."""
        inbound = Inbound(local.route, request.headers, request.fields, request.body)
        try:
            served = admit(self._runtime, inbound, time.time_ns()).served
        except Refused as refused:
            await request.whole(local.route.protocol.refuse(refused.refusal, ""))
            return
        models = [
            {"id": name, "object": "model", "created": 0, "owned_by": model.vendor}
            for name, (model, _) in served.destinations.items()
        ]
        await request.whole(Rendered(200, (_JSON,), msgspec.json.encode({"object": "list", "data": models})))


def _place(fault: Exception) -> str:
    """The kind of a fault and where it arose. Its text and its source lines stay out: they may hold what was asked."""
    frames = [f"{frame.f_code.co_name}:{line}" for frame, line in traceback.walk_tb(fault.__traceback__)]
    return f"{type(fault).__name__} in {' > '.join(frames)}"


def _mismatched(found: Mismatch) -> Rendered:
    """No such route, or not by this method."""
    rendered = found.protocol.refuse(found.refusal, "")
    allow = [(b"allow", ", ".join(found.allow).encode())] if found.allow else []
    return rendered.with_headers(allow)
