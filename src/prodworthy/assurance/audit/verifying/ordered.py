"""The steps after the first, in the order in which they are run."""

from __future__ import annotations

from collections.abc import Callable

from prodworthy.assurance.audit.verifying import heads, judging, remaking, steps
from prodworthy.assurance.audit.verifying.closing import manifest_included
from prodworthy.assurance.audit.verifying.opened import Opened

Check = Callable[[Opened], str]
STEPS: tuple[tuple[str, Check, bool], ...] = (
    ("sealed by a trusted statement key", steps.sealed, True),
    ("every file as the manifest says", steps.whole_pack, True),
    ("checkpoints signed by a trusted log", heads.checkpoints, True),
    ("manifest included in the ledger", manifest_included, True),
    ("consistent with the checkpoint you hold", heads.held, False),
    ("every statement signed and included", judging.included, False),
    ("chains unbroken, nothing left out", judging.chained, False),
    ("openings match their commitments", judging.opened, False),
    ("standard known", judging.standard_known, False),
    ("assessments recomputed from statements", remaking.recomputed, False),
    ("reports drawn from the assessments", remaking.redrawn, False),
    ("time stamps", judging.time_stamps, False),
)
"""Title, check, and whether later steps build on it."""
