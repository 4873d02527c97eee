"""How much of a workload is open where it stands, worked out once: its limits, and what its stage means for traffic."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from prodworthy.gateway.pipeline.limited import Limited, limited
from prodworthy.operations.snapshot.snapshot import MOST_USERS, Workload
from prodworthy.policy.core.evidence import DRILL, LIVE, TEST
from prodworthy.policy.core.facts import Standing
from prodworthy.policy.core.stages import PILOT, UNBOUNDED


class Caps(msgspec.Struct, frozen=True):
    """`limits` on rates and tokens; `standings`: the fact for the stage gate by class of traffic, as the record of an
    exchange has it ("" for test traffic); `tools`: those that the manifest names."""

    limits: Limited
    standings: Mapping[str, Standing]
    tools: frozenset[str]


def caps(workload: Workload) -> Caps:
    """What caps the workload: its manifest, and in Pilot the scope as well."""
    scope = workload.scope if workload.stage == PILOT else UNBOUNDED
    users = None if scope.users is None else min(scope.users, MOST_USERS)
    tools = None if scope.tools is None else frozenset(scope.tools)
    return Caps(
        limited(workload.manifest.limits, "/".join((workload.tenant, workload.id)), scope.rate),
        {
            "": Standing(workload.stage, TEST),
            DRILL: Standing(workload.stage, DRILL),
            LIVE: Standing(workload.stage, LIVE, users, tools=tools),
        },
        frozenset(tool.name for tool in workload.manifest.tools),
    )
