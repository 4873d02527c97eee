"""The control API's process, which makes the pages too: serving until it is told to stop or its supervisor is gone.

Started by the supervisor as `python -m prodworthy.interfaces.control_process HOME`.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from prodworthy.interfaces.api.app import create_app
from prodworthy.interfaces.api.parts import Parts
from prodworthy.interfaces.api.token import read_or_create_token
from prodworthy.interfaces.child import give_way, ready, speaking
from prodworthy.interfaces.console.opening import create_console
from prodworthy.interfaces.listening import leave_on_end, listen, listen_unix
from prodworthy.interfaces.server import Server
from prodworthy.interfaces.settings import Home, load_home
from prodworthy.policy.controls.catalogue import discover
from prodworthy.record.store.database import open_store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.vault import Vault, read_or_create_key

DRAIN = 3
"""Seconds that running requests have to end."""

MOST_CONNECTIONS = 256


def main(arguments: list[str]) -> None:
    """Serve."""
    give_way()
    with speaking("control"):
        asyncio.run(_serve(load_home(Path(arguments[0]))))


async def _serve(home: Home) -> None:
    store = open_store(home.store_url)
    token = read_or_create_token(home.control_token)
    vault = Vault(read_or_create_key(home.master_key))
    flags = Flags(home.kill)
    parts = Parts(store, flags, vault, token, time.time_ns, discover())
    control = Server(config_of(create_app(parts)), ready)
    pages = Server(config_of(create_console(store, flags, home)))

    def leave() -> None:
        control.leave()
        pages.leave()

    leave_on_end(leave)
    try:
        # the pages first: when the control API tells that it listens, everything does
        serving = asyncio.create_task(pages.serve(sockets=[listen_unix(home.console)]))
        await control.serve(sockets=[listen(home.settings.control.host, home.settings.control.port)])
        pages.leave()
        await serving
    finally:
        store.close()


def config_of(app: ASGIApp) -> uvicorn.Config:
    """How an application of ours is served."""
    return uvicorn.Config(
        app,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=DRAIN,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
