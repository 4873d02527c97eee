"""Puts on record what a judge needs besides traffic: the claims of manifests in force, and what is installed."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from prodworthy.operations.acts import Act, Declared, Installed, Target
from prodworthy.operations.event_log import record, recorded_of
from prodworthy.operations.roster.claims import claims
from prodworthy.operations.roster.roster import Version, workload
from prodworthy.operations.snapshot.compiling import CannotCompile, compile_workload
from prodworthy.policy.controls.contract import Control
from prodworthy.record.store.database import Store
from prodworthy.record.store.tables import workload_version

ACTOR = "evidence"
INSTALLATION = Target("", "")
_log = logging.getLogger("prodworthy.evidence")


def install(store: Store, installed: Installed, now: int) -> bool:
    """Record what is installed, unless that is what was recorded last; whether it was. Raises StoreFault."""
    with store.begin() as connection:
        last = recorded_of(connection, INSTALLATION, Installed, 1)
        if last and last[0].event == installed:
            return False
        record(connection, INSTALLATION, Act(ACTOR, now), installed)
        return True


class Declaring:
    """Declares manifests, and remembers which: a look costs one query when nothing has changed. For one thread."""

    def __init__(self, store: Store, catalogue: Mapping[str, Control], grace_days: int) -> None:
        """Nothing is read yet. `grace_days` as the claims have it."""
        self._store = store
        self._catalogue = catalogue
        self._grace_days = grace_days
        self._known: dict[Target, int] = {}

    def declare(self, now: int, only: Target | None = None) -> int:
        """Record a Declared for every workload whose newest version has none, or one of other claims; how many.

        With `only`, for that workload alone.

        Claims of the same version differ after an upgrade, which may bring other defaults. A manifest that does not
        compile is not declared: it is not in force. Raises StoreFault.
        """
        with self._store.connect() as connection:
            newest = _newest(connection)
        count = 0
        for target, version in newest.items():
            if self._known.get(target) != version and only in (None, target):
                count += self._declare(workload(self._store, target), now)
                self._known[target] = version
        return count

    def _declare(self, version: Version, now: int) -> bool:
        try:
            compiled = compile_workload(version.text, version.version, self._catalogue)
        except CannotCompile as fault:
            _log.warning("%s is not declared: %s", version.target, fault)
            return False
        said = claims(compiled.manifest, compiled.controls, self._grace_days)
        declared = Declared(version.version, version.digest, said)
        with self._store.begin() as connection:
            last = recorded_of(connection, version.target, Declared, 1)
            if last and last[0].event == declared:
                return False
            record(connection, version.target, Act(ACTOR, now), declared)
        return True


def _newest(connection: Connection) -> dict[Target, int]:
    table = workload_version.c
    query = select(table.tenant, table.workload, func.max(table.version)).group_by(table.tenant, table.workload)
    return {Target(tenant, name): version for tenant, name, version in connection.execute(query)}
