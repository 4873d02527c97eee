"""An answer of HTTP/1.1 as it arrives: what was decoded and not yet read, who waits for more, and until when."""

import asyncio
import math
from typing import Protocol

from prodworthy.gateway.providers.transport import (
    Deadlines,
    Headers,
    Phase,
    VendorFault,
    VendorReset,
)


class Carrier(Protocol):
    """The connection that an answer arrives on, as the answer uses it."""

    loop: asyncio.AbstractEventLoop

    def arm(self, due: float) -> None:
        """Look at the deadlines at `due` at the latest."""
        ...

    def resume(self) -> None:
        """The answer was read: read the vendor again."""
        ...

    def abandon(self) -> None:
        """The answer is no longer wanted."""
        ...


class Answer:
    """An answer as it arrives; see `Incoming` for what it promises."""

    __slots__ = (
        "_connection",
        "_deadlines",
        "_fault",
        "_first_due",
        "_held",
        "_loop",
        "_parts",
        "_phase",
        "_waiter",
        "_waits_until",
        "_whole_due",
        "ended",
        "headers",
        "status",
    )

    def __init__(self, connection: Carrier, started: float, sent: float, deadlines: Deadlines) -> None:
        """`started` and `sent`: the loop's time when the caller asked, and when the request leaves."""
        self.status = 0  # until the head is here
        self.headers: Headers = ()
        self._connection: Carrier | None = connection
        self._loop = connection.loop
        self._deadlines = deadlines
        self._phase: Phase = "first_byte"
        self._first_due = sent + deadlines.first_byte
        self._whole_due = started + deadlines.whole
        self._waits_until = math.inf
        self._waiter: asyncio.Future[None] | None = None
        self._parts: list[bytes] = []
        self._held = 0
        self.ended = False
        self._fault: VendorFault | None = None

    def beginning(self, connection: Carrier) -> asyncio.Future[None]:
        """Done when the head is here, or will not come: then `begun` says so."""
        return self._wait(connection, self._first_due)

    def begun(self) -> "Answer":
        """Return self once the head is here. Raises VendorFault."""
        if not self.status and self._fault is not None:
            raise self._fault
        return self

    @property
    def reset(self) -> bool:
        """Whether the vendor ended the connection before the head was here."""
        return not self.status and isinstance(self._fault, VendorReset)

    async def read(self) -> bytes:
        """See `Incoming.read`."""
        parts = self._parts
        connection = self._connection  # None as soon as no more can come
        if not parts and connection is not None:
            due = self._loop.time() + self._deadlines.between_chunks
            # A head often comes long before the first token: until a body byte is here the longer wait counts.
            waiter = self._wait(connection, max(due, self._first_due) if self._phase == "first_byte" else due)
            try:
                await waiter
            except asyncio.CancelledError:
                self.close()
                raise
        if parts:
            chunk = parts[0] if len(parts) == 1 else b"".join(parts)
            parts.clear()
            self._held = 0
            if self._connection is not None:
                self._connection.resume()
            return chunk
        if self._fault is not None:
            raise self._fault
        return b""

    def close(self) -> None:
        """See `Incoming.close`."""
        if self._fault is None and (self._parts or not self.ended):
            self._fault = VendorReset("the answer was closed before its end")
        self._parts.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.abandon()
        self._wake()

    def _wait(self, connection: Carrier, until: float) -> asyncio.Future[None]:
        if self._waiter is not None:
            raise RuntimeError("an answer has one reader at a time")
        waiter = self._waiter = self._loop.create_future()
        self._waits_until = until
        connection.arm(self.next_due())
        return waiter

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None:
            self._waiter = None
            self._waits_until = math.inf
            if not waiter.done():
                waiter.set_result(None)

    # What follows is called by the connection.

    def begin(self, status: int, headers: Headers) -> None:
        """The final head is here."""
        self.status = status
        self.headers = headers
        self._wake()

    def take(self, chunk: bytes) -> int:
        """Hold a part of the body; return how many bytes are now held."""
        self._parts.append(chunk)
        self._held += len(chunk)
        self._phase = "between_chunks"
        self._wake()
        return self._held

    def end(self) -> None:
        """The last byte was taken: let go of the connection."""
        self.ended = True
        self._connection = None
        self._wake()

    def fail(self, fault: VendorFault) -> None:
        """No more will come, because of `fault`."""
        self._fault = fault
        self._connection = None
        self._wake()

    def overdue(self, now: float) -> Phase | None:
        """Return the deadline that has passed, if any."""
        if now >= self._whole_due:
            return "whole"
        return self._phase if now >= self._waits_until else None

    def next_due(self) -> float:
        """Return when to ask `overdue` again, in the loop's time."""
        return self._waits_until if self._waits_until < self._whole_due else self._whole_due
