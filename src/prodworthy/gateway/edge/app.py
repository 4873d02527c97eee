"""The ASGI application of a gateway process: from a request's head to an exchange, and answers that need none."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from prodworthy.gateway.edge.caller import AsgiCaller, Send
from prodworthy.gateway.pipeline.admission import admit
from prodworthy.gateway.pipeline.exchange_run import ExchangeRun
from prodworthy.gateway.pipeline.live import Cause
from prodworthy.gateway.pipeline.refused import Refused
from prodworthy.gateway.pipeline.runtime import Inbound, Runtime
from prodworthy.gateway.protocols.protocol import Rendered
from prodworthy.gateway.protocols.routes import Local, Mismatch, Route, match
from prodworthy.policy.core.refusal import Code, Refusal

Body = TypeVar("Body", bytes, bytearray)
Receive = Callable[[], Awaitable[dict[str, Any]]]

_log = logging.getLogger("prodworthy.gateway")
_JSON = (b"content-type", b"application/json")


class App:
    """Serves HTTP requests; one per process."""

    def __init__(self, runtime: Runtime) -> None:
        """Serve with these parts."""
        self._runtime = runtime

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """ASGI entry."""
        if scope["type"] != "http":
            return
        caller = AsgiCaller(send, scope["connection"])
        found = match(scope["method"], scope["raw_path"])
        if isinstance(found, Route):
            await self._exchange(found, scope, receive, caller)
        elif isinstance(found, Local):
            await self._local(found, scope, caller)
        else:
            await caller.whole(_mismatched(found))

    async def _exchange(self, route: Route, scope: dict[str, Any], receive: Receive, caller: AsgiCaller) -> None:
        fields = dict(scope["headers"])
        inbound = Inbound(route, scope["headers"], fields, _BodyReader(receive, fields).read)
        try:
            admitted = admit(self._runtime, inbound, time.time_ns())
        except Refused as refused:
            await caller.whole(route.protocol.refuse(refused.refusal, ""))
            return
        run = ExchangeRun(self._runtime, admitted, inbound, caller)
        lost: list[Callable[[], None]] = scope["connection"].lost

        def gone() -> None:
            run.stop(Cause.DISCONNECTED)

        lost.append(gone)
        try:
            try:
                await run.serve()
            finally:
                lost.remove(gone)  # a caller that leaves from now on must not interrupt the record
        except Exception as fault:
            _log.error("an exchange of %s failed: %s", admitted.served.workload.release, _place(fault))
            await run.fail()

    async def _local(self, local: Local, scope: dict[str, Any], caller: AsgiCaller) -> None:
        ready = self._runtime.current.ready
        if local.name == "models":
            await self._models(local, scope, caller)
        elif local.name == "ready":
            await caller.whole(Rendered(200 if ready else 503, (_JSON,), msgspec.json.encode({"ready": ready})))
        else:
            await caller.whole(Rendered(200, (_JSON,), local.body))

    async def _models(self, local: Local, scope: dict[str, Any], caller: AsgiCaller) -> None:
        """The models of the key's workload, as OpenAI clients list them."""
        inbound = Inbound(local.route, scope["headers"], dict(scope["headers"]), _no_body)
        try:
            served = admit(self._runtime, inbound, time.time_ns()).served
        except Refused as refused:
            await caller.whole(local.route.protocol.refuse(refused.refusal, ""))
            return
        models = [
            {"id": name, "object": "model", "created": 0, "owned_by": model.vendor}
            for name, (model, _) in served.destinations.items()
        ]
        await caller.whole(Rendered(200, (_JSON,), msgspec.json.encode({"object": "list", "data": models})))


class _BodyReader:
    """Reads a request's body within a bound of size; how long it may take is the exchange's own bound."""

    def __init__(self, receive: Receive, fields: dict[bytes, bytes]) -> None:
        self._receive = receive
        self._fields = fields

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises Refused for one that is too large or compressed."""
        if int(self._fields.get(b"content-length", 0)) > limit:
            raise _too_large(limit)
        if self._fields.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Refused(Refusal(Code.UNSUPPORTED_ENCODING, "The body is compressed."))
        message = await self._receive()
        if not message.get("more_body"):
            return _within(bytes(message.get("body", b"")), limit)
        collected = bytearray(message.get("body", b""))
        while message.get("more_body"):
            message = await self._receive()
            collected += message.get("body", b"")
            _within(collected, limit)
        return bytes(collected)


def _within(body: Body, limit: int) -> Body:
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _place(fault: Exception) -> str:
    """The kind of a fault and where it arose. Its text and its source lines stay out: they may hold what was asked."""
    frames = [f"{frame.f_code.co_name}:{line}" for frame, line in traceback.walk_tb(fault.__traceback__)]
    return f"{type(fault).__name__} in {' > '.join(frames)}"


async def _no_body(limit: int) -> bytes:
    return b""


def _too_large(limit: int) -> Refused:
    return Refused(Refusal(Code.BODY_TOO_LARGE, f"The body is larger than the {limit} bytes that the workload allows."))


def _mismatched(found: Mismatch) -> Rendered:
    """No such route, or not by this method."""
    rendered = found.protocol.refuse(found.refusal, "")
    allow = [(b"allow", ", ".join(found.allow).encode())] if found.allow else []
    return rendered.with_headers(allow)
