"""Exchanges with kept content in a home's journal, made by a real gateway in front of a simulated vendor."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from prodworthy.operations.acts import Act
from prodworthy.operations.roster.roster import apply
from prodworthy.policy.core.manifest import Manifest
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.store.database import open_store
from prodworthy.record.store.migrate import migrate
from prodworthy.record.store.vault import Vault
from tests.gateway.pipeline.speech import CHAT, ask
from tests.gateway.serving import serving, vendor_at
from tests.simulator import Say
from tests.simulator import Vendor as Simulator

MANIFEST = {"id": "assistant", "owner": "Ada", "models": [{"vendor": "vendor", "model": "gpt-sim"}]}

Talk = Sequence[tuple[str, str]]
"""What is asked, and what the vendor says to it."""


def talk(home: Path, said: Talk, stream: bool = False, **manifest: Any) -> list[str]:
    """Apply the manifest and have these exchanges; their ids, as the journal has them."""
    home.mkdir(mode=0o700, exist_ok=True)
    key = home / "master.key"
    key.write_text("00" * 32)
    key.chmod(0o600)
    exchanges = asyncio.run(_talk(home / "spool", said, stream, manifest))
    store = open_store(f"sqlite:///{home / 'prodworthy.db'}")
    migrate(store)
    apply(store, msgspec.convert({**MANIFEST, **manifest}, Manifest), Act("ada", 1))
    Recorder(store, home / "spool", Vault(bytes(32))).drain()
    store.close()
    return exchanges


async def _talk(spool: Path, said: Talk, stream: bool, manifest: dict[str, Any]) -> list[str]:
    async with Simulator(key="sk-vendor") as simulator, serving(spool) as gateway:
        gateway.declare({"vendor": vendor_at(simulator.url)}, **manifest)
        for asked, answered in said:
            simulator.script(Say(answered))
            await ask(gateway, CHAT, stream, messages=[{"role": "user", "content": asked}])
            asked_at = time.time_ns() // 1_000_000
            while time.time_ns() // 1_000_000 == asked_at:  # ids tell the order of two exchanges to the millisecond
                pass
        return [received.exchange for received, _ in await gateway.recorded(len(said))]
