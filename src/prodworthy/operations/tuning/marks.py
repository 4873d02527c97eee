"""What people say of single exchanges: benign, or an attack. Such words make an estimate of errors a measurement."""

from __future__ import annotations

from prodworthy.operations.acts import Act, Marked, Target
from prodworthy.operations.event_log import record, recorded_of
from prodworthy.operations.tuning.errors import UnknownExchange
from prodworthy.record.journal.read import show
from prodworthy.record.store.database import Store

MOST = 10_000
"""Marks of a workload that count: the newest."""


def mark(store: Store, exchange: str, attack: bool, act: Act) -> tuple[Target, Marked]:
    """Say what an exchange was; a later word replaces this one. Whose exchange it is. Raises UnknownExchange."""
    found = show(store, exchange)
    if found is None:
        text = "The journal has no such exchange: it is not recorded yet, or its retention is over."
        raise UnknownExchange(f"{text} See prodworthy journal tail.")
    target, done = Target(found.tenant, found.workload), Marked(exchange, attack)
    with store.begin() as connection:
        record(connection, target, act, done)
    return target, done


def marks(store: Store, target: Target) -> dict[str, bool]:
    """Which exchanges of a workload were marked, and whether as attacks. Raises StoreFault."""
    with store.connect() as connection:
        events = [recorded.event for recorded in recorded_of(connection, target, Marked, MOST)]
    return {event.exchange: event.attack for event in reversed(events) if isinstance(event, Marked)}
