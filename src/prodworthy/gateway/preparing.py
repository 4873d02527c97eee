"""Preparing workloads in a thread of its own: a kill is never behind a detector that compiles its patterns."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor

from prodworthy.gateway.pipeline.senses import CannotServe
from prodworthy.gateway.pipeline.served import Means, Served, prepare
from prodworthy.operations.snapshot.snapshot import Workload

PATIENCE = 0.1
"""Seconds that a pass over all workloads waits in all: enough for what is compiled already."""

Place = tuple[str, str]

_log = logging.getLogger("prodworthy.gateway")


class Preparing:
    """Makes a `Served` of each workload. For one thread, which asks again once something is `due`."""

    def __init__(self, means: Means) -> None:
        """`means`: the vendors and the detectors that this gateway has."""
        self._means = means
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="prepare")
        self._work: dict[Place, tuple[Workload, Future[Served | None]]] = {}
        self._waiting: set[Place] = set()

    @property
    def due(self) -> bool:
        """Whether something that was waited for is ready now."""
        return any(self._work[place][1].done() for place in self._waiting)

    @property
    def waiting(self) -> frozenset[Place]:
        """Workloads that are not ready in their newest form."""
        return frozenset(self._waiting)

    def pass_over(self, workloads: dict[Place, Workload], before: dict[Place, Served]) -> dict[Place, Served]:
        """Each workload as it can be served now: prepared, or in its last good form with its newest kill state."""
        for gone in self._work.keys() - workloads.keys():
            del self._work[gone]
        served, patience = {}, PATIENCE
        self._waiting = set()
        for place, workload in workloads.items():
            found = before.get(place)
            if found is None or found.workload is not workload:
                ready = self._ready(place, workload, patience)
                patience = 0.0 if place in self._waiting else patience
                found = ready or (found.with_switch(workload) if found is not None else None)
            if found is not None:
                served[place] = found
        return served

    def close(self) -> None:
        """Prepare nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ready(self, place: Place, workload: Workload, patience: float) -> Served | None:
        """The workload prepared, None while that takes time and where it cannot be."""
        known = self._work.get(place)
        if known is None or known[0] is not workload:
            known = self._work[place] = (workload, self._threads.submit(self._prepare, workload))
        try:
            return known[1].result(patience)
        except TimeoutError:
            self._waiting.add(place)
            return None

    def _prepare(self, workload: Workload) -> Served | None:
        try:
            return prepare(workload, *self._means)
        except CannotServe as fault:
            _log.error("%s is not in force here: %s", workload.release, fault)
            return None
