"""The pages for people at the gateway's address: who may read them, and the way to the process that makes them.

The gateway makes no page and reads no database. It checks who asks, fetches the page over a unix socket, bounded in
time, size and number, and passes it on. Pages are read only: nothing but GET and HEAD gets here.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import ipaddress
import logging
from collections.abc import Mapping

import msgspec

from prodworthy.gateway.edge.request import Request
from prodworthy.gateway.protocols.protocol import Rendered

SECONDS = 10.0
"""How long a page may take."""

MOST_BYTES = 16_777_216
"""The largest page: a roster of some ten thousand workloads."""

AT_ONCE = 8
"""Pages that one gateway process fetches at the same time; whoever comes then is told to try again."""

_PASSED_ON = frozenset(
    {
        b"content-type",
        b"cache-control",
        b"content-security-policy",
        b"x-content-type-options",
        b"referrer-policy",
        b"cross-origin-resource-policy",
    }
)
_FORWARDED = frozenset(
    {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip", b"via"}
)
"""Fields by which proxies say that they are in between; any of them is enough."""
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_log = logging.getLogger("prodworthy.gateway")


class Doorkeeper(msgspec.Struct, frozen=True):
    """Who may read pages: whoever has the token, and, if `open_on_loopback`, whoever sits at this machine.

    At this machine sits who comes from a loopback address, names one as host, and was forwarded by nobody: a proxy on
    the same machine brings people from elsewhere, and a name that leads here may belong to a stranger's page. nginx,
    unless told otherwise, names 127.0.0.1 and forwards in silence; but it says `connection: close`, as no browser does.
    """

    token: bytes
    open_on_loopback: bool = True

    def admits(self, peer: str, fields: Mapping[bytes, bytes]) -> bool:
        """Whether this caller may read. `peer` is its address, `fields` are the request's headers in lower case."""
        if self.open_on_loopback and _is_loopback(peer) and _names_loopback(fields) and not _was_forwarded(fields):
            return True
        presented = _presented(fields.get(b"authorization", b""))
        return bool(presented) and hmac.compare_digest(presented, self.token)


class Pages:
    """Fetches pages over the socket of the process that makes them. Belongs to one event loop."""

    def __init__(self, socket: str, doorkeeper: Doorkeeper) -> None:
        """Nothing is fetched yet."""
        self._socket = socket
        self._doorkeeper = doorkeeper
        self._fetching = 0

    async def serve(self, request: Request) -> None:
        """Answer a request for a page."""
        if not self._doorkeeper.admits(request.peer, request.fields):
            challenge = (b"www-authenticate", b'Basic realm="Prodworthy", charset="UTF-8"')
            text = b"The pages are open to whoever has the token: any name, and the content of control.token.\n"
            await request.whole(Rendered(401, (_TEXT, challenge), text))
            return
        if self._fetching >= AT_ONCE:
            await request.whole(Rendered(503, (_TEXT, (b"retry-after", b"1")), b"Too many pages at once. Try again.\n"))
            return
        self._fetching += 1
        try:
            async with asyncio.timeout(SECONDS):
                page = await self._fetch(request.path)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as fault:
            _log.warning("a page could not be fetched: %s", type(fault).__name__)
            text = b"The pages are not there at the moment; traffic goes on. Is the control API running?\n"
            page = Rendered(503, (_TEXT, (b"retry-after", b"2")), text)
        finally:
            self._fetching -= 1
        await request.whole(page)

    async def _fetch(self, path: bytes) -> Rendered:
        """One page. Raises OSError, ValueError, IncompleteReadError, LimitOverrunError."""
        reader, writer = await asyncio.open_unix_connection(self._socket, limit=65_536)
        try:
            writer.write(b"GET %b HTTP/1.1\r\nhost: console\r\nconnection: close\r\n\r\n" % path)
            head = await reader.readuntil(b"\r\n\r\n")
            first, *lines = head[:-4].split(b"\r\n")
            headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
            status, length = int(first.split(b" ")[1]), int(dict(headers)[b"content-length"])
            if not 0 <= length <= MOST_BYTES or not 200 <= status <= 599 or b"\n" in b"".join(lines):
                raise ValueError("the page is too large, or this is none")
            body = await reader.readexactly(length)
        except LookupError:
            raise ValueError("this is no page, or it does not say how long it is") from None
        finally:
            writer.close()
        return Rendered(status, tuple(one for one in headers if one[0] in _PASSED_ON), body)


def is_page(method: str, path: bytes) -> bool:
    """Whether this is a request for a page."""
    return method in ("GET", "HEAD") and (path == b"/" or path.startswith(b"/roster/"))


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    # a socket for both families names a caller of the older one as ::ffff:127.0.0.1
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _names_loopback(fields: Mapping[bytes, bytes]) -> bool:
    """Whether the host that was asked for is this machine by an address or a name that only it has."""
    host = fields.get(b"host", b"").decode("latin-1")
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.lower() == "localhost" or _is_loopback(name)


def _was_forwarded(fields: Mapping[bytes, bytes]) -> bool:
    return bool(_FORWARDED & fields.keys()) or b"close" in fields.get(b"connection", b"").lower()


def _presented(authorization: bytes) -> bytes:
    """The token in an Authorization header, Bearer or Basic (as password), b"" for none."""
    scheme, _, rest = authorization.partition(b" ")
    if scheme.lower() == b"bearer":
        return rest.strip()
    if scheme.lower() != b"basic" or len(rest) > 1_000:
        return b""
    try:
        return base64.b64decode(rest.strip(), validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
