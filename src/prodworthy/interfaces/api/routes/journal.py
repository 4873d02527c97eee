"""The journal to read: its events in order, and single exchanges. Content is never among them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from prodworthy.interfaces.api.access import NAME
from prodworthy.interfaces.api.documents import answer, returns
from prodworthy.interfaces.api.errors import Error, refusal
from prodworthy.interfaces.api.parts import Composed
from prodworthy.record.journal.read import LATEST, show, tail
from prodworthy.record.journal.records import Entry, Record

router = APIRouter(prefix="/v1/journal", tags=["journal"])

MOST = 1000

Within = Annotated[str | None, Query(pattern=NAME, max_length=63)]
Limit = Annotated[int, Query(ge=1, le=MOST)]
After = Annotated[int | None, Query(ge=0, le=LATEST, description="Only events after this time (Unix nanoseconds).")]
ExchangeId = Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]{1,40}$")]


class JournalEntry(msgspec.Struct, frozen=True):
    """One event as it stands in the journal; `event` has its own fields, of which a newer version may know more."""

    gateway: str
    sequence: int
    tenant: str
    workload: str
    exchange: str
    kind: str
    at: int
    cost: float | None
    has_content: bool
    event: dict[str, Any]


class Tail(msgspec.Struct, frozen=True):
    """Events, oldest first. For those that follow, ask again with `after` set to the last one's time."""

    events: tuple[JournalEntry, ...]


KINDS = (Tail, Record)


@router.get("", responses=returns(Tail, 422, 503, said="The events."))
def journal(
    parts: Composed, tenant: Within = None, workload: Within = None, limit: Limit = 50, after: After = None
) -> Response:
    """The latest events, or with `after` the first that happened after it."""
    found = tail(parts.store, tenant, workload, limit, after)
    return answer(Tail(tuple(_entry(one) for one in found)))


@router.get("/{exchange}", responses=returns(Record, 404, 422, 503, said="The exchange."))
def journal_exchange(parts: Composed, exchange: ExchangeId, tenant: Within = None) -> Response:
    """One exchange, from its Received and its Completed."""
    found = show(parts.store, exchange, tenant)
    if found is None:
        message = "The journal has no such exchange: it is not recorded yet, or its retention is over."
        return refusal(404, Error("unknown_exchange", message))
    return answer(found)


def _entry(found: Entry) -> JournalEntry:
    return JournalEntry(**{**msgspec.structs.asdict(found), "event": msgspec.to_builtins(found.event)})
