"""Where a workload stands, as one exchange meets it: the fact on which the stage gate decides."""

from __future__ import annotations

import msgspec

from prodworthy.gateway.pipeline.entry import Entry
from prodworthy.gateway.pipeline.runtime import Runtime
from prodworthy.gateway.pipeline.served import Served
from prodworthy.policy.core.evidence import LIVE
from prodworthy.policy.core.facts import Standing


def standing_of(runtime: Runtime, served: Served, entry: Entry) -> Standing | None:
    """The fact, None where the end users of a workload under a cap are not known."""
    standing = served.caps.standings[entry.traffic]
    if standing.users is None:
        return standing
    runtime.users.learn(runtime.current.policy.users)
    room = runtime.users.room(served.key, entry.subject, standing.users)
    if room:
        return standing
    return None if room is None else msgspec.structs.replace(standing, room=False)


def passed(runtime: Runtime, served: Served, entry: Entry) -> None:
    """Count the end user of a live exchange that was let in."""
    if entry.traffic == LIVE and entry.subject:
        entry.counted = True
        runtime.users.let_in(served.key, entry.subject)
