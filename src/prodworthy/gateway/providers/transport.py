"""What a connection to a vendor is: one request out, one answer in, and the faults that can come between.

    VendorFault                  the vendor, or the way to it, is at fault
    ├── VendorUnreachable        no connection: refused, no such name, TLS failed, transport closed
    ├── VendorTimeout            a deadline passed; `phase` names it
    ├── VendorReset              the connection ended before the answer did
    └── VendorProtocolError      what came is not HTTP, or more of it than is allowed

No text of a fault holds a header or a part of a body. A request that cannot be written as HTTP is the caller's
mistake and raises ValueError before anything is sent.
"""

from typing import Final, Literal, Protocol

import msgspec

HEAD_BYTES: Final = 64 * 1024
"""Largest head of an answer, in bytes, interim (1xx) heads counted in."""

HEAD_FIELDS: Final = 128
"""Most header fields of one answer."""

Phase = Literal["connect", "first_byte", "between_chunks", "whole"]
Headers = tuple[tuple[bytes, bytes], ...]


class Outgoing(msgspec.Struct, frozen=True):
    """One request to a vendor; `target` is path and query, `headers` go out in this order.

    The transport adds Host, Content-Length and `Accept-Encoding: identity`, and drops what belongs to one hop only
    (RFC 9110 section 7.6.1).
    """

    method: str
    target: str
    headers: Headers
    body: bytes


class Deadlines(msgspec.Struct, frozen=True):
    """Longest waits, in seconds.

    `connect` covers waiting for a free connection and making one. `first_byte` runs from sending the request to the
    first byte of the answer's body. `between_chunks` covers each later wait for more; a reader that is slow
    itself does not use it up. `whole` covers everything.
    """

    connect: float = 5.0
    first_byte: float = 60.0
    between_chunks: float = 30.0
    whole: float = 600.0


class VendorFault(Exception):
    """The vendor, or the way to it, failed."""


class VendorUnreachable(VendorFault):
    """No connection could be made; nothing of the request was sent."""


class VendorTimeout(VendorFault):
    """A deadline passed; `phase` is the field of `Deadlines` that set it."""

    def __init__(self, phase: Phase) -> None:
        super().__init__(f"the vendor did not answer in time ({phase})")
        self.phase: Phase = phase


class VendorReset(VendorFault):
    """The connection ended before the answer did."""


class VendorProtocolError(VendorFault):
    """The answer is not HTTP, or its head is larger than allowed."""


class Incoming(Protocol):
    """An answer whose head has arrived. One reader at a time."""

    @property
    def status(self) -> int:
        """The final status, 200 to 999."""
        ...

    @property
    def headers(self) -> Headers:
        """The header fields in order, names in lower case."""
        ...

    async def read(self) -> bytes:
        """Return what has arrived of the body since the last call, waiting if nothing has; b"" at the orderly end.

        Raises VendorTimeout, VendorReset or VendorProtocolError, after everything that arrived before the fault was
        returned. Cancelling it closes the connection at once.
        """
        ...

    def close(self) -> None:
        """Drop the rest of the answer; may be called twice. The vendor sees the end at once if it was still sending."""
        ...


class Transport(Protocol):
    """Connections to one origin."""

    async def send(self, outgoing: Outgoing, deadlines: Deadlines) -> Incoming:
        """Send a request and return the answer once its head is here. Never repeats a request.

        Raises VendorFault, or ValueError for a request that cannot be written. Cancelling it closes the connection.
        """
        ...

    async def aclose(self) -> None:
        """End every connection; requests under way fail with VendorReset, later ones with VendorUnreachable."""
        ...
