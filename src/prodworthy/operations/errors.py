"""Why an operation was refused. Every text says what to do next; none carries a secret.

OperationRefused
├── PersonMissing        nobody is named as having done it
├── UnknownWorkload      the roster has no such workload
├── ManifestRefused      the manifest has faults (roster/faults.py)
├── KeyRefused           a key cannot be issued, rotated or revoked as asked (keys/errors.py)
├── SwitchRefused        a kill or a restore did not happen, or only in part (killswitch/errors.py)
├── StatementRefused     a statement was not recorded (statements/errors.py)
└── TuningRefused        an exchange cannot be marked, or a detector not be calibrated as asked (tuning/errors.py)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class OperationRefused(Exception):
    """The root: what was asked was not done, for the reason in the text."""


class PersonMissing(OperationRefused):
    """An operation without a person: every change needs somebody who answers for it."""


class UnknownWorkload(OperationRefused):
    """The tenant's roster has no workload of this name; `nearest` is a name it may have meant, or empty."""

    def __init__(self, tenant: str, workload: str, known: Iterable[str]) -> None:
        """Look for the nearest of the tenant's `known` workloads."""
        close = difflib.get_close_matches(workload, list(known), n=1)
        self.nearest = close[0] if close else ""
        hint = f"Did you mean `{self.nearest}`?" if close else "List the roster to see its workloads."
        super().__init__(f"Tenant `{tenant[:63]}` has no workload `{workload[:63]}`. {hint}")
