"""The evidence process: puts on record what is declared, and seals what happened and what people did in the ledger.

Started by the supervisor as `python -m prodworthy.interfaces.evidence_process HOME`. What is wrong here stops no
traffic: it is said once, and tried again until it is mended.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path

from prodworthy.interfaces.child import give_way, ready, speaking, when_orphaned
from prodworthy.interfaces.sealing import Evidence
from prodworthy.interfaces.settings import Home, SettingsFault, load_home
from prodworthy.record.faults import RecordFault
from prodworthy.record.ledger.faults import LedgerFault, LedgerLocked
from prodworthy.record.store.database import Store, open_store

_log = logging.getLogger("prodworthy.evidence")


def main(arguments: list[str]) -> None:
    """Seal until told to stop; then seal what is left."""
    give_way()
    with speaking("evidence"):
        asyncio.run(_seal(Path(arguments[0])))


async def _seal(folder: Path) -> None:
    home = load_home(folder)
    store = open_store(home.store_url)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, stop.set)
    when_orphaned(loop, stop.set)
    ready()
    turns = Turns(home, store)
    try:
        while not stop.is_set():
            await asyncio.to_thread(turns.take)
            try:
                async with asyncio.timeout(home.settings.evidence.seconds):
                    await stop.wait()
            except TimeoutError:
                continue
        await asyncio.to_thread(turns.take)
    finally:
        store.close()


class Turns:
    """Turns that go wrong and are taken again: each fault is told once, and its end too."""

    def __init__(self, home: Home, store: Store) -> None:
        """Nothing is read yet: what cannot be read now may be there at the next turn."""
        self._home = home
        self._store = store
        self._evidence: Evidence | None = None
        self._fault = ""
        self._unattested: list[str] = []

    def take(self) -> None:
        """One turn; a fault is told."""
        try:
            if self._evidence is None:
                self._evidence = Evidence(self._home, self._store)
            self._evidence.turn()
            self._tell_unattested(self._evidence.attest())
        except LedgerLocked:
            return  # somebody seals by hand: the next turn finds what is left
        except (SettingsFault, RecordFault, LedgerFault) as fault:
            self._tell(f"{fault} ({getattr(fault, 'code', type(fault).__name__)})")
            return
        if self._fault:
            self._fault = ""
            _log.warning("evidence is sealed again")

    def _tell_unattested(self, faults: list[str]) -> None:
        for fault in faults:
            if fault not in self._unattested:
                _log.warning("the ledger is not attested by others: %s; it is asked again", fault)
        if faults:
            self._unattested = faults

    def _tell(self, fault: str) -> None:
        if fault != self._fault:
            self._fault = fault
            _log.error(
                "evidence is not sealed: %s; traffic goes on, and what happens is kept until this is mended", fault
            )


if __name__ == "__main__":
    main(sys.argv[1:])
