"""The policy that this process holds now: one immutable value, swapped whole, with the age of its last confirmation."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from prodworthy.gateway.pipeline.live import Cause, Live
from prodworthy.gateway.pipeline.served import Served
from prodworthy.gateway.pipeline.users import NOBODY, Known
from prodworthy.operations.snapshot.snapshot import Key
from prodworthy.policy.core.facts import Switch
from prodworthy.record.store.flags import raised

_RUNS = Switch(False, True)


class Policy(msgspec.Struct, frozen=True):
    """What a gateway obeys: revision, prepared workloads, keys, the kill flags on disk with their reasons, the
    workloads that are being prepared, and the end users of workloads that may serve only so many."""

    revision: int = -1
    served: Mapping[tuple[str, str], Served] = {}
    keys: Mapping[str, Key] = {}
    flags: Mapping[str, str] = {}
    pending: frozenset[tuple[str, str]] = frozenset()
    users: Known = NOBODY


class Current:
    """Holds the policy and how fresh it is known to be. Only the event loop touches it; `now` is monotonic seconds."""

    def __init__(self, live: Live, lease: float) -> None:
        """`lease`: seconds after which an unconfirmed policy no longer counts as known."""
        self.policy = Policy()
        self.lease = lease
        self._live = live
        self._confirmed = float("-inf")

    @property
    def ready(self) -> bool:
        """Whether a policy was ever learned."""
        return self.policy.revision >= 0

    def take(self, policy: Policy, known_at: float | None) -> None:
        """Take the policy; exchanges of workloads that it kills end at once. `known_at`: when it was confirmed."""
        if known_at is not None:
            self._confirmed = max(self._confirmed, known_at)
        if policy is self.policy:
            return
        self.policy = policy
        for workload in self._live.workloads():
            served = policy.served.get(workload)
            if served is None or self._killed(served) is not None:
                self._live.stop(workload, Cause.KILLED)

    def expire(self, now: float) -> None:
        """Stop what must not run on a policy older than its lease. Called a few times per lease."""
        if now - self._confirmed <= self.lease:
            return
        for workload in self._live.workloads():
            served = self.policy.served.get(workload)
            if served is None or served.workload.stops_when_unknown:
                self._live.stop(workload, Cause.SWITCH_UNKNOWN)

    def switch(self, served: Served, now: float) -> Switch:
        """The kill switch of one workload as it stands in the policy."""
        age = now - self._confirmed
        killed = self._killed(served)
        if killed is not None:
            return Switch(True, True, killed if served.workload.manifest.kill.tell_reason else "", age)
        if age <= self.lease or not served.workload.stops_when_unknown:
            return _RUNS
        return Switch(False, False, "", age)

    def _killed(self, served: Served) -> str | None:
        """Why the workload is off, or None. A served workload may be older than the policy: the newest is asked."""
        newest = self.policy.served.get(served.key)
        if newest is None:
            return "withdrawn"
        if newest.workload.killed is not None:
            return newest.workload.killed.reason
        return raised(self.policy.flags, *served.key) if self.policy.flags else None
