"""What an installation did before it was started anew, as far as limits must know it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from prodworthy.interfaces.settings import Home
from prodworthy.operations.roster.roster import workloads
from prodworthy.policy.core.manifest import Limits
from prodworthy.policy.core.quota import DAY, MINUTE, SECOND, window_start
from prodworthy.record.journal.read import latest_minute, used_tokens
from prodworthy.record.store.database import Store, open_store
from prodworthy.record.store.migrate import migrate


class LastRun(msgspec.Struct, frozen=True):
    """See `spent_before` and `served_lately`."""

    spent_before: Callable[[str, int], int]
    served_lately: bool


def last_run(home: Home, now: int) -> LastRun:
    """Bring the database up to this version, and ask it what went before; `now` in Unix nanoseconds.

    Raises StoreFault.
    """
    store = open_store(home.store_url)
    try:
        migrate(store)
        return LastRun(spent_before(store, now), served_lately(store, home.spool, now))
    finally:
        store.close()


def spent_before(store: Store, now: int) -> Callable[[str, int], int]:
    """What each token budget had spent before this start (`now`, Unix nanoseconds) in the windows that hold it.

    The broker asks on its event loop, so the journal is read now; a window that begins later has nothing before it.
    """
    spent = {}
    for version in workloads(store):
        place = version.target
        for length in (MINUTE, DAY):
            start = window_start(now, length)
            spent[str(place), start] = used_tokens(store, place.tenant, place.workload, start)

    def spent_before(key: str, start: int) -> int:
        _, _, scope = key.partition(":")
        return spent.get((scope, start), 0)

    return spent_before


def served_lately(store: Store, spool: Path, now: int) -> bool:
    """Whether exchanges may have spent rates that have not been regained yet; `now` in Unix nanoseconds.

    A rate is regained within the time of its burst. What is still in the spool has not been counted at all.
    """
    if any(spool.iterdir()):
        return True
    last = latest_minute(store)
    if last is None:
        return False
    try:
        longest = max((_regained(version.manifest().limits) for version in workloads(store)), default=0.0)
    except msgspec.DecodeError:
        return True  # a manifest of another version's types: its rates are not known, so none is taken as regained
    return (now // MINUTE - last) * MINUTE <= longest * SECOND + MINUTE


def _regained(limits: Limits) -> float:
    """Seconds after which the slowest of the rates has its whole burst back."""
    rates = [rate for rate in (limits.rate, limits.rate_per_user) if rate is not None]
    return max((rate.seconds * max(1.0, rate.burst / rate.count) for rate in rates), default=0.0)
