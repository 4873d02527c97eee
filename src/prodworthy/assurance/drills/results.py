"""How drills ended last, as the record has it."""

from __future__ import annotations

import msgspec

from prodworthy.operations.acts import Drilled, Target
from prodworthy.operations.event_log import Recorded, recorded_of
from prodworthy.operations.roster.roster import workloads
from prodworthy.record.store.database import Store

_LOOKED_AT = 500
"""Runs per workload, the latest, among which the last one of each drill is looked for."""


class Result(msgspec.Struct, frozen=True):
    """The last run of one drill on one workload: its number in the record, who ran it, when (Unix nanoseconds)."""

    number: int
    target: Target
    actor: str
    at: int
    drilled: Drilled


def last_results(store: Store, tenant: str | None = None) -> tuple[Result, ...]:
    """The last run of each drill on each workload (of one tenant, or of all), by workload. Raises StoreFault."""
    found: list[Result] = []
    targets = [version.target for version in workloads(store, tenant)]
    with store.connect() as connection:
        for target in targets:
            last: dict[str, Result] = {}
            for one in recorded_of(connection, target, Drilled, _LOOKED_AT):
                result = _result(one)
                last.setdefault(result.drilled.drill, result)
            found += (last[name] for name in sorted(last))
    return tuple(found)


def _result(one: Recorded) -> Result:
    assert isinstance(one.event, Drilled)
    return Result(one.id, one.target, one.actor, one.at, one.event)
