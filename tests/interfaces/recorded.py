"""A journal with something in it: events spooled as a gateway does, and drained as the recorder does."""

from __future__ import annotations

from pathlib import Path

from prodworthy.policy.core.events import Completed, Decided, JournalEvent, Received
from prodworthy.record.journal.recorder import Recorder
from prodworthy.record.journal.spool import Spool
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault

MORNING = 1_800_000_000_000_000_000  # 2027-01-15 08:00:00Z
SECOND = 1_000_000_000


def exchange_id(at: int, number: int = 0) -> str:
    """An id as gateways make them: milliseconds, then what makes it unique."""
    return f"{at // 1_000_000:012x}{number:020x}"


def received(at: int, workload: str = "help-desk", number: int = 0) -> Received:
    return Received(
        exchange=exchange_id(at, number),
        tenant="default",
        workload=workload,
        at=at,
        release=f"{workload}@1",
        protocol="openai-chat",
        operation="chat",
        model="chat-1",
        key="k" * 12,
    )


def completed(at: int, workload: str = "help-desk", number: int = 0) -> Completed:
    return Completed(
        exchange=exchange_id(at, number),
        tenant="default",
        workload=workload,
        at=at + SECOND,
        end="answered",
        status=200,
        vendor="acme",
        model="chat-1-2026",
        tokens_in=11,
        tokens_out=7,
        latency=1_000_000,
        decisions=(Decided("PSF-1.2", "allow", "enforce"), Decided("PSF-2.1", "block", "observe", "no JSON")),
    )


def spool_and_drain(store: Store, folder: Path, vault: Vault, *events: JournalEvent) -> None:
    spool = Spool(folder, "gateway0", "0.1.0")
    for event in events:
        spool.append(event)
    spool.close()
    Recorder(store, folder, vault).drain()
