"""What is known of a workload at any time, judged without writing anything."""

from __future__ import annotations

from prodworthy.assurance.audit.reporting import Report, assess
from prodworthy.operations.acts import Target
from prodworthy.policy.standard.standard import Standard
from prodworthy.record.sealing.projection import evidence
from prodworthy.record.store.database import Store
from prodworthy.record.store.vault import Vault


def report_of(store: Store, vault: Vault, standard: Standard, target: Target, at: int) -> Report:
    """The report of a workload at a time (Unix ns). Raises StoreFault, EvidenceFault."""
    return assess(evidence(store, vault, (target.tenant, target.workload), at), standard, at)
