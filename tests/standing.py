"""Where a workload stands, written as the assessor writes it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import delete, insert

from prodworthy.operations.acts import Target
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import standing
from prodworthy.record.store.watch import bump


def stand(store: Store, target: Target, stage: str, frozen: bool = False, **more: Any) -> None:
    """Put a workload at a stage. Fields of its scope and its summary are given by name."""
    scope = {name: more.pop(name, None) for name in ("users", "rate", "tools", "classes")}
    summary = {"held_by": "", "gaps": [], "freeze": [], "override": None, **more}
    row = {
        "tenant": target.tenant,
        "workload": target.workload,
        "stage": stage,
        "frozen": int(frozen),
        "scope": json.dumps(scope),
        "summary": json.dumps(summary),
        "report": "{}",
        "assessed_at": 1,
        "due_at": 0,
        "size": 0,
    }
    with store.begin() as connection:
        own = (standing.c.tenant == target.tenant, standing.c.workload == target.workload)
        connection.execute(delete(standing).where(*own))
        connection.execute(insert(standing).values(row))
        bump(connection)
