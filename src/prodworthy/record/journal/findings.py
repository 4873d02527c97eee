"""What the recorder found wrong with a spool: kept as operation events, and told to the log.

- SpoolCut: the last frame of a process that died was not all there; `amount` bytes were dropped.
- SpoolCorrupt: a file holds bytes that are no frame; `amount` bytes from there on were not taken, the file is kept.
- SpoolGap: `amount` events are missing in the sequence.
- ContentUnreadable: `amount` contents did not open with this master key.
- GatewayLost: a gateway process ended without closing its spool.
"""

from __future__ import annotations

import logging
import time

import msgspec
from sqlalchemy import Connection, insert

from prodworthy.record.store.tables import operation_event

ACTOR = "recorder"
_log = logging.getLogger("prodworthy.recorder")


class Finding(msgspec.Struct, frozen=True):
    """One finding: its kind, whose spool, which file, and how much (bytes or events, by kind)."""

    kind: str
    gateway: str
    file: str
    amount: int


def record_finding(connection: Connection, finding: Finding) -> None:
    """Write an operation event in the caller's transaction, and a line in the log."""
    _log.warning("%s: %s, amount %d", finding.kind, finding.file, finding.amount)
    body = {"type": finding.kind, "gateway": finding.gateway, "file": finding.file, "amount": finding.amount}
    connection.execute(
        insert(operation_event).values(
            tenant="",
            workload="",
            kind=finding.kind,
            at=time.time_ns(),
            actor=ACTOR,
            body=msgspec.json.encode(body).decode(),
        )
    )
