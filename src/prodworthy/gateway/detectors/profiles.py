"""Which of a detector's profiles a workload measures with."""

from __future__ import annotations

from typing import Literal

from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.core.manifest import Profile


def profile_of(workload: Workload) -> Literal["fast", "default"]:
    """The cheaper one where the manifest says so, else the default."""
    return "fast" if workload.manifest.profile is Profile.FAST else "default"
