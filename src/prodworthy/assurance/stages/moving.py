"""How the stage of a workload moved, as the event that says so, and as its owner is told."""

from __future__ import annotations

import logging

import msgspec
from sqlalchemy import Connection

from prodworthy.assurance.audit.standing import Movement
from prodworthy.operations.acts import Act, StageChanged, StageWarned, Target
from prodworthy.operations.event_log import record

ACTOR = "prodworthy"
_log = logging.getLogger("prodworthy.assessor")


def move(connection: Connection, target: Target, movement: Movement, now: int) -> None:
    """Record a movement at `now` (Unix ns), in the caller's transaction, and say it in the log."""
    event = _event(movement)
    record(connection, target, Act(ACTOR, now), event)
    _log.warning("%s: %s", target, told(event))


def told(event: StageChanged | StageWarned) -> str:
    """What the owner is told."""
    because = "; ".join(event.reasons)
    if isinstance(event, StageChanged):
        return f"the stage was {event.before} and is {event.after}: {because}"
    return f"the stage {event.stage} falls to {event.falls_to} unless evidence comes: {because}"


def _event(movement: Movement) -> StageChanged | StageWarned:
    if movement.kind == "StageChanged":
        return msgspec.convert(movement.fields, StageChanged)
    return msgspec.convert(movement.fields, StageWarned)
