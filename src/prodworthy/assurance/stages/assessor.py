"""Judges the workloads of which something is due, records how their stage moved, and writes where they stand.

What is recorded is sealed with the next statements, so that the next judgement knows of it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from prodworthy.assurance.audit.reporting import Report, assess
from prodworthy.assurance.stages.due import due
from prodworthy.assurance.stages.keeping import keep, kept, scope_of
from prodworthy.assurance.stages.moving import move
from prodworthy.assurance.stages.standing_row import standing_row
from prodworthy.operations.acts import Target
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.policy.standard.standard import Standard
from prodworthy.record.sealing.projection import evidence
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault
from prodworthy.record.store.watch import bump

_log = logging.getLogger("prodworthy.assessor")


class Assessor:
    """Judges workloads of one installation by one standard."""

    def __init__(self, store: Store, vault: Vault, standard: Standard) -> None:
        """`vault` gives people their pseudonyms."""
        self._store = store
        self._vault = vault
        self._standard = standard
        self._unreadable: set[Target] = set()

    def assess_due(self, now: int, urgent: Collection[Target] = ()) -> list[Report]:
        """Judge what is due at `now` (Unix ns), and `urgent` in any case; the reports. Raises StoreFault.

        A workload whose evidence cannot be read stays where it stands, which is told once, and holds up no other.
        """
        with self._store.connect() as connection:
            targets = due(connection, now, frozenset(urgent))
        return [report for target in targets if (report := self._assessed(target, now)) is not None]

    def _assessed(self, target: Target, now: int) -> Report | None:
        try:
            report = self.assess(target, now)
        except EvidenceFault as fault:
            if target not in self._unreadable:
                self._unreadable.add(target)
                _log.error("%s cannot be judged and stays where it stands: %s", target, fault)
            return None
        self._unreadable.discard(target)
        return report

    def assess(self, target: Target, now: int) -> Report:
        """Judge one workload, record what moved, and write where it stands. Raises StoreFault, EvidenceFault."""
        known = evidence(self._store, self._vault, (target.tenant, target.workload), now)
        report = assess(known, self._standard, now)
        with self._store.begin() as connection:
            before = kept(connection, target)
            news = keep(connection, before, standing_row(report, self._standard, known, scope_of(before)))
            movement = report.standing.movement
            if movement is not None:
                move(connection, target, movement, now)
            if news:
                bump(connection)
        return report
