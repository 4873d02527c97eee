"""What the control API is composed of, and how a route gets at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec
from fastapi import Depends, Request

from prodworthy.policy.controls.contract import Control
from prodworthy.record.store.database import Store
from prodworthy.record.store.flags import Flags
from prodworthy.record.store.vault import Vault


class Parts(msgspec.Struct, frozen=True):
    """`token` opens every route but two; `clock` gives Unix nanoseconds; `catalogue` is every control by criterion."""

    store: Store
    flags: Flags
    vault: Vault
    token: str
    clock: Callable[[], int]
    catalogue: Mapping[str, Control]


async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


Composed = Annotated[Parts, Depends(_parts)]
