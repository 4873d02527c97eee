"""Following what people decide: a thread that watches the store and the kill flags, and hands each new policy over.

This is the only part of a gateway process that reads the database, and no exchange ever waits for it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

import msgspec
from sqlalchemy import Connection

from prodworthy.gateway.pipeline.current import Policy
from prodworthy.gateway.pipeline.served import Means
from prodworthy.gateway.preparing import Preparing
from prodworthy.operations.killswitch.flag_text import read_flag_text
from prodworthy.operations.snapshot.loading import load
from prodworthy.operations.snapshot.served_users import capped, served_users
from prodworthy.operations.snapshot.snapshot import Snapshot
from prodworthy.policy.controls.contract import Control
from prodworthy.record.faults import FlagsUnreadable, StoreFault
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.watch import Watch

INTERVAL = 0.05
"""Seconds between two looks at the flags, and between two confirmations by the store."""

USERS = 0.4
"""Seconds between two looks at the end users on record, where a workload may serve only so many."""

PAUSE = 0.25
"""Seconds before the store is tried again after it failed."""

_log = logging.getLogger("prodworthy.gateway")

Deliver = Callable[[Policy, float | None], None]


class Follower:
    """Delivers each policy with the monotonic time at which it was known to be current, None while that is unknown.

    Flags are read in a thread of their own: a database that does not answer must not delay a kill by file.
    """

    def __init__(
        self,
        store: Store,
        flags: Flags,
        catalogue: Mapping[str, Control],
        means: Means,
    ) -> None:
        """Nothing is read yet. `means`: the vendors and the detectors that this gateway has."""
        self._store = store
        self._flags = flags
        self._catalogue = catalogue
        self._preparing = Preparing(means)
        self._snapshot: Snapshot | None = None
        self._ended = threading.Event()
        self._lock = threading.Lock()  # guards what both threads change
        self._policy = Policy()
        self._raised: Mapping[str, str] = {}
        self._flags_at = float("-inf")
        self._caps: Mapping[tuple[str, str], int] = {}
        self._users_due = float("inf")

    def end(self) -> None:
        """Let `run` return soon."""
        self._ended.set()

    def run(self, deliver: Deliver) -> None:
        """Follow until `end`. The database may come and go; meanwhile flags are obeyed and nothing is confirmed."""
        self._look_at_flags(deliver)
        flags = threading.Thread(target=self._follow_flags, args=(deliver,), name="flags", daemon=True)
        flags.start()
        while flags.is_alive() and not self._ended.is_set():
            try:
                self._follow_store(deliver)
            except StoreFault as fault:
                _log.warning("the store cannot be read: %s", fault)
                self._ended.wait(PAUSE)
        self._preparing.close()

    def _follow_flags(self, deliver: Deliver) -> None:
        while not self._ended.wait(INTERVAL):
            self._look_at_flags(deliver)

    def _look_at_flags(self, deliver: Deliver) -> None:
        """Deliver what changed; unreadable flags leave the switch unknown once the lease is over."""
        began = time.monotonic()
        try:
            raised = self._flags.read()
        except FlagsUnreadable as fault:
            _log.warning("%s", fault)
            return
        with self._lock:
            self._flags_at = began
            if raised is self._raised:
                return
            self._raised = raised
            flags = {name: read_flag_text(text).reason for name, text in raised.items()}
            self._policy = msgspec.structs.replace(self._policy, flags=flags)
            deliver(self._policy, None)

    def _follow_store(self, deliver: Deliver) -> None:
        """Watch one connection until it fails or `end`. Raises StoreFault."""
        watch = Watch(self._store)
        try:
            while not self._ended.is_set():
                began = time.monotonic()
                changed = watch.wait(INTERVAL)
                if changed or self._preparing.due:
                    began = time.monotonic()
                    self._read()
                elif began >= self._users_due:
                    self._look_at_users()
                with self._lock:
                    deliver(self._policy, min(began, self._flags_at))
        finally:
            watch.close()

    def _read(self) -> None:
        """Read the policy. Raises StoreFault."""
        with self._store.connect() as connection:
            self._snapshot = load(connection, self._catalogue, self._snapshot, time.time_ns())
            self._caps = capped(self._snapshot)
            users = self._users(connection)
        served = self._preparing.pass_over(dict(self._snapshot.workloads), dict(self._policy.served))
        keys, pending = self._snapshot.keys, self._preparing.waiting
        with self._lock:
            self._policy = Policy(self._snapshot.revision, served, keys, self._policy.flags, pending, users)

    def _look_at_users(self) -> None:
        """Read the end users of workloads under a cap. Raises StoreFault."""
        with self._store.connect() as connection:
            users = self._users(connection)
        with self._lock:
            if users is not self._policy.users:
                self._policy = msgspec.structs.replace(self._policy, users=users)

    def _users(self, connection: Connection) -> Mapping[tuple[str, str], frozenset[str]]:
        """The end users on record, and when to look again."""
        self._users_due = time.monotonic() + USERS if self._caps else float("inf")
        return served_users(connection, self._caps, self._policy.users)
