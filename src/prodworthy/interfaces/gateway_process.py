"""One gateway process: composed from the settings, serving until it is told to stop or its supervisor is gone.

Started by the supervisor as `python -m prodworthy.interfaces.gateway_process HOME NUMBER`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
import sys
import threading
import time
from pathlib import Path

import uvloop

from prodworthy.gateway.edge.app import App
from prodworthy.gateway.edge.pages import Pages
from prodworthy.gateway.edge.server import Server
from prodworthy.gateway.pipeline.current import Policy
from prodworthy.gateway.pipeline.live import Cause
from prodworthy.gateway.pipeline.runtime import Runtime
from prodworthy.interfaces.child import await_begin, ready, speaking
from prodworthy.interfaces.gateway_pages import pages_of
from prodworthy.interfaces.gateway_parts import Parts, compose
from prodworthy.interfaces.listening import leave_on_end, listen
from prodworthy.interfaces.settings import GatewaySettings, load_home

TICK = 0.25
"""Seconds between two looks at the age of the policy, and at what is overdue."""

FLUSH = 2.0
"""Seconds between two entries of strays and alerts."""

LAST_RECORDS = 3.0
"""Seconds that exchanges cut off by the drain have to write their records and their callers' last words."""

LAST_LOOK = 2.0
"""Seconds that the thread that follows policy has to end."""

_log = logging.getLogger("prodworthy.gateway")


def main(arguments: list[str]) -> None:
    """Serve."""
    with speaking("gateway"):
        await_begin()
        home = load_home(Path(arguments[0]))
        uvloop.run(_serve(compose(home, int(arguments[1])), pages_of(home), home.settings.gateway))


async def _serve(parts: Parts, pages: Pages, settings: GatewaySettings) -> None:
    """Follow policy, then serve; afterwards end what runs and close the record."""
    runtime = parts.runtime
    server = Server(App(runtime, pages).serve, settings.drain)
    leave_on_end(server.leave)
    chores = [asyncio.create_task(chore) for chore in (runtime.lessee.run(), _tick(runtime), _flush(runtime))]
    for chore in chores:
        chore.add_done_callback(functools.partial(_leave_on_fault, server))
    follower = await _follow(parts, server)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    try:
        await server.serve(listen(settings.host, settings.port, shared=True), ready)
    finally:
        runtime.live.stop_all(Cause.DRAINING)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_RECORDS):
                await runtime.live.emptied()
        for chore in chores:
            chore.cancel()
        runtime.tally.flush(time.time_ns())
        parts.follower.end()
        await asyncio.to_thread(follower.join, LAST_LOOK)  # it must not begin anything while the interpreter ends
        await asyncio.to_thread(runtime.spool.close)
        for vendor in parts.vendors.values():
            await vendor.transport.aclose()


async def _follow(parts: Parts, server: Server) -> threading.Thread:
    """Start following policy; the thread, once the first is here. A process that no longer follows must not serve."""
    loop = asyncio.get_running_loop()
    first = asyncio.Event()

    def deliver(policy: Policy, known_at: float | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may have closed meanwhile
            loop.call_soon_threadsafe(parts.runtime.current.take, policy, known_at)
            loop.call_soon_threadsafe(first.set)

    def follow() -> None:
        try:
            parts.follower.run(deliver)
        finally:
            server.leave()

    following = threading.Thread(target=follow, name="follower", daemon=True)
    following.start()
    await first.wait()
    return following


def _leave_on_fault(server: Server, chore: asyncio.Task[None]) -> None:
    """A chore that fails ends the process in order; the supervisor starts a sound one."""
    if not chore.cancelled() and chore.exception() is not None:
        _log.error("a chore failed", exc_info=chore.exception())
        server.leave()


async def _tick(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(TICK)
        now = time.monotonic()
        runtime.current.expire(now)
        runtime.live.expire(now)


async def _flush(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(FLUSH)
        runtime.tally.flush(time.time_ns())


if __name__ == "__main__":
    main(sys.argv[1:])
