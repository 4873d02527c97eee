"""The recorder process: takes what gateways spooled into the journal, and deletes what has outlived its retention.

Started by the supervisor as `python -m prodworthy.interfaces.recorder_process HOME`.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from pathlib import Path

from prodworthy.interfaces.child import give_way, ready, speaking, when_orphaned
from prodworthy.interfaces.settings import load_home
from prodworthy.operations.roster.retention import retentions
from prodworthy.record.faults import StoreFault
from prodworthy.record.journal.prices import Prices
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.retention import sweep
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.vault import Vault, read_or_create_key

INTERVAL = 0.5
"""Seconds between two looks at the spool: seldom enough that its work seldom delays an exchange on the same core."""

PAUSE = 1.0
"""Seconds before the store is tried again after it failed."""

SWEEP = 3_600.0
"""Seconds between two sweeps for what has outlived its retention."""

_log = logging.getLogger("prodworthy.recorder")


def main(arguments: list[str]) -> None:
    """Record until told to stop; then take what is left."""
    give_way()
    with speaking("recorder"):
        asyncio.run(_record(Path(arguments[0])))


async def _record(folder: Path) -> None:
    home = load_home(folder)
    store = open_store(home.store_url)
    priced = {name: vendor.prices for name, vendor in home.settings.vendors.items() if vendor.prices}
    recorder = Recorder(store, home.spool, Vault(read_or_create_key(home.master_key)), Prices(priced))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, stop.set)
    when_orphaned(loop, stop.set)
    ready()
    swept = 0.0
    while not stop.is_set():
        pause = INTERVAL
        try:
            await asyncio.to_thread(recorder.drain)
            if time.monotonic() - swept > SWEEP or not swept:
                swept = time.monotonic()
                await asyncio.to_thread(_sweep, store)
        except StoreFault as fault:
            _log.warning("the journal cannot be written: %s; what happened stays in the spool", fault)
            pause = PAUSE
        try:
            async with asyncio.timeout(pause):
                await stop.wait()
        except TimeoutError:
            continue
    try:
        await asyncio.to_thread(recorder.drain)
    except StoreFault as fault:
        _log.warning("the journal cannot be written: %s; the next start takes what is left in the spool", fault)
    finally:
        store.close()


def _sweep(store: Store) -> None:
    days, default = retentions(store)
    sweep(store, days, default, time.time_ns())


if __name__ == "__main__":
    main(sys.argv[1:])
