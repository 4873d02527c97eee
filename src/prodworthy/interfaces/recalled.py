"""An exchange of the journal with its content, opened and read again as its gateway read it, and measured anew."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Iterable
from types import TracebackType

import msgspec

from prodworthy.gateway.detectors.detector import Detector, Reading
from prodworthy.gateway.pipeline.measuring import Derived, Facts, Measuring
from prodworthy.gateway.pipeline.rereading import CannotReread, Kept, Reread, reread
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.input_governance import redacted_record
from prodworthy.policy.core.exchange import Exchange
from prodworthy.policy.core.manifest import Mode
from prodworthy.record.faults import ContentErased
from prodworthy.record.journal.contents import content
from prodworthy.record.journal.records import Record
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault

SECONDS = 60.0
"""Seconds that one measurement may take: nobody waits for it."""


class Archive(msgspec.Struct, frozen=True):
    """Where kept exchanges are read from, and the workload whose they are. Without a vault, nothing is opened."""

    store: Store
    vault: Vault | None
    workload: Workload


class Lost(enum.StrEnum):
    """Why an exchange cannot be read again."""

    NOT_KEPT = "not kept"
    ERASED = "erased"
    UNREADABLE = "unreadable"


class Recalled(msgspec.Struct, frozen=True):
    """One exchange, read again. `redacted`: its content was masked before it was kept."""

    exchange: Exchange
    reread: Reread
    redacted: bool


def recall(archive: Archive, record: Record) -> Recalled | Lost:
    """Open an exchange's content and read it. Raises StoreFault."""
    workload = archive.workload
    if archive.vault is None or "Received" not in record.content:
        return Lost.NOT_KEPT
    try:
        opened = content(archive.store, archive.vault, record.exchange, record.tenant)
    except ContentErased:
        return Lost.ERASED
    if "Received" not in opened:
        return Lost.NOT_KEPT
    redacted = any(
        decided.criterion == redacted_record.CONTROL.criterion and decided.mode == Mode.ENFORCE.value
        for decided in record.decisions
    )
    # what a vendor said as an error, and what was cut off, is no answer of its protocol
    answer = opened.get("Completed", b"") if record.end == "answered" else b""
    kept = Kept(record.protocol, record.operation, record.model, opened["Received"], answer, redacted)
    try:
        found = reread(kept, workload.manifest.retrieved)
    except CannotReread:
        return Lost.UNREADABLE
    return Recalled(_exchange(workload, record, found), found, redacted)


class Meter:
    """Measures as a gateway does, one text after the other."""

    def __init__(self) -> None:
        """Use it as a context: it holds a loop and threads."""
        self._runner = asyncio.Runner()
        self._measuring = Measuring()

    def __enter__(self) -> Meter:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """Give loop and threads up."""
        self._measuring.close()
        self._runner.close()

    def measure(self, detectors: Iterable[Detector], reading: Reading, derived: Derived | None = None) -> Facts:
        """The facts of a text; one that cannot be measured is missing."""
        return self._runner.run(self._measuring.measure(tuple(detectors), reading, SECONDS, derived))


def _exchange(workload: Workload, record: Record, found: Reread) -> Exchange:
    return Exchange(
        id=record.exchange,
        tenant=record.tenant,
        workload=record.workload,
        release=record.release,
        environment=workload.manifest.environment,
        protocol=record.protocol,
        key=record.key,
        subject=record.subject,
        at=record.at,
        call=found.call,
    )
