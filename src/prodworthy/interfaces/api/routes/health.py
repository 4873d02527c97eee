"""Whether the control API is alive, and whether it reaches the store. Anybody may ask."""

from __future__ import annotations

from typing import Literal

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from prodworthy import __version__
from prodworthy.interfaces.api.documents import answer, returns
from prodworthy.interfaces.api.parts import Composed
from prodworthy.record.faults import StoreFault
from prodworthy.record.store.watch import current_revision

router = APIRouter()


class Health(msgspec.Struct, frozen=True):
    """`store` is `away` where the database cannot be read; a kill then goes to a file."""

    status: Literal["ok"]
    version: str
    store: Literal["ok", "away"]


KINDS = (Health,)


@router.get("/health", responses=returns(Health, said="The control API is alive."))
def health(parts: Composed) -> Response:
    """Whether the control API is alive, and whether it reaches the store."""
    try:
        with parts.store.connect() as connection:
            current_revision(connection)
    except StoreFault:
        return answer(Health("ok", __version__, "away"))
    return answer(Health("ok", __version__, "ok"))
