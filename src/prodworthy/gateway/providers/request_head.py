"""The head of an HTTP/1.1 request: its bytes, and which header fields may leave this hop."""

import re
from typing import Final

from prodworthy.gateway.providers.transport import Headers, Outgoing

HOP_FIELDS: Final = frozenset(
    {
        # RFC 9110 section 7.6.1: they speak of the caller's connection, not of the vendor's.
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        # The transport states these itself; the body is sent at once, so nobody waits for 100 Continue.
        b"accept-encoding",
        b"content-length",
        b"expect",
        b"host",
    }
)

_TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_METHOD: Final = re.compile(r"[A-Z]+")
_TARGET: Final = re.compile(r"/[!-~]*")
_CACHED: Final = 1024


def end_to_end(headers: Headers) -> Headers:
    """Return the fields that go to the vendor: without those of one hop and those that `Connection` names."""
    hop = HOP_FIELDS
    for name, value in headers:
        if name.lower() == b"connection":
            hop = hop | {token.strip().lower() for token in value.split(b",")}
    return tuple(field for field in headers if field[0].lower() not in hop)


class RequestHead:
    """Writes heads for one origin; keeps the ready part of each route and the checked names, never a value."""

    __slots__ = ("_constant", "_names", "_routes")

    def __init__(self, authority: str) -> None:
        """`authority` is the Host value, without user information."""
        self._constant = f" HTTP/1.1\r\nhost: {authority}\r\naccept-encoding: identity".encode("ascii")
        self._routes: dict[tuple[str, str], bytes] = {}
        self._names: dict[bytes, bytes] = {}

    def write(self, outgoing: Outgoing) -> bytes:
        """Return the head with its blank line. Raises ValueError where a part cannot stand in a head."""
        method, target = outgoing.method, outgoing.target
        names = self._names
        parts = [self._routes.get((method, target)) or self._route(method, target)]
        breaks = 4  # two in the route, two at the end
        for name, value in outgoing.headers:
            line = names.get(name)
            if line is None:
                line = self._name(name)
            if line:
                parts.append(line)
                parts.append(value)
                breaks += 1
            elif name.lower() == b"connection":
                return self.write(_without_connection(outgoing))
        if outgoing.body or method not in ("GET", "HEAD"):
            parts.append(b"\r\ncontent-length: %d\r\n\r\n" % len(outgoing.body))
            breaks += 1
        else:
            parts.append(b"\r\n\r\n")
        head = b"".join(parts)
        # Every line break must be one of ours, or a value could end the head and begin a request of its own.
        if head.count(b"\n") != breaks or head.count(b"\r") != breaks or b"\0" in head:
            raise ValueError("a header value holds a line break or a null byte")
        return head

    def _route(self, method: str, target: str) -> bytes:
        if not _METHOD.fullmatch(method):
            raise ValueError("the method is not an HTTP method")
        if not _TARGET.fullmatch(target):
            raise ValueError("the target is not a path of visible ASCII characters")
        if len(self._routes) >= _CACHED:
            self._routes.clear()
        route = self._routes[method, target] = f"{method} {target}".encode("ascii") + self._constant
        return route

    def _name(self, name: bytes) -> bytes:
        """Return the beginning of the field's line, empty where the field stays here."""
        if not _TOKEN.fullmatch(name):
            raise ValueError("a header name is not a token")
        if len(self._names) >= _CACHED:
            self._names.clear()
        line = self._names[name] = b"" if name.lower() in HOP_FIELDS else b"\r\n" + name + b": "
        return line


def _without_connection(outgoing: Outgoing) -> Outgoing:
    return Outgoing(outgoing.method, outgoing.target, end_to_end(outgoing.headers), outgoing.body)
