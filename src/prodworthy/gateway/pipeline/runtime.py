"""What one gateway process works with, handed over once by the composition root."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from prodworthy.gateway.limits.lease import Lessee
from prodworthy.gateway.pipeline.current import Current
from prodworthy.gateway.pipeline.live import Live
from prodworthy.gateway.pipeline.measuring import Measuring
from prodworthy.gateway.pipeline.tally import Tally
from prodworthy.gateway.pipeline.trends import Trends
from prodworthy.gateway.pipeline.users import Users
from prodworthy.gateway.protocols.protocol import Rendered
from prodworthy.gateway.protocols.routes import Route
from prodworthy.record.journal.spool import Spool
from prodworthy.record.store.vault import Vault


class Runtime(msgspec.Struct, frozen=True):
    """The parts of a gateway process."""

    current: Current
    live: Live
    lessee: Lessee
    spool: Spool
    vault: Vault
    tally: Tally
    measuring: Measuring
    trends: Trends
    users: Users = msgspec.field(default_factory=Users)


def assemble(spool: Spool, vault: Vault, lessee: Lessee, lease: float) -> Runtime:
    """The parts, with nothing running and no policy known; `lease` in seconds, see `Current`."""
    live = Live()
    return Runtime(Current(live, lease), live, lessee, spool, vault, Tally(spool.append), Measuring(), Trends())


class Inbound(msgspec.Struct, frozen=True):
    """A request whose head has arrived. Header names are lower case; `body(limit)` reads the rest or raises Refused.

    `fields` are the same headers by name; of a field that was sent twice it has the last.
    """

    route: Route
    headers: list[tuple[bytes, bytes]]
    fields: dict[bytes, bytes]
    body: Callable[[int], Awaitable[bytes]]

    def header(self, name: bytes) -> str:
        """The value of a header, "" if absent; latin-1 as HTTP has it."""
        value = self.fields.get(name)
        return value.decode("latin-1") if value else ""


class Caller(Protocol):
    """The way back to whoever asked. Any call may be cancelled; after `end` nothing follows."""

    @property
    def task(self) -> asyncio.Task[None]:
        """The task that serves the caller; cancelling it ends the exchange."""

    @property
    def started(self) -> bool:
        """Whether the head has gone out."""

    async def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Send the head of an answer whose length is not known."""

    async def write(self, data: bytes) -> None:
        """Send a part of the body; waits while the caller reads slowly."""

    async def end(self, data: bytes = b"") -> None:
        """Send the last part."""

    async def whole(self, rendered: Rendered) -> None:
        """Send a complete answer."""

    def abort(self) -> None:
        """Cut the connection: there is no proper end to give."""
